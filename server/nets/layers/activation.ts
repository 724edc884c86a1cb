import type { Tensor } from "@tensorflow/tfjs-core";
import { integer, list, number, optional, required } from "../../parameters/parameter.ts";
import { activate } from "./activate.ts";
import { axis, activation as function_ } from "./arguments.ts";
import { axisOf, layer, type Shape } from "./layer.ts";

const unchanged = (input: Shape) => ({ output: input });

export const activation = layer({
  description: "Applies a function to each value.",
  keras: { className: "Activation" },
  mask: "passes",
  arguments: { activation: required(function_) },
  shape: unchanged,
  forward: ({ tf, x }, { activation }) => activate(tf, x, activation),
});

export const reLU = layer({
  description: "max(0, x), at most `maxValue`.",
  keras: { className: "ReLU" },
  mask: "passes",
  arguments: {
    maxValue: optional(
      number("Largest value of the output. Absent: there is no limit.", {
        exclusiveMinimum: 0,
        examples: [6],
      }),
    ),
  },
  shape: unchanged,
  forward: ({ tf, x }, { maxValue }) => (maxValue === null ? tf.relu(x) : tf.minimum(tf.relu(x), maxValue)),
});

export const leakyReLU = layer({
  description: "x where it is positive, alpha · x elsewhere.",
  keras: { className: "LeakyReLU", keys: { negativeSlope: "alpha" } },
  mask: "passes",
  arguments: {
    alpha: number("Slope of the negative side.", { minimum: 0, default: 0.3, examples: [0.1] }),
  },
  shape: unchanged,
  forward: ({ tf, x }, { alpha }) => tf.leakyRelu(x, alpha),
});

/** He et al. 2015. */
export const prelu = layer({
  description: "x where it is positive, a trained factor times x elsewhere.",
  keras: { className: "PReLU" },
  mask: "passes",
  arguments: {
    sharedAxes: optional(
      list(
        "Axes that share one factor, counted from 1: [1, 2] for one factor a channel of an image. Absent: each value has its own.",
        integer("An axis, from 1.", { minimum: 1 }),
        { examples: [[1, 2]] },
      ),
    ),
  },
  shape: (input, { sharedAxes }) => {
    const outside = sharedAxes?.find((axis) => axis > input.length);
    if (outside !== undefined) {
      return { expected: `axes from 1 to ${input.length}`, found: String(outside), argument: "sharedAxes" };
    }
    return {
      output: input,
      parameters: {
        alpha: {
          shape: input.map((extent, axis) => (sharedAxes?.includes(axis + 1) ? 1 : extent)),
          role: "slope",
          initializer: "zeros",
        },
      },
    };
  },
  forward: ({ tf, x, weights }) => tf.sub(tf.relu(x), tf.mul(weights["alpha"] as Tensor, tf.relu(tf.neg(x)))),
});

/** Clevert et al. 2016. */
export const elu = layer({
  description: "x where it is positive, alpha · (eˣ − 1) elsewhere.",
  keras: { className: "ELU" },
  mask: "passes",
  arguments: { alpha: number("Limit of the negative side.", { minimum: 0, default: 1, examples: [1] }) },
  shape: unchanged,
  forward: ({ tf, x }, { alpha }) =>
    alpha === 1 ? tf.elu(x) : tf.add(tf.relu(x), tf.mul(tf.sub(tf.exp(tf.minimum(x, 0)), 1), alpha)),
});

export const thresholdedReLU = layer({
  description: "x where it is larger than `theta`, 0 elsewhere.",
  keras: { className: "ThresholdedReLU" },
  mask: "passes",
  arguments: { theta: number("Threshold.", { minimum: 0, default: 1, examples: [1] }) },
  shape: unchanged,
  forward: ({ tf, x }, { theta }) => tf.mul(x, tf.step(tf.sub(x, theta))),
});

export const softmax = layer({
  description: "Shares that add up to 1. Not for the last layer: losses take logits.",
  keras: { className: "Softmax" },
  mask: "passes",
  arguments: { axis: axis("Axis whose values add up to 1.") },
  shape: (input, { axis }) =>
    axisOf(input, axis) === undefined
      ? {
          expected: `an axis from 1 to ${input.length} or from −${input.length} to −1`,
          found: String(axis),
          argument: "axis",
        }
      : { output: input },
  /** tfjs's softmax knows the last axis alone, so that another one is moved there and back. */
  forward: ({ tf, x }, { axis }) => {
    const last = x.rank - 1;
    const chosen = axis < 0 ? x.rank + axis : axis;
    if (chosen === last) return tf.softmax(x);
    const swap = x.shape.map((_, i) => (i === chosen ? last : i === last ? chosen : i));
    return tf.transpose(tf.softmax(tf.transpose(x, swap)), swap);
  },
});
