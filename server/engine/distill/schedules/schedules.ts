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

/** Every schedule that an experiment can name. A row is all of one: schema, reference, completion and curve. */
export const schedules = {
  constant,
  linear,
  cosine,
  step,
  multistep,
  exponential,
  oneCycle,
} as const;

/** What the experiment file says of a schedule; what it leaves out has its default. */
export type { ScheduleSpec };

/**
 * The learning rate of each step of a run, 0 for the first. A warm-up takes its steps from the run: the schedule spans
 * those that are left. Step k of n climbing ones has (k + 1) / n of where the schedule begins, so that the first already
 * learns. A run that is shorter than its warm-up ends on the climb.
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
