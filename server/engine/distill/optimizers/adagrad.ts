import { add, div, mul, sqrt, square, sub } from "@tensorflow/tfjs-core";
import { type Optimizer, required } from "./optimizer.ts";

export interface AdagradParameters {
  readonly epsilon?: number | undefined;
  readonly weightDecay?: number | undefined;
}

/**
 * Adagrad, Duchi et al. 2011, as torch.optim.Adagrad: ε stands outside the root, and the sum of squares starts at 0.
 *
 *     s ← s + g²     w ← w − learningRate · g / (√s + ε)
 */
export const adagrad = ({ epsilon = 1e-10, weightDecay = 0 }: AdagradParameters): Optimizer => ({
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
});
