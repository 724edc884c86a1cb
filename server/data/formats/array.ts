import { sizeOf } from "../../sizeOf.ts";
import { machineMemory } from "../machineMemory.ts";
import type { DataProblem } from "../problem.ts";
import type { ByteSource } from "./bytes.ts";
import {
  type ElementKind,
  type ElementType,
  elementBytes,
  isByte,
  readElements,
  truncated,
} from "./elements.ts";

/** What stands before the numbers of an array file. */
export interface ArrayHeader {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** The first axis varies fastest ("Fortran order"). */
  readonly columnMajor: boolean;
  readonly dataOffset: number;
}

/** Checks that the file has as many bytes as its header says, where that is known without reading on. */
export function checkSize(source: ByteSource, header: ArrayHeader): DataProblem | undefined {
  const { type, shape, dataOffset } = header;
  const expected = dataOffset + sizeOf(shape) * elementBytes[type.kind];
  if (expected > source.mostBytes) return truncated(source.file, source.mostBytes, expected);
  if (source.size === undefined) return undefined;
  if (source.size < expected) return truncated(source.file, source.size, expected);
  return source.size > expected ? trailing(source.file, expected, source.size) : undefined;
}

/**
 * Reads the first `rows` rows of an array (row-major) behind its header. Bytes stay bytes, everything else
 * becomes float32; `exact` gives float64, for labels.
 */
export async function readArray<T extends "compact" | "exact">(
  source: ByteSource,
  header: ArrayHeader,
  rows: number,
  precision: T,
): Promise<(T extends "exact" ? Float64Array : Uint8Array | Float32Array) | DataProblem>;
export async function readArray(
  source: ByteSource,
  header: ArrayHeader,
  rows: number,
  precision: "compact" | "exact",
): Promise<Uint8Array | Float32Array | Float64Array | DataProblem> {
  const problem = checkSize(source, header);
  if (problem) return problem;
  const { type, shape, dataOffset } = header;
  const [count = 0, ...own] = shape;
  const rowSize = sizeOf(own);
  const isColumns = isColumnMajor(header);
  const readRows = isColumns ? count : rows;
  const values = allocate(readRows * rowSize, precision, type.kind);
  if (values === undefined) return tooLarge(source.file, shape);
  const readProblem = await readElements(source, type, values, dataOffset);
  if (readProblem) return readProblem;
  if (readRows === shape[0]) {
    const endProblem = await checkEnd(source, dataOffset + values.length * elementBytes[type.kind]);
    if (endProblem) return endProblem;
  }
  if (!isColumns) return values.subarray(0, rows * rowSize);
  const rowMajor = values.slice();
  toRowMajor(values, own, rowMajor);
  return rowMajor.subarray(0, rows * rowSize);
}

/** Undefined where the memory is not there. */
function allocate(
  length: number,
  precision: "compact" | "exact",
  kind: ElementKind,
): Uint8Array | Float32Array | Float64Array | undefined {
  const bytes = length * (precision === "exact" ? 8 : isByte(kind) ? 1 : 4);
  // Systems overcommit memory, and kill a process that uses it.
  if (bytes > machineMemory()) return undefined;
  try {
    if (precision === "exact") return new Float64Array(length);
    return isByte(kind) ? new Uint8Array(length) : new Float32Array(length);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function tooLarge(file: string, shape: readonly number[]): DataProblem {
  const message = "The data does not fit into memory; `take` fewer samples.";
  return { code: "too-large", message, file, found: `[${shape.join(", ")}]` };
}

/** Packed files: also makes the unpacker verify its checksum, which it does at the end. */
export async function checkEnd(source: ByteSource, expected: number): Promise<DataProblem | undefined> {
  const more = await source.read(new Uint8Array(1));
  if (typeof more === "object") return more;
  return more === 0 ? undefined : trailing(source.file, expected);
}

function trailing(file: string, expected: number, found?: number): DataProblem {
  return {
    code: "trailing-bytes",
    message: "There are more bytes than the header says; the header is wrong, or this is not one file.",
    file,
    offset: expected,
    expected: `${expected} bytes`,
    found: found === undefined ? "more" : `${found} bytes`,
  };
}

/** Whether the first axis varies fastest; of one axis it does either way. */
export const isColumnMajor = ({ columnMajor, shape }: ArrayHeader): boolean =>
  columnMajor && shape.length > 1;

type Numbers = Uint8Array | Float32Array | Float64Array;

/** Rows that are moved together, so that what is read of a column is used while it is in the processor's cache. */
const together = 64;

/**
 * Transposes from "first axis varies fastest" to "last axis varies fastest".
 * @param columns [columns, rows], the columns in that order, too
 * @param own axes of a row
 * @param out [rows, ...own]
 */
export function toRowMajor(columns: Numbers, own: readonly number[], out: Numbers): void {
  let places = Int32Array.of(0); // of each column, in a row
  for (const [axis, extent] of own.entries()) {
    const [before, stride] = [places, sizeOf(own.slice(axis + 1))];
    places = Int32Array.from(
      { length: before.length * extent },
      (_, i) => (before[i % before.length] as number) + Math.floor(i / before.length) * stride,
    );
  }
  const size = places.length;
  const rows = columns.length / size;
  for (let first = 0; first < rows; first += together) {
    const end = Math.min(rows, first + together);
    for (let column = 0; column < size; column++) {
      const place = places[column] as number;
      for (let row = first; row < end; row++)
        out[row * size + place] = columns[column * rows + row] as number;
    }
  }
}
