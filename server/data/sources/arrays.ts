import type { TaskName } from "../../tasks/tasks.ts";
import { toLabels } from "../arrayLabels.ts";
import { type KeptPlace, keptRows, withLimit } from "../cache/keptRows.ts";
import { type KeepUse, placeOf } from "../cache/keptSamples.ts";
import { knownClasses } from "../classNames.ts";
import { moveChannelsLast } from "../fileRows.ts";
import { type FileValues, openFileValues } from "../fileValues.ts";
import { type ArrayHeader, checkEnd, checkSize, readArray } from "../formats/array.ts";
import { type ByteSource, openBytes } from "../formats/bytes.ts";
import { elementBytes, isByte, isFloat, readElements } from "../formats/elements.ts";
import { type LabelOptions, noLabel } from "../labels.ts";
import { whyOnDisk } from "../placement.ts";
import type { DataProblem } from "../problem.ts";
import { type Samples, sizeOf, withHash } from "../samples.ts";
import {
  blocksOf,
  bytesOf,
  type Numbers,
  type SampleValues,
  spaceFor,
  valuesInMemory,
} from "../sampleValues.ts";
import { maskedTokens } from "../text/maskedTokens.ts";
import type { TokenFacts } from "../text/textEncoder.ts";
import type { LoadOptions } from "./options.ts";

/** One array of a file: its bytes, placed behind the header. */
export interface OpenArray {
  readonly source: ByteSource;
  readonly header: ArrayHeader;
}

export interface ArraysRequest extends LoadOptions {
  readonly openFeatures: () => Promise<OpenArray | DataProblem>;
  /** Absent where the source has none. */
  readonly openLabels?: (() => Promise<OpenArray | DataProblem>) | undefined;
  /** Samples are numbers of tokens, and this says where there are some. */
  readonly openMask?: (() => Promise<OpenArray | DataProblem>) | undefined;
  readonly vocabulary?: number | undefined;
  readonly skip: number | undefined;
  readonly take: number | undefined;
  /** The shape of one sample, given the shape that it has in the file. */
  readonly shapeOf: (own: readonly number[]) => readonly number[];
  /** Where the channels of a sample stand in the file; samples have them last. */
  readonly layout?: "channelsLast" | "channelsFirst" | undefined;
}

/** [channels, …] → […, channels] */
export const channelsMovedLast = ([channels = 1, ...places]: readonly number[]): readonly number[] => [
  ...places,
  channels,
];

/**
 * Samples from an array of features and one of labels. `skip` and `take` choose some that follow one another, but the
 * classes are still counted over all labels, so that they do not depend on which.
 */
export async function loadArrays(request: ArraysRequest): Promise<Samples | DataProblem> {
  const { openLabels } = request;
  const features = await request.openFeatures();
  if ("code" in features) return features;
  try {
    if (openLabels === undefined) return await readSamples(features, undefined, request);
    const labels = await openLabels();
    if ("code" in labels) return labels;
    try {
      return await readSamples(features, labels, request);
    } finally {
      await labels.source.close();
    }
  } finally {
    await features.source.close();
  }
}

/** How the labels are opened that a source names, if it names any. */
export const labelsOf = (
  { labels }: { readonly type: string; readonly labels?: string },
  open: (labels: string) => Promise<OpenArray | DataProblem>,
): ArraysRequest["openLabels"] => (labels === undefined ? undefined : () => open(labels));

/** The same of a mask. */
export const maskOf = (
  mask: string | undefined,
  open: (mask: string) => Promise<OpenArray | DataProblem>,
): ArraysRequest["openMask"] => (mask === undefined ? undefined : () => open(mask));

/** Opens an array file whose header `readHeader` reads. */
export async function openArray(
  file: string,
  readHeader: (source: ByteSource) => Promise<ArrayHeader | DataProblem>,
): Promise<OpenArray | DataProblem> {
  const source = await openBytes(file);
  return "code" in source ? source : behindHeader(source, readHeader);
}

/** Reads the header of an open source; closes the source if that is not possible. */
export async function behindHeader(
  source: ByteSource,
  readHeader: (source: ByteSource) => Promise<ArrayHeader | DataProblem>,
): Promise<OpenArray | DataProblem> {
  const header = await readHeader(source);
  if (!("code" in header)) return { source, header };
  await source.close();
  return header;
}

