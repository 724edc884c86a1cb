import { add, mul, sub } from "@tensorflow/tfjs-core";
import { boolean, number } from "../../../parameters/parameter.ts";
import { learningRate, momentum, weightDecay } from "./arguments.ts";
import { optimizer, required } from "./optimizer.ts";

/**
 * Stochastic gradient descent, as torch.optim.SGD:
 *
 *     g ← g + weightDecay · w     b ← momentum · b + (1 − dampening) · g     w ← w − learningRate · b
 *
 * The buffer starts as the first gradient, undampened. Nesterov steps along g + momentum · b instead of b.
 */
export const sgd = optimizer({
  description: "Stochastic gradient descent, optionally with momentum.",
  hint: "Stochastic gradient descent.",
  parameters: {
    learningRate: learningRate(1e-3, [1e-4, 1]),
    momentum,
    dampening: number("Share of the gradient that momentum leaves out.", {
      minimum: 0,
      maximum: 1,
      default: 0,
      examples: [0],
    }),
    nesterov: boolean("Look ahead by the momentum first (Sutskever et al. 2013).", { default: false }),
    weightDecay,
  },
  rule: ({ momentum, dampening, nesterov, weightDecay }) => ({
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
  }),
});
