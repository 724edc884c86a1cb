import type { Schedule as ScheduleSpec } from "../../../../schemas/experiment.gen.ts";
import type { Kind } from "../../../parameters/kind.ts";
import { valuesOf } from "../../../parameters/parameter.ts";
import { constant } from "./constant.ts";
import { cosine } from "./cosine.ts";
import { exponential } from "./exponential.ts";
import { linear } from "./linear.ts";
import { multistep } from "./multistep.ts";
import { oneCycle } from "./oneCycle.ts";
import { type Curve, type ScheduleType, warmup } from "./schedule.ts";
import { step } from "./step.ts";

/** Every schedule that an experiment can name. Schema, reference, completion and curve follow from its row. */
export const schedules = {
  constant,
  linear,
  cosine,
  step,
  multistep,
  exponential,
  oneCycle,
} as const;

/** A schedule in the experiment file; absent keys take their defaults. */
export type { ScheduleSpec };

/**
 * The learning rate of each step of a run, 0 for the first. Warm-up steps count towards the run: the schedule spans the rest.
 * Step k of n warm-up steps has (k + 1) / n of the schedule's first rate, so that the first step already learns. A run shorter
 * than its warm-up ends during it.
 */
export function scheduleOf(
  spec: ScheduleSpec,
  {
    learningRate: rate,
    totalSteps,
    stepsPerEpoch,
  }: { readonly learningRate: number; readonly totalSteps: number; readonly stepsPerEpoch: number },
): Curve {
  const type = schedules[spec.type] as unknown as ScheduleType;
  const { warmup: begun } = valuesOf({ warmup }, spec);
  const steps = Math.max(1, totalSteps - begun);
  const curve = type.curve(valuesOf(type.parameters, spec), { rate, steps, stepsPerEpoch, begun });
  // For oneCycle this is not the optimizer's rate.
  const full = curve(0);
  return (step) => (step >= begun ? curve(step - begun) : (full * (step + 1)) / begun);
}

/** Schedules as the experiment file knows them. */
export const scheduleKind: Kind = {
  name: "Schedule",
  entries: Object.fromEntries(
    Object.entries(schedules).map(([type, { description, hint, parameters }]) => [
      type,
      { description, ...(hint ? { hint } : {}), parameters: { warmup, ...parameters } },
    ]),
  ),
};
