import { setImmediate } from "node:timers/promises";
import type { Distillation } from "../distill/program.ts";
import type { NamedData } from "../program.ts";
import type { TrainContext } from "./context.ts";
import { type Fit, subjectOf } from "./fitConfig.ts";
import { progressReporter } from "./progress.ts";

/** Times calls and reports their steps, every `reportEvery` steps, and finds values that are not finite. */
export interface StepReporter {
  /** Of the last step; null where it is not finite. */
  lastLoss: number | null;
  begin(): void;
  /** @param waitedMs how long of it samples were waited for that lie on disk */
  dataReady(waitedMs: number): void;
  /**
   * @param call `step`: steps done before it; `count` and `samples`: those that it took
   * @param outputs of each of its steps, one after the other
   * @returns the first step, counted from 1, with a value that is not finite, as in "the term kd is NaN"
   */
  end(
    call: { readonly step: number; readonly count: number; readonly samples: number },
    outputs: NamedData,
  ): { readonly step: number; readonly what: string } | undefined;
  /** Milliseconds of the last call. */
  lastMs: number;
  /** Now and then; an executor may never yield to the event loop. */
  letSignalsIn(): Promise<void>;
}

/** Milliseconds between two yields to the event loop. */
const yieldEvery = 50;
/** Milliseconds between two reports of the memory taken, which the system is asked for. */
const memoryEvery = 1000;

/** Milliseconds of all steps of a training, and of those the ones in which they waited for samples. */
export interface StepClock {
  total: number;
  waiting: number;
}

/** Share of its steps' time in which they waited for samples; undefined where these are in memory. */
export const waitingShare = ({ train }: Pick<Fit, "train">, clock: StepClock): number | undefined =>
  isRead(train) && clock.total > 0 ? Math.min(1, clock.waiting / clock.total) : undefined;

const isRead = ({ values }: Fit["train"]): boolean => values.inMemory === undefined;

/**
 * @param of.until steps of the training at the end of this stage
 * @param of.totalSteps at its end
 * @param of.clock what it adds its time to
 */
export function stepReporter(
  { subject, phase, training, train }: Pick<Fit, "subject" | "phase" | "training" | "train">,
  context: Pick<TrainContext, "report">,
  {
    program,
    until,
    totalSteps,
    stepsPerEpoch,
    clock,
  }: {
    readonly program: Distillation;
    readonly until: number;
    readonly totalSteps: number;
    readonly stepsPerEpoch: number;
    readonly clock: StepClock;
  },
): StepReporter {
  let started = 0;
  let ready = 0;
  let waited = 0;
  const { report } = context;
  const progress = progressReporter(context, { phase, subject, total: totalSteps });
  let lastYield = performance.now();
  let lastMemory = Number.NEGATIVE_INFINITY;
  const since = { steps: 0, samples: 0, total: 0, data: 0, waiting: 0 };

  const memoryNow = (): { memory?: number } => {
    if (performance.now() - lastMemory < memoryEvery) return {};
    lastMemory = performance.now();
    return { memory: process.memoryUsage.rss() };
  };

  const reportStep = (done: number, outputs: NamedData) => {
    report({
      type: "step",
      ...subjectOf(subject),
      step: done,
      epoch: done / stepsPerEpoch,
      ...valuesOf(program, done, outputs),
      stepMs: rounded(since.total / since.steps),
      dataMs: rounded(since.data / since.steps),
      ...(isRead(train) ? { waitingMs: rounded(since.waiting / since.steps) } : {}),
      samplesPerSecond: Math.round((since.samples / since.total) * 1000),
      ...memoryNow(),
    });
    Object.assign(since, { steps: 0, samples: 0, total: 0, data: 0, waiting: 0 });
  };

  return {
    lastMs: 0,
    lastLoss: null,
    begin() {
      started = performance.now();
    },
    dataReady(waitedMs) {
      ready = performance.now();
      waited = waitedMs;
    },
    end({ step, count, samples }, outputs) {
      this.lastMs = performance.now() - started;
      clock.total += this.lastMs;
      clock.waiting += waited;
      for (let i = 0; i < count; i++) {
        const done = step + i + 1;
        since.steps += 1;
        since.samples += samples / count;
        since.total += this.lastMs / count;
        since.data += (ready - started) / count;
        since.waiting += waited / count;
        const own = outputsOf(outputs, i);
        const what = notFinite(program, own);
        this.lastLoss = number(own, "loss");
        if (done % training.reportEvery === 0 || done === until || what !== undefined) reportStep(done, own);
        if (what !== undefined) return { step: done, what };
      }
      if (subject !== "student") progress(step + count);
      return undefined;
    },
    async letSignalsIn() {
      if (performance.now() - lastYield <= yieldEvery) return;
      await setImmediate();
      lastYield = performance.now();
    },
  };
}

/** @param done steps done, with this one */
function valuesOf({ terms, lossWeights, learningRate }: Distillation, done: number, outputs: NamedData) {
  const weights = lossWeights(done - 1);
  return {
    loss: number(outputs, "loss"),
    terms: Object.fromEntries(
      terms.map((term) => {
        const raw = number(outputs, term);
        return [term, { raw, weighted: raw === null ? null : raw * (weights[term] ?? 0) }];
      }),
    ),
    learningRate: learningRate(done - 1),
    gradNorm: number(outputs, "gradientNorm"),
  };
}

/** Those of one step of a call: all are scalars. */
const outputsOf = (outputs: NamedData, step: number): NamedData =>
  Object.fromEntries(Object.entries(outputs).map(([name, data]) => [name, data.subarray(step, step + 1)]));

/** `the term kd is NaN, ce is 2.31`: the finite terms are not the cause. */
function notFinite({ terms }: Distillation, outputs: NamedData): string | undefined {
  const valueIn = (name: string) => outputs[name]?.[0];
  const isBad = (name: string) => !Number.isFinite(valueIn(name));
  const bad = terms.filter(isBad);
  if (bad.length > 0) {
    const sound = terms.filter((term) => !isBad(term));
    return [
      `the term ${bad[0]} is ${valueIn(bad[0] ?? "")}`,
      ...[...bad.slice(1), ...sound].map((term) => `${term} is ${written(valueIn(term))}`),
    ].join(", ");
  }
  if (isBad("loss")) return `the loss is ${valueIn("loss")}`;
  return isBad("gradientNorm") ? `the norm of the gradients is ${valueIn("gradientNorm")}` : undefined;
}

const written = (value = Number.NaN): string => String(Number(value.toPrecision(3)));

/** JSON has no NaN: a number that is not finite is null. */
function number(outputs: NamedData, name: string): number | null {
  const value = outputs[name]?.[0];
  return value !== undefined && Number.isFinite(value) ? value : null;
}

const rounded = (ms: number) => Math.round(ms * 1000) / 1000;
