import { learningRateOf, type OptimizerSpec } from "../optimizers/optimizers.ts";
import { type Curve, constant, cosine, exponential, linear, oneCycle, step, warmup } from "./curves.ts";

export type ScheduleSpec = {
  /** Steps in which the learning rate climbs to its full size, before the schedule itself begins. */
  readonly warmup?: number | undefined;
} & (
  | { readonly type: "constant" }
  | { readonly type: "linear"; readonly endFactor?: number | undefined }
  | { readonly type: "cosine"; readonly minLearningRate?: number | undefined }
  | { readonly type: "step"; readonly stepSize: number; readonly gamma?: number | undefined }
  | { readonly type: "exponential"; readonly gamma: number }
  | {
      readonly type: "oneCycle";
      /** The optimizer's learning rate when absent. */
      readonly maxLearningRate?: number | undefined;
      readonly pctStart?: number | undefined;
      readonly divFactor?: number | undefined;
      readonly finalDivFactor?: number | undefined;
      readonly anneal?: "cosine" | "linear" | undefined;
      readonly threePhase?: boolean | undefined;
    }
);

type CurveOf<T extends ScheduleSpec["type"]> = (
  spec: Extract<ScheduleSpec, { type: T }>,
  run: { readonly rate: number; readonly steps: number },
) => Curve;

/**
 * Every schedule that an experiment can name, with its defaults. `oneCycle` moves the learning rate alone: momentum and
 * betas stay as the optimizer has them, as with cycle_momentum=False in PyTorch.
 */
const schedules: { readonly [T in ScheduleSpec["type"]]: CurveOf<T> } = {
  constant: (_, { rate }) => constant(rate),
  linear: ({ endFactor = 0 }, { rate, steps }) => linear(rate, { endFactor, over: steps }),
  cosine: ({ minLearningRate = 0 }, { rate, steps }) =>
    cosine(rate, { minimum: minLearningRate, over: steps }),
  step: ({ stepSize, gamma = 0.1 }, { rate }) => step(rate, { stepSize, gamma }),
  exponential: ({ gamma }, { rate }) => exponential(rate, { gamma }),
  oneCycle: ({ maxLearningRate, pctStart, divFactor, finalDivFactor, anneal, threePhase }, { rate, steps }) =>
    oneCycle({
      maximum: maxLearningRate ?? rate,
      totalSteps: steps,
      pctStart,
      divFactor,
      finalDivFactor,
      anneal,
      threePhase,
    }),
};

/**
 * The learning rate of each step of a run, 0 for the first. A warm-up takes its steps from the run: the schedule spans
 * those that are left. A run that is shorter than its warm-up ends on the climb.
 */
export function scheduleOf(
  spec: ScheduleSpec,
  { optimizer, totalSteps }: { readonly optimizer: OptimizerSpec; readonly totalSteps: number },
): Curve {
  const rate = learningRateOf(optimizer);
  const climbing = spec.warmup ?? 0;
  const curveOf = schedules[spec.type] as (spec: ScheduleSpec, run: { rate: number; steps: number }) => Curve;
  const curve = curveOf(spec, { rate, steps: Math.max(1, totalSteps - climbing) });
  // The climb ends where the schedule begins, which for oneCycle is not the optimizer's rate.
  return warmup(curve, { rate: curve(0), steps: climbing });
}
