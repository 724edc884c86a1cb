import type { Kind } from "../../parameters/kind.ts";
import { defined, number, optional } from "../../parameters/parameter.ts";
import type { DataProblem } from "../problem.ts";
import type { Samples } from "../samples.ts";
import { csv } from "./csv.ts";
import { idx } from "./idx.ts";
import { npy } from "./npy.ts";
import { npz } from "./npz.ts";
import type { AnySource, LoadOptions } from "./options.ts";
import type { SourceType } from "./source.ts";

/** Every source that an experiment can name. */
const sources = {
  idx,
  csv,
  npy,
  npz,
} as const;

const sourceOf = (type: AnySource["type"]): SourceType => sources[type] as SourceType;

/** Reads a source; its paths are relative to `baseDirectory`. */
export const loadSource = async (
  source: AnySource,
  baseDirectory: string,
  options: LoadOptions = {},
): Promise<Samples | DataProblem> => sourceOf(source.type).load(source, baseDirectory, options);

/** The keys of a source that name files, and the paths that it gives there. */
export function sourceFiles(source: AnySource): (readonly [key: string, path: string])[] {
  const { parameters } = sourceOf(source.type);
  return Object.entries(source).filter(([key]) => parameters[key]?.schema.path !== undefined);
}

export const sourceKind: Kind = { name: "Source", entries: sources };

const share = optional(
  number(
    "Part of each batch that has no labels, to the nearest whole sample. Samples with labels and without are then drawn from two orders of their own, and an epoch ends once each sample has been seen: the kind that is through sooner begins again, in another order. Absent: all samples are shuffled together, and an epoch is one pass over them.",
    { exclusiveMinimum: 0, exclusiveMaximum: 1, usual: [0.1, 0.9], examples: [0.5] },
  ),
);

export const unlabelledSourceKind: Kind = {
  name: "Source",
  prefix: "Unlabelled",
  entries: Object.fromEntries(
    Object.entries(sources).map(([type, { unlabelled }]) => [
      type,
      { ...unlabelled, parameters: { ...unlabelled.parameters, share: defined("UnlabelledShare", share) } },
    ]),
  ),
};
