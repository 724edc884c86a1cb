import {
  add,
  matMul,
  mul,
  ones,
  pad,
  reshape as reshapeOf,
  scalar,
  slice,
  type Tensor,
  tensor1d,
  tensor2d,
  transpose,
} from "@tensorflow/tfjs-core";
import type { ArgumentsOf } from "../layerTypes.ts";
import type { Call } from "./call.ts";

export const flatten: Call<ArgumentsOf<"flatten">> = ({ x, outputShape }) => reshapeOf(x, outputShape);
export const reshape: Call<ArgumentsOf<"reshape">> = ({ x, outputShape }) => reshapeOf(x, outputShape);

export const permute: Call<ArgumentsOf<"permute">> = ({ x }, { dims }) => transpose(x, [0, ...dims]);

export const repeatVector: Call<ArgumentsOf<"repeatVector">> = ({ x }, { n }) => {
  const [batch, features] = x.shape as [number, number];
  return mul(reshapeOf(x, [batch, 1, features]), ones([1, n, 1]));
};

export const zeroPadding2d: Call<ArgumentsOf<"zeroPadding2d">> = (
  { x },
  { padding: [vertical, horizontal] },
) => pad(x, [[0, 0], mutable(vertical), mutable(horizontal), [0, 0]]);

export const cropping2D: Call<ArgumentsOf<"cropping2D">> = (
  { x, outputShape },
  { cropping: [vertical, horizontal] },
) => slice(x, [0, vertical?.[0] ?? 0, horizontal?.[0] ?? 0, 0], outputShape);

export const rescaling: Call<ArgumentsOf<"rescaling">> = ({ x }, { scale, offset }) =>
  add(mul(x, tensorOf(scale)), tensorOf(offset));

const tensorOf = (values: number | readonly number[]): Tensor =>
  typeof values === "number" ? scalar(values) : tensor1d([...values]);

export const upSampling2d: Call<ArgumentsOf<"upSampling2d">> = (
  { x, outputShape },
  { size, interpolation },
) => {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [rows, columns] = size as readonly [number, number];
  if (interpolation === "nearest") {
    const spread = reshapeOf(x, [batch, height, 1, width, 1, channels]);
    return reshapeOf(mul(spread, ones([1, 1, rows, 1, columns, 1])), outputShape);
  }
  const tall = matMul(interpolationMatrix(height, rows), reshapeOf(x, [batch, height, width * channels]));
  const byColumn = reshapeOf(tall, [batch * height * rows, width, channels]);
  return reshapeOf(matMul(interpolationMatrix(width, columns), byColumn), outputShape);
};

/**
 * [1, factor · extent, extent]: the rows that make a line `factor` times as long, where output i lies at i / factor of the
 * input and the last value is held (TensorFlow's convention without half-pixel centres).
 */
function interpolationMatrix(extent: number, factor: number): Tensor {
  const rows = Array.from({ length: extent * factor }, (_, i) => {
    const place = i / factor;
    const before = Math.floor(place);
    const after = Math.min(before + 1, extent - 1);
    const row = new Array<number>(extent).fill(0);
    row[before] = (row[before] as number) + 1 - (place - before);
    row[after] = (row[after] as number) + (place - before);
    return row;
  });
  return reshapeOf(tensor2d(rows), [1, extent * factor, extent]);
}

const mutable = (margin: readonly [number, number] | undefined): [number, number] => [
  margin?.[0] ?? 0,
  margin?.[1] ?? 0,
];
