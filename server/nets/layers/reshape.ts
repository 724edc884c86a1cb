import type { Tensor } from "@tensorflow/tfjs-core";
import { choice, integer, list } from "../../parameters/parameter.ts";
import { sizeOf } from "../../sizeOf.ts";
import { channelNumbers, heightAndWidth, margins } from "./arguments.ts";
import { expectRank, layer, type Ops, printShape } from "./layer.ts";
import { expectSpatial } from "./window.ts";

export const flatten = layer({
  description: "All values of a sample in one axis.",
  keras: { className: "Flatten" },
  keepsValues: true,
  arguments: {},
  shape: (input) => ({ output: [sizeOf(input)] }),
  forward: ({ tf, x, outputShape }) => tf.reshape(x, outputShape),
});

export const reshape = layer({
  description: "Another shape for the same values.",
  keras: { className: "Reshape" },
  keepsValues: true,
  arguments: {
    targetShape: list(
      "New shape of a sample, without the batch; one -1 is computed from the rest.",
      integer("Size of one axis, or -1.", { minimum: -1 }),
      { minItems: 1, examples: [[28, 28, 1]] },
    ),
  },
  shape: (input, { targetShape }) => {
    const unknown = targetShape.filter((extent) => extent < 1).length;
    const known = targetShape.reduce((product, extent) => (extent < 1 ? product : product * extent), 1);
    const values = sizeOf(input);
    if (unknown > 1 || targetShape.includes(0) || (unknown === 1 ? values % known !== 0 : values !== known)) {
      return {
        expected: `a shape of ${values} values, with at most one −1`,
        found: printShape(targetShape),
        argument: "targetShape",
      };
    }
    return { output: targetShape.map((extent) => (extent < 1 ? values / known : extent)) };
  },
  forward: ({ tf, x, outputShape }) => tf.reshape(x, outputShape),
});

export const permute = layer({
  description: "Another order of the axes.",
  keras: { className: "Permute" },
  keepsValues: true,
  arguments: {
    dims: list(
      "Axes of the input in their new order, counted from 1, without the batch.",
      integer("An axis, from 1.", { minimum: 1 }),
      { minItems: 1, examples: [[2, 1]] },
    ),
  },
  shape: (input, { dims }) => {
    const sorted = [...dims].sort((a, b) => a - b);
    if (sorted.length !== input.length || sorted.some((axis, i) => axis !== i + 1)) {
      return {
        expected: `the axes ${input.map((_, i) => i + 1).join(", ")} in some order`,
        found: printShape(dims),
        argument: "dims",
      };
    }
    return { output: dims.map((axis) => input[axis - 1] as number) };
  },
  forward: ({ tf, x }, { dims }) => tf.transpose(x, [0, ...dims]),
});

export const repeatVector = layer({
  description: "Repeats a vector: [features] becomes [n, features].",
  keras: { className: "RepeatVector" },
  keepsValues: true,
  arguments: { n: integer("How often.", { minimum: 1, examples: [3] }) },
  shape: (input, { n }) => expectRank(input, 1, "[features]") ?? { output: [n, input[0] as number] },
  forward: ({ tf, x }, { n }) => {
    const [batch, features] = x.shape as [number, number];
    return tf.mul(tf.reshape(x, [batch, 1, features]), tf.ones([1, n, 1]));
  },
});

export const zeroPadding2d = layer({
  description: "Zeros around an image.",
  keras: { className: "ZeroPadding2D" },
  arguments: {
    padding: margins({
      description:
        "Zeros added: one number for all sides, one for each axis, or [[top, bottom], [left, right]].",
      default: 1,
      examples: [1],
    }),
  },
  shape: (input, { padding: [[top, bottom], [left, right]] }) =>
    expectSpatial(input, 2) ?? {
      output: [(input[0] as number) + top + bottom, (input[1] as number) + left + right, input[2] as number],
    },
  forward: ({ tf, x }, { padding: [vertical, horizontal] }) =>
    tf.pad(x, [[0, 0], [...vertical], [...horizontal], [0, 0]]),
});

