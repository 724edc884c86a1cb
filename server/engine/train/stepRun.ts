import { blockRowsOf } from "../../data/blockOrder.ts";
import { epochRows } from "../../data/epochs.ts";
import { epochSize } from "../../epochSize.ts";
import { budget, epochOf, type Fit, stepSamples } from "./fitConfig.ts";

/** Consecutive steps, all with whole batches or one with a short batch. */
export interface StepRun {
  /** Steps done before them. */
  readonly step: number;
  readonly count: number;
  /** Their samples, [count, batch]. */
  readonly rows: Int32Array;
}

/** The step runs of a fit, in order, each as long as boundaries and the pace of the last one allow. */
export interface StepRuns {
  /** The one after `step` steps. */
  after(step: number): StepRun;
  took(steps: number, ms: number): void;
}

/**
 * @param most how many steps one run may have
 * @param totalSteps steps of the network's training at the end of the stage
 */
export function stepRuns(
  config: Fit,
  { most, totalSteps }: { readonly most: number; readonly totalSteps: number },
): StepRuns {
  const { training, validation } = config;
  const { stepsPerEpoch } = budget(config);
  const boundaries = {
    totalSteps,
    stepsPerEpoch,
    endsShort: epochSize(epochOf(config)).short > 0,
    evaluateEvery: validation && (training.evaluateEvery ?? stepsPerEpoch),
    checkpointEvery: training.checkpointEvery,
  };
  const { steps, took } = pace();
  const rowsOf = stepRows(config);
  return {
    took,
    after(step) {
      const count = steps(Math.min(most, stepsToBoundary(step, boundaries)));
      return { step, count, rows: rowsOf(step, count) };
    },
  };
}

/** The samples of steps of one epoch, [count, batch], by the first step. */
export function stepRows(config: Fit): (step: number, count: number) => Int32Array {
  const { train } = config;
  const { stepsPerEpoch } = budget(config);
  const samples = epochOf(config);
  const each = stepSamples(config);
  const blockRows = blockRowsOf(train.values);
  const balanced =
    config.sampler === "balanced" ? train.labels.subarray(0, config.mixture?.labelled) : undefined;
  let order: { readonly epoch: number; readonly rows: Int32Array } | undefined;
  return (step, count) => {
    const epoch = Math.floor(step / stepsPerEpoch);
    if (order?.epoch !== epoch)
      order = { epoch, rows: epochRows(samples, { ...config, epoch, blockRows, balanced }) };
    const start = (step % stepsPerEpoch) * each;
    return order.rows.subarray(start, start + count * each);
  };
}

/** Steps at which a run of steps has to end. */
export interface StepBoundaries {
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  /** The last batch of an epoch has fewer samples. */
  readonly endsShort: boolean;
  readonly evaluateEvery?: number | undefined;
  readonly checkpointEvery?: number | undefined;
}

/**
 * Number of steps from `step` on that one call may run: up to the next evaluation or checkpoint, the end of the epoch, where a
 * new order begins, or of the fit; whole batches only, or the short one by itself.
 */
export function stepsToBoundary(
  step: number,
  { totalSteps, stepsPerEpoch, evaluateEvery, checkpointEvery, endsShort }: StepBoundaries,
): number {
  const to = (every: number) => every - (step % every);
  const toEpoch = to(stepsPerEpoch);
  return Math.min(
    totalSteps - step,
    endsShort && toEpoch > 1 ? toEpoch - 1 : toEpoch,
    ...[evaluateEvery, checkpointEvery].map((every) =>
      every === undefined ? Number.POSITIVE_INFINITY : to(every),
    ),
  );
}

/** Target duration of a call in milliseconds: losses are reported and stops handled after it. */
const callMs = 90;

/** Chooses the steps of a call by the duration of the last one. The bits of a step do not depend on it. */
export interface Pace {
  steps(most: number): number;
  took(steps: number, ms: number): void;
}

export function pace(): Pace {
  let chosen = 1;
  return {
    steps: (most) => Math.min(most, chosen),
    // At most double: the first calls are slower than later ones, and a single call may be slow.
    took(steps, ms) {
      const fitting = Math.max(1, Math.floor((callMs * steps) / ms));
      chosen = Math.min(fitting, Math.max(chosen, 2 * steps));
    },
  };
}
