import type { Source, UnlabelledSource } from "../../../schemas/experiment.gen.ts";
import type { Labelling } from "../labels.ts";
import type { DataProblem } from "../problem.ts";
import type { Samples } from "../samples.ts";
import { loadCsv } from "./csv.ts";
import { loadIdx } from "./idx.ts";
import { loadNpy } from "./npy.ts";
import { loadNpz } from "./npz.ts";

/** A source with the part that says the labels, or without. */
export type AnySource = Source | UnlabelledSource;

/** The classes that an experiment gives: their number or their names. */
export type GivenClasses = number | readonly string[];

export interface LoadOptions {
  /** The training samples, when others are loaded beside them: same classes, same class names, same columns, same shape. */
  readonly like?: Pick<Samples, "classes" | "classNames" | "featureNames" | "shape"> | undefined;
  /** All classes, where the experiment says them. */
  readonly classes?: GivenClasses | undefined;
  /** "all" when absent. */
  readonly labels?: Labelling | undefined;
}

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
