import { setImmediate } from "node:timers/promises";
import { sizeOf } from "../../sizeOf.ts";
import { createKept, type KeptPlace, type KeptWriter, keptRows, withLimit } from "../cache/keptRows.ts";
import { type KeepUse, placeOf } from "../cache/keptSamples.ts";
import { moveChannelsLast, readFileRows } from "../fileRows.ts";
import { type FileValues, openFileValues } from "../fileValues.ts";
import { checkEnd, checkSize, isColumnMajor, readArray, toRowMajor } from "../formats/array.ts";
import type { ByteSource } from "../formats/bytes.ts";
import { elementBytes, isByte, isFloat, readElements } from "../formats/elements.ts";
import { whyOnDisk } from "../placement.ts";
import type { DataProblem } from "../problem.ts";
import type { Samples } from "../samples.ts";
import {
  blocksOf,
  bytesOf,
  type Numbers,
  type SampleValues,
  spaceFor,
  valuesInMemory,
} from "../sampleValues.ts";
import type { OpenArray } from "./openArray.ts";
import type { LoadOptions } from "./options.ts";

/** What is read of an array, and as what. */
export interface ArrayPart {
  readonly skip: number;
  readonly end: number;
  /** Of one sample. */
  readonly shape: readonly number[];
  /** Where the channels of a sample stand in the file; samples have them last. */
  readonly layout?: "channelsLast" | "channelsFirst" | undefined;
  /** Bytes become float32, too, and what is no finite number is for others to find. */
  readonly asFloats?: boolean | undefined;
}

interface Use extends KeepUse, Pick<LoadOptions, "onRead"> {
  /** They are only passed on: what has to be unpacked for that is not found again. */
  readonly isOnce?: boolean | undefined;
}

/**
 * Values where they shall be. Rows that the file does not have one after the other as they are, since they are packed or in Fortran
 * order, are brought into the cache where they shall not be in memory.
 */
export async function arrayValues(
  array: OpenArray,
  part: ArrayPart,
  use: Use,
): Promise<Pick<Samples, "values" | "onDisk"> | DataProblem> {
  const { source, header } = array;
  const { skip, end, shape, layout, asFloats } = part;
  const rows = rowsOf(array, part);
  const why = whyOnDisk(rows.count * bytesOf(rows), use.storage);
  const isColumns = isColumnMajor(header);
  if (why !== undefined && source.place !== undefined && !isColumns) {
    const values = await inItsFile(array, part);
    return "code" in values ? values : { values, onDisk: why };
  }
  const { archive = source.file } = source;
  const made = [source.file.slice(archive.length), skip, end, shape, layout, asFloats];
  const place = why && (await placeOf([archive], use.isOnce ? undefined : made, use));
  if (why === undefined || !place) {
    const values = await inMemory(array, part);
    return "code" in values ? values : { values };
  }
  const problem = checkSize(source, header);
  if (problem) return problem;
  const kept = await keptRows(place, rows, (put) =>
    (isColumns ? putColumns : putRows)(array, part, { put, place, onRead: use.onRead }),
  );
  return "code" in kept ? kept : { values: kept.values, onDisk: withLimit(why) };
}

function rowsOf({ source, header }: OpenArray, { skip, end, shape, asFloats }: ArrayPart) {
  const dtype: SampleValues["dtype"] = isByte(header.type.kind) && !asFloats ? "uint8" : "float32";
  return { dtype, size: sizeOf(shape), count: end - skip, file: source.file } as const;
}

async function inMemory(array: OpenArray, part: ArrayPart): Promise<SampleValues | DataProblem> {
  const { skip, end, shape, layout, asFloats } = part;
  const read = await readArray(array.source, array.header, end, "compact");
  if ("code" in read) return read;
  const size = sizeOf(shape);
  const own = skip === 0 ? read : read.subarray(skip * size);
  const storage = asFloats && own instanceof Uint8Array ? Float32Array.from(own) : own;
  const values = valuesInMemory(storage, size);
  const notFinite = checkFinite(array, part, values, skip);
  if (notFinite) return notFinite;
  if (layout === "channelsFirst") moveAllChannelsLast(storage, shape);
  return values;
}

async function inItsFile(array: OpenArray, part: ArrayPart): Promise<FileValues | DataProblem> {
  const { source, header } = array;
  const { skip, shape, layout } = part;
  const { place } = source;
  if (place === undefined) throw new Error(`${source.file} is packed.`);
  const problem = checkSize(source, header) ?? (await drained(source));
  if (problem) return problem;
  const { type, dataOffset } = header;
  const { dtype, size, count } = rowsOf(array, part);
  const stride = size * elementBytes[type.kind];
  const offset = place.start + dataOffset + skip * stride;
  const rows = { offset, stride, count, size, type };
  const asStored = await openFileValues(place.file, rows, { dtype });
  if ("code" in asStored) return asStored;
  const notFinite = checkFinite(array, part, asStored, skip);
  if (notFinite) return notFinite;
  return layout === "channelsFirst"
    ? openFileValues(place.file, { ...rows, channelsFirst: shape.at(-1) }, { dtype })
    : asStored;
}

interface Putting extends Pick<LoadOptions, "onRead"> {
  readonly put: KeptWriter["put"];
  readonly place: KeptPlace;
}

