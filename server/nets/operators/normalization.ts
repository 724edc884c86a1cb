import type { Tensor } from "@tensorflow/tfjs-core";
import { sizeOf } from "../../sizeOf.ts";
import { standardize } from "../layers/normalization.ts";
import {
  asChannelsLast,
  axisIn,
  type Call,
  dtypeOf,
  everyIndex,
  type Forward,
  listAt,
  Misfit,
  numberOf,
  type Operand,
  type Operator,
  shapeOf,
  valuesOf,
} from "./operator.ts";

/**
 * Ioffe and Szegedy 2015: in training by the batch's own mean and variance, and the averages move: average ← momentum · average +
 * (1 − momentum) · batch, of the biased variance, as ONNX defines it; PyTorch keeps the unbiased one.
 */
const batchNormalization: Operator = {
  shape: (call) => {
    const input = shapeOf(call, 0);
    for (const i of [1, 2, 3, 4])
      if (sizeOf(shapeOf(call, i)) !== input[1])
        throw new Misfit(`${input[1]} values for as many channels`, `[${shapeOf(call, i).join(", ")}]`);
    const spread = { shape: [input[1] as number], dtype: "float32" } as const;
    return [
      { shape: input, dtype: "float32" },
      ...Array.from({ length: call.outputCount - 1 }, () => spread),
    ];
  },
  forward: (call) => {
    const { tf, training } = call;
    const x = call.channelsLast(0);
    const [scale, shift, mean, variance] = [1, 2, 3, 4].map((i) => call.plain(i)) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const epsilon = numberOf(call, "epsilon", 1e-5);
    if (!training) {
      const factor = tf.mul(scale, tf.rsqrt(tf.add(variance, epsilon)));
      return asChannelsLast(tf.add(tf.mul(tf.sub(x, mean), factor), shift));
    }
    const momentum = numberOf(call, "momentum", 0.9);
    const axes = Array.from({ length: x.rank - 1 }, (_, axis) => axis);
    const batch = standardize(tf, x, axes, epsilon);
    const towards = (average: Tensor, now: Tensor) =>
      tf.add(tf.mul(average, momentum), tf.mul(tf.reshape(now, average.shape), 1 - momentum));
    return {
      output: asChannelsLast(tf.add(tf.mul(batch.normal, scale), shift)),
      averages: { 3: towards(mean, batch.mean), 4: towards(variance, batch.variance) },
    };
  },
  roles: [undefined, "norm", "norm", "average", "average"],
};

/** Ba, Kiros and Hinton 2016, over the axes from `axis` on. */
const layerNormalization: Operator = {
  shape: (call) => {
    if (call.outputCount > 1)
      throw new Misfit("a layer normalisation with one output", String(call.outputCount));
    const input = shapeOf(call, 0);
    axisIn(input.length, numberOf(call, "axis", -1));
    return { shape: input, dtype: "float32" };
  },
  forward: (call) => {
    const { tf } = call;
    const x = call.plain(0);
    const first = axisIn(x.rank, numberOf(call, "axis", -1));
    const axes = Array.from({ length: x.rank - first }, (_, i) => first + i);
    const { normal } = standardize(tf, x, axes, numberOf(call, "epsilon", 1e-5));
    const scaled = tf.mul(normal, call.plain(1));
    return call.inputs[2] === undefined ? scaled : tf.add(scaled, call.plain(2));
  },
  roles: [undefined, "norm", "norm"],
};

/** Ulyanov et al. 2016: each channel of each sample by itself. */
const instanceNormalization: Operator = {
  shape: (call) => ({ shape: shapeOf(call, 0), dtype: "float32" }),
  forward: (call) => {
    const { tf } = call;
    const x = call.channelsLast(0);
    const axes = Array.from({ length: x.rank - 2 }, (_, i) => i + 1);
    const { normal } = standardize(tf, x, axes, numberOf(call, "epsilon", 1e-5));
    return asChannelsLast(tf.add(tf.mul(normal, call.plain(1)), call.plain(2)));
  },
  roles: [undefined, "norm", "norm"],
};

/** Along one axis, from version 13 on. */
const softmaxLike = (compute: (tf: Forward["tf"], x: Tensor) => Tensor): Operator => ({
  shape: (call) => {
    const input = shapeOf(call, 0);
    axisIn(input.length, numberOf(call, "axis", -1));
    return { shape: input, dtype: "float32" };
  },
  forward: (call) => {
    const { tf } = call;
    const { tensor, order } = call.view(0);
    const along = order[axisIn(tensor.rank, numberOf(call, "axis", -1))] as number;
    const last = tensor.rank - 1;
    if (along === last) return { tensor: compute(tf, tensor), order };
    const swap = tensor.shape.map((_, axis) => (axis === along ? last : axis === last ? along : axis));
    return { tensor: tf.transpose(compute(tf, tf.transpose(tensor, swap)), swap), order };
  },
});

