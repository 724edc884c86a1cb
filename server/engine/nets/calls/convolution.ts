import {
  conv2d as conv2dOf,
  conv2dTranspose as conv2dTransposeOf,
  depthwiseConv2d as depthwiseConv2dOf,
  pad,
  reshape,
  slice,
  type Tensor,
  type Tensor4D,
} from "@tensorflow/tfjs-core";
import type { ArgumentsOf } from "../layerTypes.ts";
import { finish } from "./activation.ts";
import type { Call } from "./call.ts";

export const conv2d: Call<ArgumentsOf<"conv2d">> = (
  { x, weights },
  { strides, padding, dilationRate, activation },
) => {
  const kernel = dilate(weights["kernel"] as Tensor4D, dilationRate);
  return finish(conv2dOf(x as Tensor4D, kernel, pair(strides), padding), weights, activation);
};

/** A sequence is an image of one column. */
export const conv1d: Call<ArgumentsOf<"conv1d">> = (
  { x, weights, outputShape },
  { strides, padding, dilationRate, activation },
) => {
  const [batch, length, channels] = x.shape as [number, number, number];
  const given = weights["kernel"] as Tensor;
  const [width, , filters] = given.shape as [number, number, number];
  const kernel = dilate(reshape(given, [width, 1, channels, filters]) as Tensor4D, [
    dilationRate[0] as number,
    1,
  ]);
  const image = reshape(x, [batch, length, 1, channels]) as Tensor4D;
  const output = conv2dOf(image, kernel, [strides[0] as number, 1], padding);
  return finish(reshape(output, outputShape), weights, activation);
};

export const conv2dTranspose: Call<ArgumentsOf<"conv2dTranspose">> = (
  { x, weights, outputShape },
  { strides, padding, activation },
) => {
  const shape = outputShape as unknown as [number, number, number, number];
  const output = conv2dTransposeOf(
    x as Tensor4D,
    weights["kernel"] as Tensor4D,
    shape,
    pair(strides),
    padding,
  );
  return finish(output, weights, activation);
};

export const depthwiseConv2d: Call<ArgumentsOf<"depthwiseConv2d">> = (
  { x, weights },
  { strides, padding, activation },
) => {
  const kernel = weights["depthwiseKernel"] as Tensor4D;
  return finish(depthwiseConv2dOf(x as Tensor4D, kernel, pair(strides), padding), weights, activation);
};

export const separableConv2d: Call<ArgumentsOf<"separableConv2d">> = (
  { x, weights },
  { strides, padding, activation },
) => {
  const depthwise = depthwiseConv2dOf(
    x as Tensor4D,
    weights["depthwiseKernel"] as Tensor4D,
    pair(strides),
    padding,
  );
  return finish(conv2dOf(depthwise, weights["pointwiseKernel"] as Tensor4D, 1, "valid"), weights, activation);
};

/**
 * Puts zeros between the weights of a kernel [h, w, in, out], so that a plain convolution does what a dilated one would:
 * tfjs has no gradient of that.
 */
function dilate(kernel: Tensor4D, [rateY, rateX]: readonly number[]): Tensor4D {
  const stretched = stretch(stretch(kernel, 0, rateY as number), 1, rateX as number);
  return stretched as Tensor4D;
}

function stretch(kernel: Tensor, axis: number, rate: number): Tensor {
  if (rate === 1) return kernel;
  const { shape } = kernel;
  const extent = shape[axis] as number;
  const after = shape.slice(axis + 1);
  const columns = reshape(kernel, [
    ...shape.slice(0, axis + 1),
    after.reduce((product, d) => product * d, 1),
  ]);
  const rows = columns.rank;
  // [.., extent, rest] → [.., extent, rate · rest], each row followed by rate − 1 rows of zeros.
  const rest = columns.shape[rows - 1] as number;
  const padded = pad(
    columns,
    columns.shape.map((_, i) => [0, i === rows - 1 ? rest * (rate - 1) : 0] as [number, number]),
  );
  const full = reshape(padded, [...shape.slice(0, axis), extent * rate, ...after]);
  const size = full.shape.map((d, i) => (i === axis ? extent * rate - (rate - 1) : d));
  return slice(
    full,
    size.map(() => 0),
    size,
  );
}

const pair = (values: readonly number[]): [number, number] => [values[0] as number, values[1] as number];
