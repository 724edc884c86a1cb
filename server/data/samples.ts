import { createHash, type Hash } from "node:crypto";
import type { SourceKey } from "../fileQuery.ts";
import { sizeOf } from "../sizeOf.ts";
import type { TaskName } from "../tasks/tasks.ts";
import type { ImageSize } from "./images/resize.ts";
import { type Excluded, noLabel } from "./labels.ts";
import { Lookup } from "./lookup.ts";
import type { ResolvedNormalize } from "./normalize.ts";
import { toNormalizer } from "./normalizer.ts";
import type { DataProblem } from "./problem.ts";
import { blocksOf, type Numbers, type SampleValues, spaceFor, valuesInMemory } from "./sampleValues.ts";
import { isRun, joinedValues, selectedValues } from "./spreadValues.ts";
import type { Standard } from "./standard.ts";
import type { BooleanWords, FittedColumn, RawColumn, TableHashes } from "./tables/fittedColumn.ts";
import type { TokenFacts } from "./text/textEncoder.ts";

/** Where samples stand in a source, so that a teacher's stored outputs, for one, are found by number. */
export interface Place {
  readonly source: SourceKey;
  /** Of each sample, in the source. */
  readonly rows: Int32Array;
  /** Samples of the whole source. */
  readonly count: number;
  /** Of the source in its file, where it is a part of one. */
  readonly within?: Within | undefined;
  readonly ids?: SampleIds | undefined;
}

/** Which sample each one of a source is, as a column of its table says. */
type SampleIds = Lookup<string, readonly string[] | DataProblem>;

/** Which samples of a file a source has: from `first` on, of `total`; where it has not all of these, those of `rows`. */
interface Within {
  readonly first: number;
  readonly total: number;
  readonly rows?: Int32Array;
}

/** Samples, of which labels are in memory and values wherever they lie. */
export interface Samples {
  readonly count: number;
  /** One sample, channels last, without the batch axis: [28, 28, 1] or [features]. */
  readonly shape: readonly number[];
  /** What a model learns to predict; absent: the class. */
  readonly task?: TaskName | undefined;
  /** How many classes, labels or numbers a model has to give. */
  readonly classes: number;
  /** Names of the classes where the file has names, in the order of the class indices. */
  readonly classNames?: readonly string[];
  /** Name of a table's column of labels, where there is one. */
  readonly labelName?: string;
  /** Names of a table's columns, in the order of a sample's values. */
  readonly featureNames?: readonly string[];
  /** How a table's columns became values, where they are not all numbers or some lacked one. */
  readonly columns?: readonly FittedColumn[];
  readonly booleans?: readonly BooleanWords[];
  /** Of a whole table that was fitted. */
  readonly asRead?: TableHashes;
  /** The same before fitting: a value a column, as read, and the requested shape. */
  readonly raw?: readonly RawColumn[];
  readonly requestedShape?: readonly number[];
  /** Of texts: what their numbers are. */
  readonly tokens?: TokenFacts;
  /** The class of each sample; {@link noLabel} where it is not known. In another task 0 says that a sample has a label. */
  readonly labels: Int32Array; // [count]
  /** Target of each output, in other tasks than classification and where classes are given as probabilities. */
  readonly targets?: Float32Array; // [count, classes], 0 where there is no label
  /** By which numbers that are learned are standardised, where they are. */
  readonly standard?: Standard | undefined;
  /** Of several labels a sample: from which probability on a label counts as given, one for all or one each. */
  readonly threshold?: number | readonly number[] | undefined;
  /** [count, ...shape], in the type of the file where that saves memory: bytes stay bytes. */
  readonly values: SampleValues;
  /** Of images from files: the same ones at another size, read from their files again. */
  readonly atSize?: AtSize | undefined;
  /** Why the values stay on disk, in words: absent where they are in memory. */
  readonly onDisk?: string | undefined;
  /** Classes that are left out, where there are such: `classes` are the others. */
  readonly excluded?: Excluded | undefined;
  /** SHA-256 over shape, classes, labels and stored values, as hex: it does not depend on where the files are. */
  readonly contentHash: string;
  /** Of a source as it was read, where its file says. */
  readonly within?: Within;
  readonly ids?: SampleIds | undefined;
  /** One part after the other; absent of samples that are of no source of an experiment. */
  readonly places?: readonly Place[];
  /** Remarks and warnings for the person. */
  readonly remarks?: readonly Remark[];
}

