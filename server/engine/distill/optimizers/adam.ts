import { add, div, maximum, mul, sqrt, square, sub, type Tensor } from "@tensorflow/tfjs-core";
import type { ValuesOf } from "../../../parameters/parameter.ts";
import { amsgrad, betas, decoupledWeightDecay, epsilon, learningRate, weightDecay } from "./arguments.ts";
import { type Optimizer, optimizer, required } from "./optimizer.ts";

const common = { betas, epsilon, amsgrad };

/**
 * AdamW, Loshchilov and Hutter 2019, as torch.optim.AdamW: the weight shrinks by learningRate · weightDecay beside the
 * Adam step, so that decay does not pass through the moments. ε stands outside the bias-corrected root.
 */
export const adamw = optimizer({
  description: "Adam with decoupled weight decay (Loshchilov and Hutter 2019).",
  hint: "Adam with decoupled weight decay.",
  parameters: {
    learningRate: learningRate(1e-3, [1e-5, 3e-2]),
    weightDecay: decoupledWeightDecay(0.01, [0, 0.3], 0.01),
    ...common,
  },
  rule: ({ weightDecay, ...values }) =>
    moments(values, {
      scalars: (learningRate) => (weightDecay === 0 ? {} : { keep: 1 - learningRate * weightDecay }),
      shrink: (value, { keep }) => (keep ? mul(value, keep) : value),
      penalise: (gradient) => gradient,
    }),
});

/** Adam, Kingma and Ba 2015, as torch.optim.Adam: weight decay is added to the gradient, as an L2 penalty would be. */
export const adam = optimizer({
  description: "Adam (Kingma and Ba 2015).",
  hint: "Adam.",
  parameters: { learningRate: learningRate(1e-3, [1e-5, 3e-2]), weightDecay, ...common },
  rule: ({ weightDecay, ...values }) =>
    moments(values, {
      scalars: () => ({}),
      shrink: (value) => value,
      penalise: (gradient, value) => (weightDecay === 0 ? gradient : add(gradient, mul(value, weightDecay))),
    }),
});

interface Decay {
  readonly scalars: (learningRate: number) => Readonly<Record<string, number>>;
  readonly shrink: (value: Tensor, scalars: Readonly<Record<string, Tensor>>) => Tensor;
  readonly penalise: (gradient: Tensor, value: Tensor) => Tensor;
}

/**
 *     m ← β₁ m + (1 − β₁) g         v ← β₂ v + (1 − β₂) g²
 *     w ← w − learningRate / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 */
function moments(
  { betas: [beta1, beta2], epsilon, amsgrad }: ValuesOf<typeof common>,
  decay: Decay,
): Optimizer {
  return {
    slots: ["m", "v", ...(amsgrad ? ["vMax"] : [])],
    scalars: (step, learningRate) => ({
      ...decay.scalars(learningRate),
      stepSize: learningRate / (1 - beta1 ** (step + 1)),
      rootCorrection: 1 / Math.sqrt(1 - beta2 ** (step + 1)),
    }),
    update: ({ value, gradient, slots, decays }, scalars) => {
      const g = decays ? decay.penalise(gradient, value) : gradient;
      const m = add(mul(required(slots, "m"), beta1), mul(g, 1 - beta1));
      const v = add(mul(required(slots, "v"), beta2), mul(square(g), 1 - beta2));
      const vMax = amsgrad ? maximum(required(slots, "vMax"), v) : undefined;
      const root = add(mul(sqrt(vMax ?? v), required(scalars, "rootCorrection")), epsilon);
      const change = mul(div(m, root), required(scalars, "stepSize"));
      return {
        value: sub(decays ? decay.shrink(value, scalars) : value, change),
        slots: { m, v, ...(vMax ? { vMax } : {}) },
      };
    },
  };
}
