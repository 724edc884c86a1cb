import { anyInteger, boolean, number } from "./arguments.ts";
import { axisOf, layer, type Mismatch, type ParameterSpec } from "./layer.ts";

const common = {
  axis: anyInteger("The axis of the features, counted with the batch as axis 0; −1 is the last.", -1),
  epsilon: number("Added to the variance.", { fallback: 1e-3, minimum: 0 }),
  center: boolean("Learns a shift for each feature.", true),
  scale: boolean("Learns a factor for each feature.", true),
};

const scaleAndShift = (
  features: number,
  { center, scale }: { readonly center: boolean; readonly scale: boolean },
) => ({
  ...(scale
    ? { gamma: { shape: [features], role: "norm", initializer: "ones" } satisfies ParameterSpec }
    : {}),
  ...(center
    ? { beta: { shape: [features], role: "norm", initializer: "zeros" } satisfies ParameterSpec }
    : {}),
});

/** Ioffe and Szegedy 2015. */
export const batchNormalization = layer(
  "Normalises each feature by its mean and variance over the batch, or over past batches outside of training.",
  {
    ...common,
    momentum: number("Share of the moving averages that stays at each step.", { fallback: 0.99, minimum: 0 }),
  },
  (input, args) => {
    const axis = axisOf(input, args.axis);
    if (axis === undefined) return noSuchAxis(input.length, args.axis);
    const features = input[axis] as number;
    return {
      output: input,
      parameters: {
        ...scaleAndShift(features, args),
        movingMean: { shape: [features], role: "average", initializer: "zeros" },
        movingVariance: { shape: [features], role: "average", initializer: "ones" },
      },
    };
  },
);

/** Ba, Kiros and Hinton 2016. */
export const layerNormalization = layer(
  "Normalises the features of each sample by their own mean and variance.",
  common,
  (input, args) => {
    const axis = axisOf(input, args.axis);
    if (axis === undefined) return noSuchAxis(input.length, args.axis);
    return { output: input, parameters: scaleAndShift(input[axis] as number, args) };
  },
);

const noSuchAxis = (rank: number, axis: number): Mismatch => ({
  expected: `an axis from 1 to ${rank} or from −${rank} to −1`,
  found: String(axis),
  argument: "axis",
});
