import type { DataProblem } from "../problem.ts";
import type { ByteSource } from "./bytes.ts";
import { halfToNumber } from "./half.ts";

/** How one number is stored. */
export type ElementKind =
  | "bool"
  | "uint8"
  | "int8"
  | "uint16"
  | "int16"
  | "uint32"
  | "int32"
  | "uint64"
  | "int64"
  | "float16"
  | "bfloat16"
  | "float32"
  | "float64";

export const elementBytes: Readonly<Record<ElementKind, number>> = {
  bool: 1,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  uint64: 8,
  int64: 8,
  float16: 2,
  bfloat16: 2,
  float32: 4,
  float64: 8,
};

/** Kinds that stay bytes. */
export const isByte = (kind: ElementKind): boolean => kind === "uint8" || kind === "bool";

/** Kinds that may hold what is no finite number, or none in float32. */
export const isFloat = (kind: ElementKind): boolean =>
  kind === "float16" || kind === "bfloat16" || kind === "float32" || kind === "float64";

export interface ElementType {
  readonly kind: ElementKind;
  readonly littleEndian: boolean;
}

type Numbers = Uint8Array | Float32Array | Float64Array;

/** Large enough to make calls rare, small enough to keep float64 files from being in memory twice. */
const chunkElements = 2 ** 17;

/**
 * Reads `out.length` numbers from the current place on, converting while they stream past. Bytes go straight into a
 * Uint8Array. `at` is the offset of the first one, for messages.
 */
export async function readElements(
  source: ByteSource,
  type: ElementType,
  out: Numbers,
  at: number,
): Promise<DataProblem | undefined> {
  const bytes = elementBytes[type.kind];
  if (out instanceof Uint8Array && bytes === 1) return readExactly(source, out, at);
  const chunk = new Uint8Array(Math.min(chunkElements, out.length) * bytes);
  for (let done = 0; done < out.length; done += chunkElements) {
    const count = Math.min(chunkElements, out.length - done);
    const part = chunk.subarray(0, count * bytes);
    const problem = await readExactly(source, part, at + done * bytes);
    if (problem) return problem;
    decodeElements(part, type, out, done);
  }
  return undefined;
}

/** Fills `into`, or says where the file ended. */
export async function readExactly(
  source: ByteSource,
  into: Uint8Array,
  at: number,
): Promise<DataProblem | undefined> {
  const count = await source.read(into);
  if (typeof count === "object") return count;
  return count === into.length ? undefined : truncated(source.file, at + count, at + into.length);
}

export function truncated(file: string, found: number, expected: number): DataProblem {
  return {
    code: "truncated",
    message: "The file ends too early; it is truncated, or its header is wrong.",
    file,
    offset: found,
    expected: `at least ${expected} bytes`,
    found: `${found} bytes`,
  };
}

/** Writes the numbers that `bytes` hold into `out`, from `at` on. */
export function decodeElements(
  bytes: Uint8Array,
  { kind, littleEndian }: ElementType,
  out: Numbers,
  at: number,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = elementBytes[kind];
  const count = bytes.length / size;
  const read = readers[kind];
  for (let i = 0; i < count; i++) out[at + i] = read(view, i * size, littleEndian);
}

const word = new DataView(new ArrayBuffer(4));

/** A float32 of which the lower half is left out. */
function upperHalf(bits: number): number {
  word.setUint32(0, bits * 2 ** 16);
  return word.getFloat32(0);
}

const readers: Readonly<Record<ElementKind, (view: DataView, at: number, littleEndian: boolean) => number>> =
  {
    bool: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
    uint8: (view, at) => view.getUint8(at),
    int8: (view, at) => view.getInt8(at),
    uint16: (view, at, little) => view.getUint16(at, little),
    int16: (view, at, little) => view.getInt16(at, little),
    uint32: (view, at, little) => view.getUint32(at, little),
    int32: (view, at, little) => view.getInt32(at, little),
    uint64: (view, at, little) => Number(view.getBigUint64(at, little)),
    int64: (view, at, little) => Number(view.getBigInt64(at, little)),
    float16: (view, at, little) => halfToNumber(view.getUint16(at, little)),
    bfloat16: (view, at, little) => upperHalf(view.getUint16(at, little)),
    float32: (view, at, little) => view.getFloat32(at, little),
    float64: (view, at, little) => view.getFloat64(at, little),
  };
