import type { DataProblem } from "../problem.ts";
import type { Samples } from "../samples.ts";
import { loadCsv } from "./csv.ts";
import { loadIdx } from "./idx.ts";
import { loadNpy } from "./npy.ts";
import { loadNpz } from "./npz.ts";
import type { AnySource, LoadOptions } from "./options.ts";

/** Reads a source; its paths are relative to `baseDirectory`. */
export async function loadSource(
  source: AnySource,
  baseDirectory: string,
  options: LoadOptions = {},
): Promise<Samples | DataProblem> {
  switch (source.type) {
    case "idx":
      return loadIdx(source, baseDirectory, options);
    case "csv":
      return loadCsv(source, baseDirectory, options);
    case "npy":
      return loadNpy(source, baseDirectory, options);
    case "npz":
      return loadNpz(source, baseDirectory, options);
  }
}
