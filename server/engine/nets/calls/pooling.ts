import { avgPool, max, maxPool, mean, mul, pad, reshape, type Tensor4D, tensor } from "@tensorflow/tfjs-core";
import type { ArgumentsOf } from "../layerTypes.ts";
import type { Call } from "./call.ts";

type Pair = [number, number];
type Pool = (x: Tensor4D, size: Pair, strides: Pair, padding: "valid" | "same") => Tensor4D;

/**
 * The mean of each window, which counts only what lies inside the image. Where windows reach over the edge the image is
 * padded and the sum divided anew: tfjs's own gradient there divides by the whole window.
 */
const averagePool: Pool = (x, size, strides, padding) => {
  const [, height, width] = x.shape;
  const rows = windowsOf(height, size[0], strides[0]);
  const columns = windowsOf(width, size[1], strides[1]);
  if (padding === "valid" || (rows.inside && columns.inside)) return avgPool(x, size, strides, padding);
  const padded = pad(x, [[0, 0], rows.margins, columns.margins, [0, 0]]);
  const share = rows.counts.flatMap((row) =>
    columns.counts.map((column) => (size[0] * size[1]) / (row * column)),
  );
  return mul(
    avgPool(padded, size, strides, "valid"),
    tensor(share, [1, rows.counts.length, columns.counts.length, 1]),
  ) as Tensor4D;
};

/** `same` padding along one axis: zeros before and after, and how much of each window lies inside. */
function windowsOf(extent: number, size: number, stride: number) {
  const places = Math.ceil(extent / stride);
  const missing = Math.max(0, (places - 1) * stride + size - extent);
  const before = Math.floor(missing / 2);
  const counts = Array.from({ length: places }, (_, i) => {
    const start = i * stride - before;
    return Math.min(start + size, extent) - Math.max(start, 0);
  });
  return { margins: [before, missing - before] as Pair, counts, inside: missing === 0 };
}

const pooling2d =
  (pool: Pool): Call<ArgumentsOf<"maxPooling2d">> =>
  ({ x }, { poolSize, strides, padding }) =>
    pool(x as Tensor4D, pair(poolSize), pair(strides ?? poolSize), padding);

/** A sequence is an image of one column. */
const pooling1d =
  (pool: Pool): Call<ArgumentsOf<"maxPooling1d">> =>
  ({ x, outputShape }, { poolSize, strides, padding }) => {
    const [batch, length, channels] = x.shape as [number, number, number];
    const image = reshape(x, [batch, length, 1, channels]) as Tensor4D;
    const steps: Pair = [(strides ?? poolSize)[0] as number, 1];
    return reshape(pool(image, [poolSize[0] as number, 1], steps, padding), outputShape);
  };

export const maxPooling1d = pooling1d(maxPool);
export const averagePooling1d = pooling1d(averagePool);
export const maxPooling2d = pooling2d(maxPool);
export const averagePooling2d = pooling2d(averagePool);

const overImage = [1, 2];
export const globalMaxPooling1d: Call<ArgumentsOf<"globalMaxPooling1d">> = ({ x }) => max(x, 1);
export const globalAveragePooling1d: Call<ArgumentsOf<"globalAveragePooling1d">> = ({ x }) => mean(x, 1);
export const globalMaxPooling2d: Call<ArgumentsOf<"globalMaxPooling2d">> = ({ x }) => max(x, overImage);
export const globalAveragePooling2d: Call<ArgumentsOf<"globalAveragePooling2d">> = ({ x }) =>
  mean(x, overImage);

const pair = (values: readonly number[]): Pair => [values[0] as number, values[1] as number];
