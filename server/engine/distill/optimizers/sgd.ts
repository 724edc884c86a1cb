import { add, mul, sub } from "@tensorflow/tfjs-core";
import { type Optimizer, required } from "./optimizer.ts";

export interface SgdParameters {
  readonly momentum?: number | undefined;
  /** Share of each gradient after the first that does not enter the momentum buffer. */
  readonly dampening?: number | undefined;
  readonly nesterov?: boolean | undefined;
  readonly weightDecay?: number | undefined;
}

/**
 * Stochastic gradient descent, as torch.optim.SGD:
 *
 *     g ← g + weightDecay · w     b ← momentum · b + (1 − dampening) · g     w ← w − learningRate · b
 *
 * The buffer starts as the first gradient, undampened. Nesterov steps along g + momentum · b instead of b.
 */
export function sgd({
  momentum = 0,
  dampening = 0,
  nesterov = false,
  weightDecay = 0,
}: SgdParameters): Optimizer {
  return {
    slots: momentum === 0 ? [] : ["momentum"],
    scalars: (step, learningRate) => ({
      learningRate,
      // The buffer is all zeros before the first step, so a gain of 1 makes it the first gradient.
      ...(momentum !== 0 && dampening !== 0 ? { gain: step === 0 ? 1 : 1 - dampening } : {}),
    }),
    update: ({ value, gradient, slots, decays }, scalars) => {
      const g = decays && weightDecay !== 0 ? add(gradient, mul(value, weightDecay)) : gradient;
      const step = (direction: typeof g) => sub(value, mul(direction, required(scalars, "learningRate")));
      if (momentum === 0) return { value: step(g), slots: {} };
      const entering = scalars["gain"] ? mul(g, scalars["gain"]) : g;
      const buffer = add(mul(required(slots, "momentum"), momentum), entering);
      return { value: step(nesterov ? add(g, mul(buffer, momentum)) : buffer), slots: { momentum: buffer } };
    },
  };
}
