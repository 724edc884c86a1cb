import type { Source } from "../../../schemas/experiment.gen.ts";
import type { DataProblem } from "../problem.ts";
import type { Samples } from "../samples.ts";
import { loadIdx } from "./idx.ts";

export interface LoadOptions {
  /** The training samples, when others are loaded beside them: same classes, same class names, same shape. */
  readonly like?: Pick<Samples, "classes" | "classNames" | "shape"> | undefined;
}

/** Reads a source; its paths are relative to `baseDirectory`. */
export async function loadSource(
  source: Source,
  baseDirectory: string,
  options: LoadOptions = {},
): Promise<Samples | DataProblem> {
  switch (source.type) {
    case "idx":
      return loadIdx(source, baseDirectory, options);
    default:
      throw new Error("later");
  }
}
