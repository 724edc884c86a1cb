import type { Tensor } from "@tensorflow/tfjs-core";
import { boolean, type Parameter, parameter } from "../../parameters/parameter.ts";
import { axis } from "./arguments.ts";
import {
  axisOf,
  type LayerShape,
  type Mismatch,
  mergeLayer,
  type Ops,
  printShape,
  type Shape,
} from "./layer.ts";

/** Value by value, where an axis of 1 is repeated. */
function elementwise(inputs: readonly Shape[]): LayerShape | Mismatch {
  const output = broadcast(inputs);
  return output ? { output } : different(inputs, "inputs of one shape");
}

export const add = mergeLayer({
  description: "The sum of its inputs.",
  keras: { className: "Add" },
  mask: "passes",
  arguments: {},
  shape: elementwise,
  forward: ({ tf, inputs }) => inputs.reduce((sum, input) => tf.add(sum, input)),
});

export const average = mergeLayer({
  description: "The mean of its inputs.",
  keras: { className: "Average" },
  mask: "passes",
  arguments: {},
  shape: elementwise,
  forward: ({ tf, inputs }) =>
    tf.mul(
      inputs.reduce((sum, input) => tf.add(sum, input)),
      1 / inputs.length,
    ),
});

export const multiply = mergeLayer({
  description: "The product of its inputs.",
  keras: { className: "Multiply" },
  mask: "passes",
  arguments: {},
  shape: elementwise,
  forward: ({ tf, inputs }) => inputs.reduce((product, input) => tf.mul(product, input)),
});

export const maximum = mergeLayer({
  description: "The largest of its inputs, value by value.",
  keras: { className: "Maximum" },
  mask: "passes",
  arguments: {},
  shape: elementwise,
  forward: ({ tf, inputs }) => inputs.reduce((largest, input) => tf.maximum(largest, input)),
});

export const minimum = mergeLayer({
  description: "The smallest of its inputs, value by value.",
  keras: { className: "Minimum" },
  mask: "passes",
  arguments: {},
  shape: elementwise,
  forward: ({ tf, inputs }) => inputs.reduce((smallest, input) => tf.minimum(smallest, input)),
});

export const concatenate = mergeLayer({
  description: "Its inputs one after the other along an axis.",
  keras: { className: "Concatenate" },
  arguments: { axis: axis("Axis to join along.") },
  shape: (inputs, { axis: given }) => {
    const first = inputs[0] as Shape;
    const axis = axisOf(first, given);
    if (axis === undefined) {
      return {
        expected: `an axis from 1 to ${first.length} or negative`,
        found: String(given),
        argument: "axis",
      };
    }
    const fits = inputs.every(
      (shape) =>
        shape.length === first.length && shape.every((extent, i) => i === axis || extent === first[i]),
    );
    if (!fits) return different(inputs, `inputs that differ in axis ${axis + 1} alone`);
    const total = inputs.reduce((sum, shape) => sum + (shape[axis] as number), 0);
    return { output: first.map((extent, i) => (i === axis ? total : extent)) };
  },
  forward: ({ tf, x, inputs }, { axis }) => tf.concat([...inputs], axis < 0 ? x.rank + axis : axis),
});

/** One axis for both of two inputs, or one for each. */
const axes: Parameter<readonly [number, number]> = parameter(
  {
    description: "Axis to sum over, counted with the batch: one number, or one for each input.",
    oneOf: [
      { description: "The same axis of both.", type: "integer" },
      {
        description: "One axis of each.",
        type: "array",
        minItems: 2,
        maxItems: 2,
        items: { description: "An axis.", type: "integer" },
      },
    ],
    examples: [1],
  },
  (value: number | readonly [number, number]) => (typeof value === "number" ? [value, value] : value),
);

export const dot = mergeLayer({
  description: "The product of two inputs, summed over an axis of each.",
  keras: { className: "Dot" },
  arguments: {
    axes,
    normalize: boolean("Scale each input to length 1 first: the cosine.", { default: false }),
  },
  shape: (inputs, { axes }) => {
    const [a, b] = inputs as readonly [Shape, Shape];
    if (inputs.length !== 2 || a.length > 2 || b.length > 2)
      return different(inputs, "two inputs of one or two axes");
    const [i, j] = [axisOf(a, axes[0]), axisOf(b, axes[1])];
    if (i === undefined || j === undefined) {
      return { expected: "an axis of each input, not the batch", found: axes.join(", "), argument: "axes" };
    }
    if (a[i] !== b[j]) return different(inputs, `axes ${axes.join(" and ")} of one size`);
    const output = [...a.filter((_, axis) => axis !== i), ...b.filter((_, axis) => axis !== j)];
    return { output: output.length === 0 ? [1] : output };
  },
  /** Contracts one axis of each: [batch, m, k] · [batch, k, n], where a missing axis counts as 1. */
  forward: ({ tf, inputs, outputShape }, { axes, normalize }) => {
    const [a, b] = inputs.map((input, i) => {
      const given = axes[i] as number;
      const axis = given < 0 ? input.rank + given : given;
      const unit = normalize ? toLength1(tf, input, axis) : input;
      return input.rank === 2
        ? tf.reshape(unit, [...input.shape, 1])
        : axis === 2
          ? tf.transpose(unit, [0, 2, 1])
          : unit; // [batch, k, m]
    }) as [Tensor, Tensor];
    return tf.reshape(tf.matMul(a, b, true, false), outputShape);
  },
});

/** The shape that all fit into, where an axis of 1 is repeated. */
function broadcast(inputs: readonly Shape[]): Shape | undefined {
  const first = inputs[0] as Shape;
  if (inputs.some((shape) => shape.length !== first.length)) return undefined;
  const output = first.map((_, axis) => Math.max(...inputs.map((shape) => shape[axis] as number)));
  return inputs.every((shape) => shape.every((extent, axis) => extent === 1 || extent === output[axis]))
    ? output
    : undefined;
}

const different = (inputs: readonly Shape[], expected: string): Mismatch => ({
  expected,
  found: inputs.map(printShape).join(" and "),
});

/** Keras's ε keeps a vector of zeros from becoming NaN. */
const toLength1 = (tf: Ops, x: Tensor, axis: number): Tensor =>
  tf.div(x, tf.sqrt(tf.maximum(tf.sum(tf.square(x), axis, true), 1e-7)));
