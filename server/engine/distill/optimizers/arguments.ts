import { boolean, defined, list, number, type Parameter } from "../../../parameters/parameter.ts";

/* Arguments that several optimizers share; names, meanings and defaults are those of torch.optim. */

type Range = readonly [smallest: number, largest: number];

export const learningRate = (fallback: number, usual: Range): Parameter<number> =>
  number("Size of a step, before `schedule` changes it.", {
    exclusiveMinimum: 0,
    default: fallback,
    usual,
    examples: [fallback],
  });

/** Subtracted beside the step, as in AdamW. */
export const decoupledWeightDecay = (fallback: number, usual: Range, example: number): Parameter<number> =>
  number("Share of each weight that is taken off, times the learning rate.", {
    minimum: 0,
    default: fallback,
    usual,
    examples: [example],
  });

/** Added to the gradient, as an L2 penalty. */
export const weightDecay = number("Added to the gradient, times the weight.", {
  minimum: 0,
  default: 0,
  usual: [0, 0.3],
  examples: [5e-4],
});

export const momentum = number("Share of the last step that is kept.", {
  minimum: 0,
  exclusiveMaximum: 1,
  default: 0,
  examples: [0.9],
});

const share = { minimum: 0, exclusiveMaximum: 1 } as const;
type Betas = readonly [first: number, second: number];

export const betas = defined(
  "Betas",
  list(
    "How much of the running means of the gradient and of its square stays at each step.",
    number("Share that stays.", share),
    {
      minItems: 2,
      maxItems: 2,
      default: [0.9, 0.999],
      examples: [[0.9, 0.999]],
    },
  ) as Parameter<Betas>,
);

export const lionBetas = list(
  "Shares that stay: of the momentum in the direction of a step, and of the momentum from step to step.",
  number("A share.", share),
  { minItems: 2, maxItems: 2, default: [0.9, 0.99], examples: [[0.9, 0.99]] },
) as Parameter<Betas>;

export const epsilon = defined(
  "OptimizerEpsilon",
  number("Added to the denominator, so that nothing is divided by 0.", {
    exclusiveMinimum: 0,
    default: 1e-8,
    examples: [1e-8],
  }),
);

export const amsgrad = defined(
  "Amsgrad",
  boolean("Divide by the largest second moment so far (Reddi et al. 2018).", { default: false }),
);

export const decayBiasAndNorm = defined(
  "DecayBiasAndNorm",
  boolean("Apply `weightDecay` to biases and to the parameters of normalisation too.", { default: false }),
);
