import type { RunEvent, Subject } from "../../schemas/run-event.gen.ts";
import { type LogFacts, noFacts, takeIn } from "../runs/logFacts.ts";
import { taskOfMetrics } from "../tasks/tasks.ts";

/** A terminal's view of a run, folded from its events. */
export interface RunView {
  readonly facts: LogFacts;
  /** Whose training or evaluation is going on. */
  subject: Subject;
  /** Completed and total steps or samples of this phase. */
  counts: readonly [done: number, total: number] | undefined;
  loss: number | null | undefined;
  samplesPerSecond: number | undefined;
  /** The task's key metric at the last evaluation. */
  key: readonly [metric: string, value: number] | undefined;
  /** The same at the best evaluation so far, whose weights are kept. */
  best: readonly [metric: string, value: number] | undefined;
  /** Stage of the current training. */
  stage: string | undefined;
  /** Losses of the current training, downsampled. */
  losses: number[];
  /** Reports per entry of `losses`. */
  stride: number;
  reports: number;
}

export function emptyView(): RunView {
  return {
    facts: noFacts(),
    subject: "student",
    counts: undefined,
    loss: undefined,
    samplesPerSecond: undefined,
    key: undefined,
    best: undefined,
    stage: undefined,
    losses: [],
    stride: 1,
    reports: 0,
  };
}

const mostLosses = 512;

export function show(view: RunView, event: RunEvent): void {
  takeIn(view.facts, event);
  switch (event.type) {
    case "phase":
      Object.assign(view, {
        ...emptyView(),
        facts: view.facts,
        best: view.best,
        subject: event.subject ?? "student",
      });
      return;
    case "stage":
      view.stage = event.name;
      return;
    case "progress":
      view.subject = event.subject ?? "student";
      view.counts = [event.done, event.total];
      return;
    case "step":
      view.subject = event.subject ?? "student";
      view.loss = event.loss;
      view.samplesPerSecond = smoothed(view.samplesPerSecond, event.samplesPerSecond);
      keepLoss(view, event.loss ?? Number.NaN);
      // The training of other networks reports progress by its own events.
      if (view.subject === "student" && view.facts.totalSteps !== undefined)
        view.counts = [event.step, view.facts.totalSteps];
      return;
    case "evaluation": {
      const { key } = taskOfMetrics(event.metrics);
      const measured = event.metrics[key];
      const ofStudent = (event.subject ?? "student") === "student";
      if (!ofStudent || event.split !== "validation" || typeof measured !== "number") return;
      view.key = [key, measured];
      if (event.best) view.best = view.key;
      return;
    }
    default:
      return;
  }
}

function keepLoss(view: RunView, loss: number): void {
  if (view.reports % view.stride === 0) view.losses.push(loss);
  view.reports += 1;
  if (view.losses.length <= mostLosses) return;
  view.losses = view.losses.filter((_, index) => index % 2 === 0);
  view.stride *= 2;
}

/** Exponential average: single steps vary too much, so each report has a weight of a tenth. */
function smoothed(before: number | undefined, now: number | null): number | undefined {
  if (now === null) return before;
  return before === undefined ? now : before + (now - before) / 10;
}
