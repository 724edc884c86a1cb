import type { Tensor2D } from "@tensorflow/tfjs-core";
import { integer } from "../../parameters/parameter.ts";
import { finish } from "./activate.ts";
import { activation, biasInitializer, initializer, useBias } from "./arguments.ts";
import { layer } from "./layer.ts";

export const dense = layer({
  description: "Each unit sees every value of the last axis.",
  keras: { className: "Dense" },
  mask: "passes",
  arguments: {
    units: integer("How many units there are; each gives one value of the output.", {
      minimum: 1,
      unit: "units",
      examples: [64],
    }),
    activation,
    useBias,
    kernelInitializer: initializer,
    biasInitializer,
  },
  shape: (input, { units, useBias, kernelInitializer, biasInitializer }) => {
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
  /** [batch, …, in] · [in, units]: leading axes are folded into one, so that it is always one plain product. */
  forward: ({ tf, x, weights, outputShape }, { activation }) => {
    const kernel = weights["kernel"] as Tensor2D;
    const rows = x.rank === 2 ? x : tf.reshape(x, [-1, kernel.shape[0]]);
    const output = finish(tf, tf.matMul(rows as Tensor2D, kernel), weights, activation);
    return x.rank === 2 ? output : tf.reshape(output, outputShape);
  },
});