async function readSamples(
  features: OpenArray,
  labels: OpenArray | undefined,
  {
    skip = 0,
    take = Number.POSITIVE_INFINITY,
    shapeOf,
    layout,
    like,
    classes: given,
    task = like && (like.task ?? "classification"),
    labels: labelling = "all",
    storage,
    openMask,
    vocabulary,
    ...use
  }: ArraysRequest,
): Promise<Samples | DataProblem> {
  const [total = 0, ...own] = features.header.shape;
  const shape = own.length === 0 ? shapeOf([1]) : shapeOf(own);
  const problem =
    checkNotEmpty(features) ??
    checkSkip(features.source.file, { skip, total }) ??
    (labels && checkCounts(features, labels)) ??
    checkShape(features.source.file, own, shape) ??
    (layout === "channelsFirst" ? checkChannels(features.source.file, own, shape) : undefined) ??
    checkLike(features.source.file, shape, like?.shape);
  if (problem) return problem;

  const end = Math.min(skip + take, total);
  const known = knownClasses({ like, given });
  const named = labels && (await readLabels(labels, { total, classes: known?.classes, labelling, task }));
  if (named && "code" in named) return named;
  const { classes = known?.classes ?? 0, targets: rows } = named ?? {};
  const used = named?.labels.subarray(skip, end) ?? new Int32Array(end - skip).fill(noLabel);

  const part = { skip, end, shape, layout };
  // Numbers of tokens are brought together with their mask.
  const read = await readValues(features, part, {
    ...use,
    storage: openMask === undefined ? storage : "memory",
  });
  if ("code" in read) return read;
  const { values: stored, onDisk } = read;
  const masked = openMask && (await withMask(features, stored, { ...part, openMask, vocabulary, like }));
  if (masked && "code" in masked) return masked;
  const { values, tokens } = masked ?? { values: stored };
  const names = known?.classNames && { classNames: known.classNames };
  const within = { first: skip, total };
  const targets = rows && { targets: rows.subarray(skip * classes, end * classes) };
  return withHash({
    count: end - skip,
    shape,
    ...taskPart(named?.task ?? task),
    classes,
    ...names,
    labels: used,
    ...targets,
    values,
    ...(tokens && { tokens }),
    within,
    ...(onDisk && { onDisk }),
  });
}

/** Numbers of tokens, of which a mask says where a text is. */
async function withMask(
  features: OpenArray,
  { inMemory: ids = new Float32Array(0) }: SampleValues,
  {
    skip,
    end,
    shape,
    openMask,
    ...known
  }: ArrayPart & Required<Pick<ArraysRequest, "openMask">> & Pick<ArraysRequest, "vocabulary" | "like">,
): Promise<{ readonly values: SampleValues; readonly tokens: TokenFacts } | DataProblem> {
  const { file } = features.source;
  const array = await (openMask as NonNullable<typeof openMask>)();
  if ("code" in array) return array;
  try {
    const { source, header } = array;
    const [length = 0, ...more] = shape;
    if (more.length > 0 || header.shape.join() !== features.header.shape.join())
      return {
        code: "shape-mismatch",
        message: `A mask is for numbers of tokens, [samples, length], and has their shape; the samples are [${features.header.shape.join(", ")}].`,
        file: source.file,
        expected: "[samples, length]",
        found: `[${header.shape.join(", ")}]`,
      };
    const mask = await readArray(source, header, end, "compact");
    if ("code" in mask) return mask;
    const found = maskedTokens({
      ids,
      mask: mask.subarray(skip * length),
      length,
      file,
      maskFile: source.file,
      vocabulary: known.vocabulary,
      like: known.like?.tokens,
    });
    return "code" in found ? found : { values: valuesInMemory(found.storage, length), tokens: found.tokens };
  } finally {
    await array.source.close();
  }
}

/** Samples of a classification do not say so. */
export const taskPart = (task: TaskName | undefined): { readonly task?: TaskName } =>
  task === undefined || task === "classification" ? {} : { task };

/** What is read of an array. */
interface ArrayPart extends Pick<ArraysRequest, "layout"> {
  readonly skip: number;
  readonly end: number;
  readonly shape: readonly number[];
}

