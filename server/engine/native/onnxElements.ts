import type { Tensor } from "onnxruntime-node";
import { halfToNumber, numberToHalf } from "../../data/formats/half.ts";
import { type FeedableType, isFeedable, isReadable } from "../../nets/onnxTypes.ts";

type Elements =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array;

/** Rounded, and the nearest that the type has. */
const between = (least: number, most: number) => (value: number) =>
  Math.max(least, Math.min(most, Math.round(value)));
const big = (least: bigint, most: bigint) => (value: number) => {
  const whole = BigInt(Math.round(value));
  return whole < least ? least : whole > most ? most : whole;
};

/** Converts float32 values to a model's input type; integers are rounded, and whatever is not 0 is true. */
const encoders: Readonly<Record<FeedableType, (values: Float32Array) => Elements>> = {
  float32: (values) => values,
  float64: (values) => Float64Array.from(values),
  float16: (values) => Uint16Array.from(values, numberToHalf),
  uint8: (values) => Uint8Array.from(values, between(0, 2 ** 8 - 1)),
  int8: (values) => Int8Array.from(values, between(-(2 ** 7), 2 ** 7 - 1)),
  uint16: (values) => Uint16Array.from(values, between(0, 2 ** 16 - 1)),
  int16: (values) => Int16Array.from(values, between(-(2 ** 15), 2 ** 15 - 1)),
  uint32: (values) => Uint32Array.from(values, between(0, 2 ** 32 - 1)),
  int32: (values) => Int32Array.from(values, between(-(2 ** 31), 2 ** 31 - 1)),
  uint64: (values) => BigUint64Array.from(Array.from(values, big(0n, 2n ** 64n - 1n))),
  int64: (values) => BigInt64Array.from(Array.from(values, big(-(2n ** 63n), 2n ** 63n - 1n))),
  bool: (values) => Uint8Array.from(values, (value) => (value === 0 ? 0 : 1)),
};

/** @throws when `type` is not one of feedableTypes */
export function encodeElements(type: string, values: Float32Array): Elements {
  if (!isFeedable(type)) throw new Error(`cannot feed values of type ${type}`);
  return encoders[type](values);
}

/** @throws when the tensor does not hold numbers */
export function decodeElements({ type, data }: Pick<Tensor, "type" | "data">): Float32Array {
  if (data instanceof Float32Array) return data;
  if (!isReadable(type)) throw new Error(`The model's output has the type ${type}; numbers were expected.`);
  // JavaScript runtimes with Float16Array give numbers, others the bits.
  if (type === "float16" && data instanceof Uint16Array) return Float32Array.from(data, halfToNumber);
  return Float32Array.from(data as ArrayLike<number | bigint>, Number);
}
