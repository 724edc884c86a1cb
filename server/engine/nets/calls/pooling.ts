import { avgPool, max, maxPool, mean, reshape, type Tensor4D } from "@tensorflow/tfjs-core";
import type { ArgumentsOf } from "../layerTypes.ts";
import type { Call } from "./call.ts";

type Pool = typeof maxPool;

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
    const steps: [number, number] = [(strides ?? poolSize)[0] as number, 1];
    return reshape(pool(image, [poolSize[0] as number, 1], steps, padding), outputShape);
  };

export const maxPooling1d = pooling1d(maxPool);
export const averagePooling1d = pooling1d(avgPool);
export const maxPooling2d = pooling2d(maxPool);
export const averagePooling2d = pooling2d(avgPool);

const overImage = [1, 2];
export const globalMaxPooling1d: Call<ArgumentsOf<"globalMaxPooling1d">> = ({ x }) => max(x, 1);
export const globalAveragePooling1d: Call<ArgumentsOf<"globalAveragePooling1d">> = ({ x }) => mean(x, 1);
export const globalMaxPooling2d: Call<ArgumentsOf<"globalMaxPooling2d">> = ({ x }) => max(x, overImage);
export const globalAveragePooling2d: Call<ArgumentsOf<"globalAveragePooling2d">> = ({ x }) =>
  mean(x, overImage);

const pair = (values: readonly number[]): [number, number] => [values[0] as number, values[1] as number];