/** Rows of a packed array as they are unpacked. */
async function putRows(
  array: OpenArray,
  part: ArrayPart,
  { put, onRead }: Putting,
): Promise<object | DataProblem> {
  const { source, header } = array;
  const { skip, end, shape, layout } = part;
  const { type, dataOffset } = header;
  const rows = rowsOf(array, part);
  const { size } = rows;
  const most = Math.max(1, Math.floor(2 ** 22 / bytesOf(rows)));
  const rowBytes = size * elementBytes[type.kind];
  for (let first = 0; first < end; ) {
    const isLeftOut = first < skip;
    const count = Math.min(most, (isLeftOut ? skip : end) - first);
    const block = spaceFor(rows, count);
    const problem =
      (await readElements(source, type, block, dataOffset + first * rowBytes)) ??
      (isLeftOut ? undefined : checkFinite(array, part, valuesInMemory(block, size), first));
    if (problem) return problem;
    if (layout === "channelsFirst") moveAllChannelsLast(block, shape);
    const putProblem = isLeftOut ? undefined : put(first - skip, block);
    if (putProblem) return putProblem;
    first += count;
    onRead?.(first, end);
  }
  const isAll = end === header.shape[0];
  return (isAll ? await checkEnd(source, dataOffset + end * rowBytes) : undefined) ?? {};
}

/** Bytes of rows that are collected from the columns at once. */
const acrossBytes = 2 ** 26;

/** Rows of an array in Fortran order: some of them at a time, of which each column has a run. */
async function putColumns(
  array: OpenArray,
  part: ArrayPart,
  { put, place, onRead }: Putting,
): Promise<object | DataProblem> {
  const { header } = array;
  const { skip, end, shape, layout } = part;
  const [total = 0, ...own] = header.shape;
  const rows = rowsOf(array, part);
  const { size } = rows;
  const columns = await columnsInFile(array, part, place);
  if ("code" in columns) return columns;
  const most = Math.min(rows.count, Math.max(1, Math.floor(acrossBytes / bytesOf(rows))));
  const [across, block] = [spaceFor(rows, most), spaceFor(rows, most)];
  const all = Int32Array.from({ length: size }, (_, column) => column);
  for (let first = skip; first < end; first += most) {
    const count = Math.min(most, end - first);
    const { file } = columns;
    const bytes = elementBytes[file.type.kind];
    const runs = { offset: file.offset + first * bytes, stride: total * bytes, count: size, size: count };
    const [from, to] = [across, block].map((space) => space.subarray(0, count * size)) as [Numbers, Numbers];
    readFileRows({ ...file, ...runs }, all, from);
    toRowMajor(from, own, to);
    const problem = checkFinite(array, part, valuesInMemory(to, size), first);
    if (problem) return problem;
    if (layout === "channelsFirst") moveAllChannelsLast(to, shape);
    const putProblem = put(first - skip, to);
    if (putProblem) return putProblem;
    onRead?.(first + count, end);
    await setImmediate(); // signals
  }
  return {};
}

/** All numbers of an array as they follow one another, in a file: its own, or where it is packed one that is gone afterwards. */
async function columnsInFile(
  array: OpenArray,
  part: ArrayPart,
  { folder }: KeptPlace,
): Promise<FileValues | DataProblem> {
  const { source, header } = array;
  const { type, shape, dataOffset } = header;
  const { dtype } = rowsOf(array, part);
  const numbers = { dtype, size: 1, count: sizeOf(shape) } as const;
  const { place } = source;
  if (place !== undefined) {
    const offset = place.start + dataOffset;
    const stored = { ...numbers, offset, stride: elementBytes[type.kind], type };
    return (await drained(source)) ?? openFileValues(place.file, stored, { dtype });
  }
  const writer = createKept({ folder }, numbers, numbers.count * bytesOf(numbers));
  if ("code" in writer) return writer;
  try {
    const most = 2 ** 20;
    for (let first = 0; first < numbers.count; first += most) {
      const block = spaceFor(numbers, Math.min(most, numbers.count - first));
      const at = dataOffset + first * elementBytes[type.kind];
      const problem = (await readElements(source, type, block, at)) ?? writer.put(first, block);
      if (problem) return problem;
    }
    const end = dataOffset + numbers.count * elementBytes[type.kind];
    return (await checkEnd(source, end)) ?? (await writer.rows(numbers.count));
  } finally {
    writer.abandon();
  }
}

function moveAllChannelsLast(rows: Numbers, shape: readonly number[]): void {
  const size = sizeOf(shape);
  for (let start = 0; start < rows.length; start += size)
    moveChannelsLast(rows.subarray(start, start + size), shape.at(-1) as number);
}

/** A member of an archive has a checksum, which is known to fit once all has been read. */
async function drained(source: ByteSource): Promise<DataProblem | undefined> {
  if (source.place?.file === source.file) return undefined;
  const chunk = new Uint8Array(2 ** 20);
  for (;;) {
    const read = await source.read(chunk);
    if (typeof read === "object") return read;
    if (read === 0) return undefined;
  }
}

/** @param skipped samples of the file that stand before */
function checkFinite(
  { source, header }: OpenArray,
  { asFloats }: ArrayPart,
  values: SampleValues,
  skipped: number,
): DataProblem | undefined {
  if (asFloats || !isFloat(header.type.kind)) return undefined;
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
      message: `Value ${at % sampleSize} of sample ${Math.floor(at / sampleSize)} is not a finite float32.${Number.isNaN(block[found]) ? " Fill what is missing, as numpy.nan_to_num does, or keep the samples in a table, of which missing cells are filled." : ""}`,
      file: source.file,
      ...place,
      expected: "finite numbers",
      found: String(block[found]),
    };
  }
  return undefined;
}
