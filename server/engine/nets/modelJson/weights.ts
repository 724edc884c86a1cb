import { halfToNumber } from "../../../data/formats/half.ts";
import { sizeOf } from "../../../sizeOf.ts";

/** One weight in a manifest of tfjs. */
export interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string; readonly scale?: number; readonly min?: number };
}

const bytesPerValue: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  float16: 2,
  uint16: 2,
  uint8: 1,
  bool: 1,
};

const storedType = ({ dtype, quantization }: WeightEntry): string => quantization?.dtype ?? dtype;

/** How many bytes a weight takes, or undefined where its type is not known. */
export function byteLength(entry: WeightEntry): number | undefined {
  const type = storedType(entry);
  return Object.hasOwn(bytesPerValue, type)
    ? (bytesPerValue[type] as number) * sizeOf(entry.shape)
    : undefined;
}

/** The values of a weight, from its own little-endian bytes; quantised ones are value · scale + min. */
export function decodeWeight(entry: WeightEntry, bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = storedType(entry);
  const width = bytesPerValue[type] as number;
  const read = readers[type] as (view: DataView, offset: number) => number;
  const { scale = 1, min = 0 } = entry.quantization ?? {};
  return Float32Array.from({ length: sizeOf(entry.shape) }, (_, i) => read(view, i * width) * scale + min);
}

const readers: Readonly<Record<string, (view: DataView, offset: number) => number>> = {
  float32: (view, offset) => view.getFloat32(offset, true),
  int32: (view, offset) => view.getInt32(offset, true),
  float16: (view, offset) => halfToNumber(view.getUint16(offset, true)),
  uint16: (view, offset) => view.getUint16(offset, true),
  uint8: (view, offset) => view.getUint8(offset),
  bool: (view, offset) => view.getUint8(offset),
};