/** Values where they shall be: those that are packed, and shall not be in memory, are unpacked into the cache. */
async function readValues(
  array: OpenArray,
  part: ArrayPart,
  use: KeepUse & Pick<ArraysRequest, "onRead">,
): Promise<Pick<Samples, "values" | "onDisk"> | DataProblem> {
  const { source, header } = array;
  const why = header.columnMajor ? undefined : whyOnDisk(bytesInMemory(array, part), use.storage);
  if (why !== undefined && source.place !== undefined) {
    const values = await inItsFile(array, part);
    return "code" in values ? values : { values, onDisk: why };
  }
  const { skip, end, shape, layout } = part;
  const { archive = source.file } = source;
  const made = [source.file.slice(archive.length), skip, end, shape, layout];
  const place = why && (await placeOf([archive], made, use));
  if (why === undefined || !place) {
    const values = await inMemory(array, part);
    return "code" in values ? values : { values };
  }
  const unpacked = await unpackedRows(array, part, { place, onRead: use.onRead });
  return "code" in unpacked ? unpacked : { values: unpacked.values, onDisk: withLimit(why) };
}

const bytesInMemory = ({ header }: OpenArray, { skip, end, shape }: ArrayPart): number =>
  (end - skip) * sizeOf(shape) * (isByte(header.type.kind) ? 1 : 4);

async function inMemory(
  array: OpenArray,
  { skip, end, shape, layout }: ArrayPart,
): Promise<SampleValues | DataProblem> {
  const read = await readArray(array.source, array.header, end, "compact");
  if ("code" in read) return read;
  const size = sizeOf(shape);
  const storage = skip === 0 ? read : read.subarray(skip * size);
  const values = valuesInMemory(storage, size);
  const notFinite = checkFinite(array, values, skip);
  if (notFinite) return notFinite;
  if (layout === "channelsFirst") moveAllChannelsLast(storage, shape);
  return values;
}

async function inItsFile(
  array: OpenArray,
  { skip, end, shape, layout }: ArrayPart,
): Promise<FileValues | DataProblem> {
  const { source, header } = array;
  const { place } = source;
  if (place === undefined) throw new Error(`${source.file} is packed.`);
  // A member of an archive has a checksum, which is known to fit once all has been read.
  const problem =
    checkSize(source, header) ?? (place.file === source.file ? undefined : await drained(source));
  if (problem) return problem;
  const { type, dataOffset } = header;
  const size = sizeOf(shape);
  const stride = size * elementBytes[type.kind];
  const offset = place.start + dataOffset + skip * stride;
  const rows = { offset, stride, count: end - skip, size, type };
  const dtype = isByte(type.kind) ? "uint8" : "float32";
  const asStored = await openFileValues(place.file, rows, { dtype });
  if ("code" in asStored) return asStored;
  const notFinite = checkFinite(array, asStored, skip);
  if (notFinite) return notFinite;
  return layout === "channelsFirst"
    ? openFileValues(place.file, { ...rows, channelsFirst: shape.at(-1) }, { dtype })
    : asStored;
}

/** Rows of a packed array as they are unpacked, in the cache. */
async function unpackedRows(
  array: OpenArray,
  { skip, end, shape, layout }: ArrayPart,
  { place, onRead }: Pick<ArraysRequest, "onRead"> & { readonly place: KeptPlace },
): Promise<{ readonly values: SampleValues } | DataProblem> {
  const { source, header } = array;
  const { type, dataOffset } = header;
  const size = sizeOf(shape);
  const dtype = isByte(type.kind) ? "uint8" : "float32";
  const layoutOfRow = { dtype, size } as const;
  const rows = { ...layoutOfRow, count: end - skip, file: source.file };
  const problem = checkSize(source, header);
  if (problem) return problem;
  return keptRows(place, rows, async (put) => {
    const most = Math.max(1, Math.floor(2 ** 22 / bytesOf(layoutOfRow)));
    const rowBytes = size * elementBytes[type.kind];
    for (let first = 0; first < end; ) {
      const isLeftOut = first < skip;
      const count = Math.min(most, (isLeftOut ? skip : end) - first);
      const block = spaceFor(layoutOfRow, count);
      const problem =
        (await readElements(source, type, block, dataOffset + first * rowBytes)) ??
        (isLeftOut ? undefined : checkFinite(array, valuesInMemory(block, size), first));
      if (problem) return problem;
      if (layout === "channelsFirst") moveAllChannelsLast(block, shape);
      const putProblem = isLeftOut ? undefined : put(first - skip, block);
      if (putProblem) return putProblem;
      first += count;
      onRead?.(first, end);
    }
    const isAll = end === header.shape[0];
    return (isAll ? await checkEnd(source, dataOffset + end * rowBytes) : undefined) ?? {};
  });
}

function moveAllChannelsLast(rows: Numbers, shape: readonly number[]): void {
  const size = sizeOf(shape);
  for (let start = 0; start < rows.length; start += size)
    moveChannelsLast(rows.subarray(start, start + size), shape.at(-1) as number);
}