type AtSize = Lookup<ImageSize, SampleValues | DataProblem>;

/** Something about samples that a person should know, though they can be used. */
export interface Remark {
  readonly code:
    | "class-missing"
    | "images-skipped"
    | "absent-classes"
    | "targets-large"
    | "columns-left-out"
    | "columns-inferred"
    | "row-numbers"
    | "unseen-categories"
    | "texts-cut"
    | "texts-empty";
  readonly message: string;
  /** Of `class-missing`: which may be none. */
  readonly classes?: readonly string[];
  /** Of `columns-inferred`: all that were taken, as what. */
  readonly columns?: readonly Pick<FittedColumn, "name" | "as">[];
}

/** The samples of a whole source, as such. */
export function placed({ within, ids, ...samples }: Samples, source: SourceKey): Samples {
  const { count } = samples;
  return {
    ...samples,
    places: [{ source, rows: Int32Array.from({ length: count }, (_, row) => row), count, within, ids }],
  };
}

/** Samples in memory. @param storage [count, ...shape], row-major */
export const hashed = ({
  storage,
  ...samples
}: Omit<Samples, "contentHash" | "values"> & { readonly storage: Numbers }): Samples =>
  withHash({ ...samples, values: valuesInMemory(storage, sizeOf(samples.shape)) });

/** Completes samples with their content hash. */
export function withHash(samples: Omit<Samples, "contentHash">): Samples {
  const { shape, task, classes, classNames, labels, targets, values } = samples;
  const hash = createHash("sha256");
  hash.update(JSON.stringify({ shape, task, classes, classNames, type: arrayName(values) }));
  hashInPieces(hash, labels);
  if (targets) hashInPieces(hash, targets);
  hashValues(hash, values);
  return { ...samples, contentHash: hash.digest("hex") };
}

/** As the type of values is called in hashes. */
export const arrayName = ({ dtype }: Pick<SampleValues, "dtype">): string =>
  dtype === "uint8" ? "Uint8Array" : "Float32Array";

export function hashValues(hash: Pick<Hash, "update">, values: SampleValues): void {
  for (const block of blocksOf(values)) hashInPieces(hash, block);
}

/** Node refuses to hash 2 GiB and more in one call. How long the pieces are changes no bit of the hash. */
export function hashInPieces(
  hash: Pick<Hash, "update">,
  { buffer, byteOffset, byteLength }: ArrayBufferView,
  pieceBytes = 2 ** 30,
): void {
  for (let done = 0; done < byteLength; done += pieceBytes) {
    hash.update(new Uint8Array(buffer, byteOffset + done, Math.min(pieceBytes, byteLength - done)));
  }
}

/**
 * The samples at `rows`, in that order. Rows that follow one another share memory with the original, others are copied.
 */
export function select(samples: Samples, rows: Int32Array): Samples {
  const { within: _, ids: __, places, atSize, ...whole } = samples;
  const { targets, classes } = samples;
  return withHash({
    ...whole,
    count: rows.length,
    labels: isRun(rows)
      ? samples.labels.subarray(rows[0] ?? 0, (rows[0] ?? 0) + rows.length)
      : rows.map((row) => samples.labels[row] as number),
    ...(targets && { targets: targetsAt({ targets, classes }, rows) }),
    values: selectedValues(samples.values, rows),
    ...(atSize && {
      atSize: atOtherSize([atSize], ([values]) => selectedValues(values as SampleValues, rows)),
    }),
    ...(places && { places: selectedPlaces(places, rows) }),
  });
}

/** What becomes of several samples, of what they are at another size. */
const atOtherSize = (
  parts: readonly AtSize[],
  together: (values: readonly SampleValues[]) => SampleValues,
): AtSize =>
  new Lookup(async (size) => {
    const all: SampleValues[] = [];
    for (const part of parts) {
      const values = await part.ask(size);
      if ("code" in values) return values;
      all.push(values);
    }
    return together(all);
  });

