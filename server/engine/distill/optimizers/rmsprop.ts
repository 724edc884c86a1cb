import { add, div, mul, relu, sqrt, square, sub } from "@tensorflow/tfjs-core";
import { type Optimizer, required } from "./optimizer.ts";

export interface RmspropParameters {
  /** Decay of the mean square. */
  readonly alpha?: number | undefined;
  readonly epsilon?: number | undefined;
  readonly momentum?: number | undefined;
  /** Divides by the standard deviation of the gradient instead of its root mean square (Graves 2013). */
  readonly centered?: boolean | undefined;
  readonly weightDecay?: number | undefined;
}

/**
 * RMSprop, Tieleman and Hinton 2012 (lecture 6e), as torch.optim.RMSprop: ε stands outside the root, the mean square starts
 * at 0 and is not bias-corrected.
 *
 *     s ← α s + (1 − α) g²     w ← w − learningRate · g / (√s + ε)
 */
export function rmsprop({
  alpha = 0.99,
  epsilon = 1e-8,
  momentum = 0,
  centered = false,
  weightDecay = 0,
}: RmspropParameters): Optimizer {
  return {
    slots: ["meanSquare", ...(centered ? ["mean"] : []), ...(momentum === 0 ? [] : ["momentum"])],
    scalars: (_, learningRate) => ({ learningRate }),
    update: ({ value, gradient, slots, decays }, scalars) => {
      const g = decays && weightDecay !== 0 ? add(gradient, mul(value, weightDecay)) : gradient;
      const meanSquare = add(mul(required(slots, "meanSquare"), alpha), mul(square(g), 1 - alpha));
      const mean = centered ? add(mul(required(slots, "mean"), alpha), mul(g, 1 - alpha)) : undefined;
      // Rounding can make the variance of a constant gradient negative, where torch would give NaN.
      const scale = add(sqrt(mean ? relu(sub(meanSquare, square(mean))) : meanSquare), epsilon);
      const direction = div(g, scale);
      const buffer = momentum === 0 ? undefined : add(mul(required(slots, "momentum"), momentum), direction);
      return {
        value: sub(value, mul(buffer ?? direction, required(scalars, "learningRate"))),
        slots: { meanSquare, ...(mean ? { mean } : {}), ...(buffer ? { momentum: buffer } : {}) },
      };
    },
  };
}
