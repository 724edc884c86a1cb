import { defined, integer, number, type Parameters, type ValuesOf } from "../../../parameters/parameter.ts";

/** The learning rate in force for each step, 0 for the first, as PyTorch's schedulers give it when stepped after each. */
export type Curve = (step: number) => number;

/** Span of a curve. Its steps begin after the warm-up. */
export interface Span {
  /** The optimizer's learning rate. */
  readonly rate: number;
  /** At least 1. */
  readonly steps: number;
  readonly stepsPerEpoch: number;
  /** Steps of the run before the curve's first. */
  readonly begun: number;
}

/** A schedule as the experiment file knows it: what it takes, and its curve. */
export interface ScheduleType<P extends Parameters = Parameters> {
  readonly description: string;
  /** Shown beside its name in completion. */
  readonly hint?: string;
  readonly parameters: P;
  readonly curve: (values: ValuesOf<P>, span: Span) => Curve;
}

/** Declares a schedule. */
export const schedule = <const P extends Parameters>(declaration: ScheduleType<P>): ScheduleType<P> =>
  declaration;

/** Parameters of every schedule. */
export const warmup = defined(
  "Warmup",
  integer("Steps over which the learning rate first rises linearly to its full size.", {
    minimum: 0,
    default: 0,
    unit: "steps",
    examples: [200],
  }),
);

export const gamma = number("Factor of the learning rate at each change.", {
  exclusiveMinimum: 0,
  maximum: 1,
  default: 0.1,
  examples: [0.1],
});

/** How far `step` is towards step `over`, 0 to 1. */
export const progress = (step: number, over: number): number => Math.min(step, over) / over;