function selectedPlaces(places: readonly Place[], rows: Int32Array): Place[] {
  let start = 0;
  return places.flatMap((place) => {
    const [from, to] = [start, start + place.rows.length];
    start = to;
    const own = rows.filter((row) => row >= from && row < to);
    return own.length === 0 ? [] : [{ ...place, rows: own.map((row) => place.rows[row - from] as number) }];
  });
}

/** The same of a source that is not placed yet, whose samples keep their ids and their places in the file. */
export function selectOfSource(samples: Samples, rows: Int32Array): Samples {
  const { ids, within: { first, total, rows: known } = { first: 0, total: samples.count } } = samples;
  const inFile = rows.map((row) => known?.[row] ?? first + row);
  const chosen = { ...select(samples, rows), within: { first: inFile[0] ?? 0, total, rows: inFile } };
  if (ids === undefined) return chosen;
  const ofRows: SampleIds = new Lookup(async (column) => {
    const all = await ids.ask(column);
    return "code" in all ? all : Array.from(rows, (row) => all[row] as string);
  });
  return { ...chosen, ids: ofRows };
}

/** Rows of the samples that have a label, and of those that have none. */
export function rowsByLabel({ labels }: Pick<Samples, "labels">): {
  readonly labelled: Int32Array;
  readonly unlabelled: Int32Array;
} {
  const rows = Int32Array.from(labels.keys());
  return {
    labelled: rows.filter((row) => labels[row] !== noLabel),
    unlabelled: rows.filter((row) => labels[row] === noLabel),
  };
}

/** The samples of all parts, one part behind the other, with the classes of the first. Bytes stay bytes if all are. */
export function joined(first: Samples, ...others: readonly Samples[]): Samples {
  const parts = [first, ...others];
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const labels = new Int32Array(count);
  const targets = first.targets && new Float32Array(count * first.classes);
  let start = 0;
  for (const part of parts) {
    labels.set(part.labels, start);
    if (part.targets) targets?.set(part.targets, start * first.classes);
    start += part.count;
  }
  const places = parts.flatMap((part) => part.places ?? []);
  const values = joinedValues(parts.map((part) => part.values));
  const onDisk = parts.find((part) => part.onDisk !== undefined)?.onDisk;
  const sized = parts.flatMap(({ atSize }) => atSize ?? []);
  const { atSize: _, ...whole } = first;
  const optional = {
    ...(targets && { targets }),
    ...(onDisk && { onDisk }),
    ...(sized.length === parts.length && { atSize: atOtherSize(sized, joinedValues) }),
  };
  return withHash({ ...whole, count, labels, values, places, ...optional });
}

/** What the outputs should be for the samples at `rows`, [rows, classes]. */
export function targetsAt(
  { targets, classes }: Required<Pick<Samples, "targets" | "classes">>,
  rows: Int32Array,
): Float32Array {
  const out = new Float32Array(rows.length * classes);
  rows.forEach((row, i) => void out.set(targets.subarray(row * classes, (row + 1) * classes), i * classes));
  return out;
}

/**
 * Gathers the samples at `rows` into `out` [rows, ...shape] and normalises them on the way. 128 images of
 * 28 × 28 bytes take about 0.05 ms.
 */
export function fillBatch(
  { shape, values }: Pick<Samples, "shape" | "values">,
  rows: ArrayLike<number>,
  normalize: ResolvedNormalize,
  out: Float32Array,
): void {
  const { size, inMemory } = values;
  if (out.length < rows.length * size) {
    throw new RangeError(`A batch of ${rows.length} × ${size} values does not fit into ${out.length}.`);
  }
  if (inMemory === undefined) {
    const raw = spaceFor(values, rows.length);
    values.read(rows, raw);
    normalizeBatch(raw, shape, normalize, out);
    return;
  }
  toNormalizer(normalize, shape.at(-1) ?? 1).rows(inMemory, rows, size, out);
}

/** The same for samples that have been gathered. @param raw [rows, ...shape] */
export function normalizeBatch(
  raw: Numbers,
  shape: readonly number[],
  normalize: ResolvedNormalize,
  out: Float32Array,
): void {
  toNormalizer(normalize, shape.at(-1) ?? 1).stretch(raw, 0, raw.length, out, 0);
}
