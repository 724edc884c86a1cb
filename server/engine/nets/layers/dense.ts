import { activation, boolean, initializer, integer } from "./arguments.ts";
import { layer } from "./layer.ts";

export const dense = layer(
  "Every output is a weighted sum of all inputs of the last axis.",
  {
    units: integer("Number of outputs."),
    activation: activation(),
    useBias: boolean("Adds a learned bias to each output.", true),
    kernelInitializer: initializer("Initial weights.", "glorotNormal"),
    biasInitializer: initializer("Initial bias.", "zeros"),
  },
  (input, { units, useBias, kernelInitializer, biasInitializer }) => {
    const width = input.at(-1);
    if (width === undefined) return { expected: "an input of at least one axis", found: "[]" };
    return {
      output: [...input.slice(0, -1), units],
      parameters: {
        kernel: { shape: [width, units], role: "kernel", initializer: kernelInitializer },
        ...(useBias ? { bias: { shape: [units], role: "bias", initializer: biasInitializer } } : {}),
      },
    };
  },
);
