import { add, div, mul, relu, sqrt, square, sub } from "@tensorflow/tfjs-core";
import { boolean, number } from "../../../parameters/parameter.ts";
import { epsilon, learningRate, momentum, weightDecay } from "./arguments.ts";
import { optimizer, required } from "./optimizer.ts";

/**
 * RMSprop, Tieleman and Hinton 2012 (lecture 6e), as torch.optim.RMSprop: ε stands outside the root, the mean square starts
 * at 0 and is not bias-corrected.
 *
 *     s ← α s + (1 − α) g²     w ← w − learningRate · g / (√s + ε)
 */
export const rmsprop = optimizer({
  description: "RMSprop (Tieleman and Hinton 2012).",
  hint: "RMSprop.",
  parameters: {
    learningRate: learningRate(1e-2, [1e-5, 0.1]),
    alpha: number("Share of the running mean of squares that stays.", {
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.99,
      examples: [0.99],
    }),
    epsilon,
    momentum,
    centered: boolean("Divide by the variance rather than by the mean of squares.", { default: false }),
    weightDecay,
  },
  rule: ({ alpha, epsilon, momentum, centered, weightDecay }) => ({
    slots: ["meanSquare", ...(centered ? ["mean"] : []), ...(momentum === 0 ? [] : ["momentum"])],
    scalars: (_, learningRate) => ({ learningRate }),
    update: ({ value, gradient, slots, decays }, scalars) => {
      const g = decays && weightDecay !== 0 ? add(gradient, mul(value, weightDecay)) : gradient;
      const meanSquare = add(mul(required(slots, "meanSquare"), alpha), mul(square(g), 1 - alpha));
      const mean = centered ? add(mul(required(slots, "mean"), alpha), mul(g, 1 - alpha)) : undefined;
      // Rounding can make the variance of a constant gradient negative; torch would give NaN.
      const scale = add(sqrt(mean ? relu(sub(meanSquare, square(mean))) : meanSquare), epsilon);
      const direction = div(g, scale);
      const buffer = momentum === 0 ? undefined : add(mul(required(slots, "momentum"), momentum), direction);
      return {
        value: sub(value, mul(buffer ?? direction, required(scalars, "learningRate"))),
        slots: { meanSquare, ...(mean ? { mean } : {}), ...(buffer ? { momentum: buffer } : {}) },
      };
    },
  }),
});