export const cropping2D = layer({
  description: "Cuts the edges of an image off.",
  keras: { className: "Cropping2D" },
  arguments: {
    cropping: margins({
      description:
        "Pixels cut off: one number for all sides, one for each axis, or [[top, bottom], [left, right]].",
      default: 0,
      examples: [1],
    }),
  },
  shape: (input, { cropping: [[top, bottom], [left, right]] }) =>
    expectSpatial(input, 2) ?? {
      output: [(input[0] as number) - top - bottom, (input[1] as number) - left - right, input[2] as number],
    },
  forward: ({ tf, x, outputShape }, { cropping: [[top], [left]] }) =>
    tf.slice(x, [0, top, left, 0], outputShape),
});

export const upSampling2d = layer({
  description: "Repeats rows and columns of an image.",
  keras: { className: "UpSampling2D" },
  arguments: {
    size: heightAndWidth({ description: "Factors of height and width.", default: 2, examples: [2] }),
    interpolation: choice("`nearest` repeats, `bilinear` blends.", ["nearest", "bilinear"], {
      default: "nearest",
      examples: ["bilinear"],
    }),
  },
  shape: (input, args) =>
    expectSpatial(input, 2) ?? {
      output: [
        (input[0] as number) * (args.size[0] as number),
        (input[1] as number) * (args.size[1] as number),
        input[2] as number,
      ],
    },
  forward: ({ tf, x, outputShape }, { size, interpolation }) => {
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    const [rows, columns] = size as readonly [number, number];
    if (interpolation === "nearest") {
      const spread = tf.reshape(x, [batch, height, 1, width, 1, channels]);
      return tf.reshape(tf.mul(spread, tf.ones([1, 1, rows, 1, columns, 1])), outputShape);
    }
    const lines = tf.reshape(x, [batch, height, width * channels]);
    const tall = tf.matMul(interpolationMatrix(tf, height, rows), lines);
    const byColumn = tf.reshape(tall, [batch * height * rows, width, channels]);
    return tf.reshape(tf.matMul(interpolationMatrix(tf, width, columns), byColumn), outputShape);
  },
});

/**
 * [1, factor · extent, extent]: the rows that make a line `factor` times as long, where output i lies at i / factor of the
 * input and the last value is held (TensorFlow's convention without half-pixel centres).
 */
function interpolationMatrix(tf: Ops, extent: number, factor: number): Tensor {
  const rows = Array.from({ length: extent * factor }, (_, i) => {
    const place = i / factor;
    const before = Math.floor(place);
    const after = Math.min(before + 1, extent - 1);
    const row = new Array<number>(extent).fill(0);
    row[before] = (row[before] as number) + 1 - (place - before);
    row[after] = (row[after] as number) + (place - before);
    return row;
  });
  return tf.reshape(tf.tensor2d(rows), [1, extent * factor, extent]);
}

export const rescaling = layer({
  description: "x · scale + offset.",
  keras: { className: "Rescaling" },
  arguments: {
    scale: channelNumbers({ description: "The factor.", examples: [0.5] }),
    offset: channelNumbers({ description: "Added afterwards.", default: 0, examples: [-1] }),
  },
  shape: (input, { scale, offset }) => {
    for (const [argument, values] of Object.entries({ scale, offset }))
      if (typeof values === "object" && values.length !== input.at(-1))
        return {
          expected: `a number, or one for each of ${input.at(-1)} channels`,
          found: printShape(values),
          argument,
        };
    return { output: input };
  },
  forward: ({ tf, x }, { scale, offset }) => tf.add(tf.mul(x, tensorOf(tf, scale)), tensorOf(tf, offset)),
});

const tensorOf = (tf: Ops, values: number | readonly number[]): Tensor =>
  typeof values === "number" ? tf.scalar(values) : tf.tensor1d([...values]);