async function drained(source: ByteSource): Promise<DataProblem | undefined> {
  const chunk = new Uint8Array(2 ** 20);
  for (;;) {
    const read = await source.read(chunk);
    if (typeof read === "object") return read;
    if (read === 0) return undefined;
  }
}

async function readLabels(
  { source, header }: OpenArray,
  { total, ...options }: { readonly total: number } & Omit<LabelOptions, "file">,
) {
  const values = await readArray(source, header, total, "exact");
  return "code" in values ? values : toLabels(values, header.shape, { file: source.file, ...options });
}

/** @param total samples that the file has */
export function checkSkip(
  file: string,
  { skip, total }: { readonly skip: number; readonly total: number },
): DataProblem | undefined {
  if (skip < total) return undefined;
  return {
    code: "no-samples",
    message: `\`skip\` leaves out ${skip} samples, and there are ${total}.`,
    file,
    expected: `less than ${total}`,
    found: skip,
  };
}

function checkCounts(features: OpenArray, labels: OpenArray): DataProblem | undefined {
  const total = features.header.shape[0] ?? 0;
  const labelled = labels.header.shape[0] ?? 0;
  if (total !== labelled) {
    return {
      code: "count-mismatch",
      message: `There are ${total} samples in ${features.source.file}, but ${labelled} labels.`,
      file: labels.source.file,
      expected: total,
      found: labelled,
    };
  }
  return undefined;
}

function checkNotEmpty(features: OpenArray): DataProblem | undefined {
  const total = features.header.shape[0] ?? 0;
  if (total === 0 || sizeOf(features.header.shape) === 0) {
    return {
      code: "no-samples",
      message: "The file holds no samples.",
      file: features.source.file,
      expected: "at least 1 sample",
      found: `[${features.header.shape.join(", ")}]`,
    };
  }
  return undefined;
}

export function checkShape(
  file: string,
  own: readonly number[],
  shape: readonly number[],
): DataProblem | undefined {
  if (sizeOf(own) === sizeOf(shape)) return undefined;
  return {
    code: "shape-mismatch",
    message: `A sample of ${sizeOf(own)} values does not fit into the shape [${shape.join(", ")}].`,
    file,
    expected: sizeOf(shape),
    found: sizeOf(own),
  };
}

/** Samples with their channels first have these along the first axis, or are flat, and `shape` says how many there are. */
function checkChannels(
  file: string,
  own: readonly number[],
  shape: readonly number[],
): DataProblem | undefined {
  const channels = shape.at(-1);
  if (own.length > 1 ? own[0] === channels : shape.length > 1) return undefined;
  return {
    code: "shape-mismatch",
    message:
      own.length > 1
        ? `A sample with its channels first, [${own.join(", ")}], has ${own[0]} channels; the shape [${shape.join(", ")}] has ${channels}.`
        : `A sample [${own.join(", ")}] has no channels; give its \`shape\`, channels last.`,
    file,
  };
}

/** The samples of validation and test have to look like those of training. */
export function checkLike(
  file: string,
  shape: readonly number[],
  like: readonly number[] | undefined,
): DataProblem | undefined {
  if (like === undefined || shape.join() === like.join()) return undefined;
  return {
    code: "shape-mismatch",
    message: "The samples have another shape than the training samples.",
    file,
    expected: `[${like.join(", ")}]`,
    found: `[${shape.join(", ")}]`,
  };
}

/** @param skipped samples of the file that stand before */
function checkFinite(
  { source, header }: OpenArray,
  values: SampleValues,
  skipped: number,
): DataProblem | undefined {
  if (!isFloat(header.type.kind)) return undefined;
  let before = 0;
  for (const block of blocksOf(values)) {
    const found = block.findIndex((value) => !Number.isFinite(value));
    if (found < 0) {
      before += block.length;
      continue;
    }
    const sampleSize = sizeOf(header.shape.slice(1));
    const at = before + found + skipped * sampleSize; // in the file
    const place = header.columnMajor
      ? {}
      : { offset: header.dataOffset + at * elementBytes[header.type.kind] };
    return {
      code: "not-finite",
      message: `Value ${at % sampleSize} of sample ${Math.floor(at / sampleSize)} is not a finite float32.`,
      file: source.file,
      ...place,
      expected: "finite numbers",
      found: String(block[found]),
    };
  }
  return undefined;
}
