import type { Tensor } from "onnxruntime-node";
import { halfToNumber, numberToHalf } from "../../data/formats/half.ts";
import { type FeedableType, isFeedable, isFloat } from "../../nets/onnxTypes.ts";

type Elements =
  | Float32Array
  | Float64Array
  | Uint16Array
  | Uint8Array
  | Int8Array
  | Int32Array
  | BigInt64Array;

const whole = (values: Float32Array) => values.map(Math.round);

/** Converts float32 values to a model's input type; integers are rounded. */
const encoders: Readonly<Record<FeedableType, (values: Float32Array) => Elements>> = {
  float32: (values) => values,
  float64: (values) => Float64Array.from(values),
  float16: (values) => Uint16Array.from(values, numberToHalf),
  uint8: (values) => new Uint8Array(Uint8ClampedArray.from(values)),
  int8: (values) => Int8Array.from(whole(values), (value) => Math.max(-128, Math.min(127, value))),
  int32: (values) => Int32Array.from(whole(values)),
  int64: (values) => BigInt64Array.from(Array.from(whole(values), BigInt)),
};

/** @throws when `type` is not one of feedableTypes */
export function encodeElements(type: string, values: Float32Array): Elements {
  if (!isFeedable(type)) throw new Error(`cannot feed values of type ${type}`);
  return encoders[type](values);
}

/** @throws when the tensor does not hold floating-point numbers */
export function decodeElements({ type, data }: Pick<Tensor, "type" | "data">): Float32Array {
  if (data instanceof Float32Array) return data;
  if (!isFloat(type))
    throw new Error(`The model's output has the type ${type}; floating-point numbers were expected.`);
  // JavaScript runtimes with Float16Array give numbers, others the bits.
  if (data instanceof Uint16Array) return Float32Array.from(data, halfToNumber);
  return Float32Array.from(data as Float64Array);
}
