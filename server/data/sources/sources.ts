import { resolve } from "node:path";
import { type Entry, isKind, type Kind } from "../../parameters/kind.ts";
import type { Parameters } from "../../parameters/parameter.ts";
import { drawingOf, drawn } from "../drawing.ts";
import { excludedClasses, without } from "../exclusion.ts";
import type { Excluded } from "../labels.ts";
import { Lookup } from "../lookup.ts";
import { type DataProblem, isProblem } from "../problem.ts";
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
import { balanced, type SourceParts, type SourceType, share, takeSeed } from "./source.ts";
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
export async function loadSource(
  source: AnySource,
  baseDirectory: string,
  options: LoadOptions = {},
): Promise<Samples | DataProblem> {
  const { like, exclude } = options;
  const drawing = drawingOf(source);
  const whole = drawing === undefined ? source : { ...source, take: undefined };
  const loaded = await sourceOf(source.type).load(whole as AnySource, baseDirectory, {
    ...options,
    ...(like?.excluded && { like: withAllClasses(like, like.excluded) }),
  });
  if (isProblem(loaded)) return loaded;
  const { count } = loaded;
  const ids = (column: string) => sampleIds(whole as AnySource, baseDirectory, { column, count });
  const read: Samples = { ...loaded, ids: new Lookup(ids) };
  const file = resolve(baseDirectory, sourceFiles(source)[0]?.[1] ?? "");
  const excluded = exclude === undefined ? like?.excluded : excludedClasses(exclude, read, file);
  if (excluded !== undefined && isProblem(excluded)) return excluded;
  const left = excluded && options.labels !== "none" ? without(read, excluded) : read;
  if (drawing?.balanced && left.task !== undefined)
    return { code: "balanced-task", message: "`balanced` is for classes, and these labels are none.", file };
  return drawing === undefined ? left : drawn(left, drawing);
}

/** What other files of these samples are like: they have all classes, and numbers where the remaining ones were named by theirs. */
function withAllClasses(
  { classNames: _, ...like }: NonNullable<LoadOptions["like"]>,
  { classes, classNames }: Excluded,
): NonNullable<LoadOptions["like"]> {
  return { ...like, classes, ...(classNames && { classNames }) };
}

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

/** Parameters of every source for a part that is drawn from it. */
const drawingKeys = { takeSeed, balanced };

export const sourceKind: Kind = {
  name: "Source",
  entries: Object.fromEntries(
    Object.entries(sources).map(([type, source]) => [
      type,
      isKind(source) ? source : { ...source, parameters: { ...source.parameters, ...drawingKeys } },
    ]),
  ),
};

export const unlabelledSourceKind: Kind = {
  name: "Source",
  prefix: "Unlabelled",
  entries: Object.fromEntries(
    Object.entries(sources).map(([type, { unlabelled }]) => [
      type,
      isKind(unlabelled)
        ? unlabelled
        : { ...unlabelled, parameters: { ...unlabelled.parameters, takeSeed, share } },
    ]),
  ),
};
