import { add, div, mul, sqrt, square, sub } from "@tensorflow/tfjs-core";
import { number } from "../../../parameters/parameter.ts";
import { learningRate, weightDecay } from "./arguments.ts";
import { optimizer, required } from "./optimizer.ts";

/**
 * Adagrad, Duchi et al. 2011, as torch.optim.Adagrad: ε stands outside the root, and the sum of squares starts at 0.
 *
 *     s ← s + g²     w ← w − learningRate · g / (√s + ε)
 */
export const adagrad = optimizer({
  description: "Adagrad (Duchi et al. 2011).",
  hint: "Adagrad.",
  parameters: {
    learningRate: learningRate(1e-2, [1e-4, 1]),
    epsilon: number("Added to the divisor, so that nothing is divided by 0.", {
      exclusiveMinimum: 0,
      default: 1e-10,
      examples: [1e-10],
    }),
    weightDecay,
  },
  rule: ({ epsilon, weightDecay }) => ({
    slots: ["sumOfSquares"],
    scalars: (_, learningRate) => ({ learningRate }),
    update: ({ value, gradient, slots, decays }, scalars) => {
      const g = decays && weightDecay !== 0 ? add(gradient, mul(value, weightDecay)) : gradient;
      const sumOfSquares = add(required(slots, "sumOfSquares"), square(g));
      const direction = div(g, add(sqrt(sumOfSquares), epsilon));
      return {
        value: sub(value, mul(direction, required(scalars, "learningRate"))),
        slots: { sumOfSquares },
      };
    },
  }),
});