const axesOf = (call: Call): number[] => {
  const rank = shapeOf(call, 0).length;
  const axes = listAt(call, 1, "axes");
  if ((axes === undefined || axes.length === 0) && numberOf(call, "noop_with_empty_axes", 0) === 1) return [];
  const all = Array.from({ length: rank }, (_, axis) => axis);
  return axes === undefined || axes.length === 0 ? all : axes.map((axis) => axisIn(rank, axis));
};

const reduction = (
  compute: (tf: Forward["tf"], x: Tensor, axes: number[]) => Tensor,
  fold?: (values: readonly number[]) => number,
): Operator => ({
  shape: (call) => {
    const axes = new Set(axesOf(call));
    const keeps = numberOf(call, "keepdims", 1) === 1;
    return {
      shape: shapeOf(call, 0).flatMap((extent, axis) => (axes.has(axis) ? (keeps ? [1] : []) : [extent])),
      dtype: dtypeOf(call),
    };
  },
  ...(fold === undefined
    ? {}
    : {
        fold: (call: Call) => {
          const input = shapeOf(call, 0);
          const axes = new Set(axesOf(call));
          const values = valuesOf(call, 0) ?? [];
          const groups = new Map<string, number[]>();
          everyIndex(input, (index, at) => {
            const key = at.filter((_, axis) => !axes.has(axis)).join();
            groups.set(key, [...(groups.get(key) ?? []), values[index] as number]);
          });
          return [...groups.values()].map(fold);
        },
      }),
  forward: (call) => {
    const { tensor, order } = call.view(0);
    const axes = axesOf(call);
    if (axes.length === 0) return { tensor, order };
    const kept = compute(
      call.tf,
      tensor,
      axes.map((axis) => order[axis] as number),
    );
    if (numberOf(call, "keepdims", 1) === 1) return { tensor: kept, order };
    const gone = new Set(axes.map((axis) => order[axis] as number));
    const left = order.filter((place) => !gone.has(place));
    const shape = kept.shape.filter((_, place) => !gone.has(place));
    const rank = [...left].sort((a, b) => a - b);
    return { tensor: call.tf.reshape(kept, shape), order: left.map((place) => rank.indexOf(place)) };
  },
  known: [1],
});

const argMax: Operator = {
  shape: (call) => {
    const input = shapeOf(call, 0);
    const axis = axisIn(input.length, numberOf(call, "axis", 0));
    const keeps = numberOf(call, "keepdims", 1) === 1;
    return {
      shape: input.flatMap((extent, i) => (i === axis ? (keeps ? [1] : []) : [extent])),
      dtype: "int32",
    };
  },
  forward: (call) => {
    const x = call.plain(0);
    const axis = axisIn(x.rank, numberOf(call, "axis", 0));
    return call.tf.reshape(call.tf.argMax(x, axis), [...(call.outputs[0] as Operand).shape]);
  },
};

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

export const normalization = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  InstanceNormalization: instanceNormalization,
  Softmax: softmaxLike((tf, x) => tf.softmax(x)),
  LogSoftmax: softmaxLike((tf, x) => tf.logSoftmax(x)),
  ReduceMean: reduction((tf, x, axes) => tf.mean(x, axes, true)),
  ReduceSum: reduction((tf, x, axes) => tf.sum(x, axes, true), sum),
  ReduceMax: reduction(
    (tf, x, axes) => tf.max(x, axes, true),
    (values) => Math.max(...values),
  ),
  ReduceMin: reduction(
    (tf, x, axes) => tf.min(x, axes, true),
    (values) => Math.min(...values),
  ),
  ReduceProd: reduction(
    (tf, x, axes) => tf.prod(x, axes, true),
    (values) => values.reduce((p, v) => p * v, 1),
  ),
  ReduceL2: reduction((tf, x, axes) => tf.sqrt(tf.sum(tf.square(x), axes, true))),
  ReduceSumSquare: reduction((tf, x, axes) => tf.sum(tf.square(x), axes, true)),
  ArgMax: argMax,
} as const satisfies Readonly<Record<string, Operator>>;
