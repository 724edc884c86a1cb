import { type Entry, isKind, type Kind } from "../../parameters/kind.ts";
import type { Parameters } from "../../parameters/parameter.ts";
import { Lookup } from "../lookup.ts";
import type { DataProblem } from "../problem.ts";
import type { Samples } from "../samples.ts";
import { cifar } from "./cifar.ts";
import { csv } from "./csv.ts";
import { idx } from "./idx.ts";
import { images } from "./images.ts";
import { jsonl } from "./jsonl.ts";
import { npy } from "./npy.ts";
import { npz } from "./npz.ts";
import type { AnySource, LoadOptions } from "./options.ts";
import { parquet } from "./parquet.ts";
import { sampleIds } from "./sampleIds.ts";
import { type SourceParts, type SourceType, share } from "./source.ts";
import { text } from "./text.ts";

/** Every source that an experiment can name. */
const sources = {
  idx,
  csv,
  jsonl,
  npy,
  npz,
  images,
  cifar,
  parquet,
  text,
} as const;

const sourceOf = (type: AnySource["type"]): SourceType => sources[type] as SourceType;

/** Reads a source; its paths are relative to `baseDirectory`. */
export const loadSource = async (
  source: AnySource,
  baseDirectory: string,
  options: LoadOptions = {},
): Promise<Samples | DataProblem> => {
  const samples = await sourceOf(source.type).load(source, baseDirectory, options);
  if ("code" in samples) return samples;
  const { count } = samples;
  return { ...samples, ids: new Lookup((column) => sampleIds(source, baseDirectory, { column, count })) };
};

/** What a source reads beside the files that it names. */
export const sourceParts = async (source: AnySource, baseDirectory: string): Promise<SourceParts> =>
  (await sourceOf(source.type).parts?.(source, baseDirectory)) ?? {};

/** The keys of a source that name files, and the paths that it gives there. */
export function sourceFiles(source: AnySource): (readonly [key: string, path: string])[] {
  const parameters = parametersOf(sourceOf(source.type));
  return Object.entries(source).filter(([key]) => parameters[key]?.schema.path !== undefined);
}

/** The keys of a kind's entries that say where to read are different ones. */
const parametersOf = (entry: Entry | Kind): Parameters =>
  isKind(entry) ? Object.assign({}, ...Object.values(entry.entries).map(parametersOf)) : entry.parameters;

export const sourceKind: Kind = { name: "Source", entries: sources };

export const unlabelledSourceKind: Kind = {
  name: "Source",
  prefix: "Unlabelled",
  entries: Object.fromEntries(
    Object.entries(sources).map(([type, { unlabelled }]) => [
      type,
      isKind(unlabelled) ? unlabelled : { ...unlabelled, parameters: { ...unlabelled.parameters, share } },
    ]),
  ),
};
