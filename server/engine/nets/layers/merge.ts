import { anyInteger, axes as axesArgument, boolean } from "./arguments.ts";
import { axisOf, type Mismatch, mergeLayer, printShape, type Shape } from "./layer.ts";

const elementwise = (summary: string) =>
  mergeLayer(summary, {}, (inputs) => {
    const output = broadcast(inputs);
    return output ? { output } : different(inputs, "inputs of one shape");
  });

export const add = elementwise("The sum of its inputs.");
export const average = elementwise("The mean of its inputs.");
export const multiply = elementwise("The product of its inputs.");
export const maximum = elementwise("The largest of its inputs, value by value.");
export const minimum = elementwise("The smallest of its inputs, value by value.");

export const concatenate = mergeLayer(
  "Puts its inputs side by side.",
  { axis: anyInteger("The axis that grows, counted with the batch as axis 0; −1 is the last.", -1) },
  (inputs, { axis: given }) => {
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
);

export const dot = mergeLayer(
  "The scalar products of two inputs along one axis of each.",
  {
    axes: axesArgument("The axis, or one for each input, counted with the batch as axis 0."),
    normalize: boolean("Gives both length 1 first, so that the products are cosines.", false),
  },
  (inputs, { axes }) => {
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
);

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
