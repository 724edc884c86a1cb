import { add, mul, sign, sub } from "@tensorflow/tfjs-core";
import { varied } from "../../../parameters/parameter.ts";
import { decoupledWeightDecay, learningRate, lionBetas } from "./arguments.ts";
import { optimizer, required } from "./optimizer.ts";

/**
 * Lion, Chen et al. 2023 (Symbolic Discovery of Optimization Algorithms, algorithm 2): every weight moves by the learning
 * rate, in the direction of a mean of momentum and gradient. Weight decay is AdamW's.
 *
 *     w ← w · (1 − learningRate · weightDecay) − learningRate · sign(β₁ m + (1 − β₁) g)     m ← β₂ m + (1 − β₂) g
 *
 * Traps: the momentum is updated with β₂ after the step has used it with β₁; a weight that never had a gradient does not
 * move, since sign(0) = 0. The steps are larger than Adam's: a third to a tenth of its learning rate is usual, with as
 * much more weight decay.
 */
export const lion = optimizer({
  description:
    "Lion (Chen et al. 2023): every weight moves by the learning rate, in the direction of its momentum.",
  hint: "Steps of one size in the direction of the momentum.",
  parameters: {
    learningRate: varied(learningRate(1e-4, [1e-6, 3e-3]), {
      description: "Size of a step, before `schedule` changes it: a third to a tenth of what suits AdamW.",
    }),
    weightDecay: decoupledWeightDecay(0, [0, 3], 0.1),
    betas: lionBetas,
  },
  rule: ({ betas: [beta1, beta2], weightDecay }) => ({
    slots: ["m"],
    scalars: (_, learningRate) => ({
      learningRate,
      ...(weightDecay === 0 ? {} : { keep: 1 - learningRate * weightDecay }),
    }),
    update: ({ value, gradient, slots, decays }, scalars) => {
      const m = required(slots, "m");
      const direction = sign(add(mul(m, beta1), mul(gradient, 1 - beta1)));
      const kept = decays && scalars["keep"] ? mul(value, scalars["keep"]) : value;
      return {
        value: sub(kept, mul(direction, required(scalars, "learningRate"))),
        slots: { m: add(mul(m, beta2), mul(gradient, 1 - beta2)) },
      };
    },
  }),
});
