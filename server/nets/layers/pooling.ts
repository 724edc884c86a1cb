import type { Tensor4D } from "@tensorflow/tfjs-core";
import { defined, optional } from "../../parameters/parameter.ts";
import { heightAndWidth, length } from "./arguments.ts";
import { layer, type Ops, type Shape } from "./layer.ts";
import { expectSpatial, padding, pair, type SpatialAxes, windowed } from "./window.ts";

type Pair = [number, number];
type Pool = (tf: Ops, x: Tensor4D, size: Pair, strides: Pair, padding: "valid" | "same") => Tensor4D;

const maxPool: Pool = (tf, ...window) => tf.maxPool(...window);

/**
 * The mean of each window, which counts only what lies inside the image. Where windows reach over the edge the image is
 * padded and the sum divided by the count inside: tfjs's own gradient there divides by the whole window.
 */
const averagePool: Pool = (tf, x, size, strides, padding) => {
  const [, height, width] = x.shape;
  const rows = windowsOf(height, size[0], strides[0]);
  const columns = windowsOf(width, size[1], strides[1]);
  if (padding === "valid" || (rows.inside && columns.inside)) return tf.avgPool(x, size, strides, padding);
  const padded = tf.pad(x, [[0, 0], rows.margins, columns.margins, [0, 0]]);
  const share = rows.counts.flatMap((row) =>
    columns.counts.map((column) => (size[0] * size[1]) / (row * column)),
  );
  return tf.mul(
    tf.avgPool(padded, size, strides, "valid"),
    tf.tensor(share, [1, rows.counts.length, columns.counts.length, 1]),
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

interface Pooling {
  readonly description: string;
  readonly className: string;
  readonly pool: Pool;
}

interface PoolWindow {
  readonly poolSize: readonly number[];
  readonly strides: readonly number[] | null;
  readonly padding: "valid" | "same";
}

const pooled =
  (axes: SpatialAxes) =>
  (input: Shape, { poolSize, strides, padding }: PoolWindow) =>
    expectSpatial(input, axes) ?? {
      output: [
        ...windowed(input, { kernelSize: poolSize, strides: strides ?? poolSize, padding }),
        input.at(-1) as number,
      ],
    };

const poolLength = defined(
  "PoolLength",
  length({ description: "Length of the window.", default: 2, examples: [2] }),
);
const poolStep = defined(
  "PoolStep",
  optional(length({ description: "Step of the window. Absent: as `poolSize`.", examples: [2] })),
);

/** A sequence is an image of one column. */
const pooling1d = ({ description, className, pool }: Pooling) =>
  layer({
    description,
    keras: { className },
    arguments: { poolSize: poolLength, strides: poolStep, padding },
    shape: pooled(1),
    forward: ({ tf, x, outputShape }, { poolSize, strides, padding }) => {
      const [batch, length, channels] = x.shape as [number, number, number];
      const image = tf.reshape(x, [batch, length, 1, channels]) as Tensor4D;
      const steps: Pair = [(strides ?? poolSize)[0] as number, 1];
      return tf.reshape(pool(tf, image, [poolSize[0] as number, 1], steps, padding), outputShape);
    },
  });

export const maxPooling1d = pooling1d({
  description: "The largest value of each window, along one axis.",
  className: "MaxPooling1D",
  pool: maxPool,
});

export const averagePooling1d = pooling1d({
  description: "The mean of each window, along one axis.",
  className: "AveragePooling1D",
  pool: averagePool,
});

const poolSize = defined(
  "PoolSize",
  heightAndWidth({ description: "Height and width of the window.", default: 2, examples: [2] }),
);
const poolStrides = defined(
  "PoolStrides",
  optional(
    heightAndWidth({
      description: "Step of the window along each axis. Absent: as `poolSize`.",
      examples: [2],
    }),
  ),
);

const pooling2d = ({ description, className, pool }: Pooling) =>
  layer({
    description,
    keras: { className },
    arguments: { poolSize, strides: poolStrides, padding },
    shape: pooled(2),
    forward: ({ tf, x }, { poolSize, strides, padding }) =>
      pool(tf, x as Tensor4D, pair(poolSize), pair(strides ?? poolSize), padding),
  });

export const maxPooling2d = pooling2d({
  description: "The largest value of each window of an image.",
  className: "MaxPooling2D",
  pool: maxPool,
});

export const averagePooling2d = pooling2d({
  description: "The mean of each window of an image.",
  className: "AveragePooling2D",
  pool: averagePool,
});

const channelsOnly = (axes: SpatialAxes) => (input: Shape) =>
  expectSpatial(input, axes) ?? { output: [input.at(-1) as number] };

export const globalMaxPooling1d = layer({
  description: "The largest value of each channel.",
  keras: { className: "GlobalMaxPooling1D" },
  arguments: {},
  shape: channelsOnly(1),
  mask: "uses",
  /** Of padding alone it is 0. */
  forward: ({ tf, x, mask }) => {
    if (mask === undefined) return tf.max(x, 1);
    const places = tf.expandDims(mask, 2); // [batch, places, 1]
    return tf.mul(tf.max(tf.add(x, tf.mul(tf.sub(places, 1), 1e9)), 1), tf.max(places, 1));
  },
});

export const globalAveragePooling1d = layer({
  description: "The mean of each channel.",
  keras: { className: "GlobalAveragePooling1D" },
  arguments: {},
  shape: channelsOnly(1),
  mask: "uses",
  /** Of padding alone it is 0. */
  forward: ({ tf, x, mask }) => {
    if (mask === undefined) return tf.mean(x, 1);
    const counts = tf.maximum(tf.sum(mask, 1, true), 1); // [batch, 1]
    return tf.div(tf.sum(tf.mul(x, tf.expandDims(mask, 2)), 1), counts);
  },
});

export const globalMaxPooling2d = layer({
  description: "The largest value of each channel of an image.",
  keras: { className: "GlobalMaxPooling2D" },
  arguments: {},
  shape: channelsOnly(2),
  forward: ({ tf, x }) => tf.max(x, [1, 2]),
});

export const globalAveragePooling2d = layer({
  description: "The mean of each channel of an image.",
  keras: { className: "GlobalAveragePooling2D" },
  arguments: {},
  shape: channelsOnly(2),
  forward: ({ tf, x }) => tf.mean(x, [1, 2]),
});
