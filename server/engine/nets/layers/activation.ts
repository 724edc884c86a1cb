import { activations, anyInteger, choice, number, optionalIntegers, optionalNumber } from "./arguments.ts";
import { axisOf, layer, type Shape } from "./layer.ts";

const unchanged = (input: Shape) => ({ output: input });

export const activation = layer(
  "Applies a function to every value.",
  { activation: choice("The function.", activations) },
  unchanged,
);

export const reLU = layer(
  "Replaces negative values by 0.",
  { maxValue: optionalNumber("Larger values are replaced by this one.", { minimum: 0 }) },
  unchanged,
);

export const leakyReLU = layer(
  "Multiplies negative values by a small factor.",
  { alpha: number("The factor.", { fallback: 0.3 }) },
  unchanged,
);

export const prelu = layer(
  "Multiplies negative values by a learned factor (He et al. 2015).",
  {
    sharedAxes: optionalIntegers(
      "Axes along which all values share a factor, counted with the batch as axis 0.",
    ),
  },
  (input, { sharedAxes }) => {
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
);

export const elu = layer(
  "Lets negative values saturate at −alpha (Clevert et al. 2016).",
  { alpha: number("Size of the limit.", { fallback: 1 }) },
  unchanged,
);

export const thresholdedReLU = layer(
  "Replaces values that do not exceed a threshold by 0.",
  { theta: number("The threshold.", { fallback: 1, minimum: 0 }) },
  unchanged,
);

export const softmax = layer(
  "Makes probabilities of the values along an axis.",
  { axis: anyInteger("The axis, counted with the batch as axis 0; −1 is the last.", -1) },
  (input, { axis }) =>
    axisOf(input, axis) === undefined
      ? {
          expected: `an axis from 1 to ${input.length} or from −${input.length} to −1`,
          found: String(axis),
          argument: "axis",
        }
      : { output: input },
);
