import type { Metrics, RunEvent, RunResult, Subject } from "../../schemas/run-event.gen.ts";
import { gainName } from "../tasks/tasks.ts";
import { noWork, type RunWork, takeWork } from "./runProgress.ts";

/** Facts of a log. A growing log is folded in event by event, so it is read once. */
export interface LogFacts {
  startedAt: number | undefined;
  lastTime: number | undefined;
  phase: string | undefined;
  step: number;
  epoch: number | undefined;
  totalSteps: number | undefined;
  parameters: number | undefined;
  /**
   * By `<split>.<metric>` of the student and `<subject>.<split>.<metric>` of others. The latest of each; for others on
   * validation the best, by which they are compared.
   */
  metrics: Record<string, number>;
  /** Whose training or evaluation the phase is. */
  subject: Subject | undefined;
  work: RunWork;
  /** Warning that the current trainer might not have enough memory. */
  memoryWarning: string | undefined;
  /** The end event, while it is the log's last. */
  end:
    | {
        state: "stopped" | "failed" | "completed";
        time: number;
        message: string | undefined;
        code?: string | undefined;
        hint?: string | undefined;
        rung?: number | undefined;
        halved?: true | undefined;
      }
    | undefined;
  result: RunResult | undefined;
}

export function noFacts(): LogFacts {
  return {
    startedAt: undefined,
    lastTime: undefined,
    phase: undefined,
    step: 0,
    epoch: undefined,
    totalSteps: undefined,
    parameters: undefined,
    metrics: {},
    subject: undefined,
    work: noWork(),
    memoryWarning: undefined,
    end: undefined,
    result: undefined,
  };
}

/** Folds an event in. */
export function takeIn(facts: LogFacts, event: RunEvent): void {
  // The sweep says that it does not go on with a run when its trainer has ended.
  if (event.type !== "stopped" || !event.halved) facts.lastTime = event.time;
  // A trainer that another one has written beside warns of that even behind its end.
  if (event.type !== "warning") facts.end = undefined;
  takeWork(facts.work, event);
  switch (event.type) {
    case "started":
      facts.startedAt ??= event.time;
      facts.step = event.step;
      facts.totalSteps = event.totalSteps;
      facts.parameters = event.parameters?.[event.subject ?? "student"] ?? facts.parameters;
      facts.memoryWarning = undefined;
      return;
    case "phase":
    case "progress":
      facts.phase = event.phase;
      facts.subject = event.subject;
      return;
    case "step":
      if (event.subject !== undefined && event.subject !== "student") return;
      // The event of this phase may be in the part of a long log that is not read.
      facts.phase = "train";
      facts.subject = undefined;
      facts.step = event.step;
      facts.epoch = event.epoch;
      keep(facts.metrics, "train", { loss: event.loss });
      return;
    case "evaluation":
      if (subjectOf(event) === "student") keep(facts.metrics, event.split, event.metrics);
      else if (event.best !== false) keep(facts.metrics, `${subjectOf(event)}.${event.split}`, event.metrics);
      return;
    case "warning":
      if (event.code === "memory-tight") facts.memoryWarning = event.message;
      return;
    case "stopped":
      facts.end = {
        state: "stopped",
        time: event.time,
        message: event.reason,
        ...(event.rung === undefined ? {} : { rung: event.rung }),
        ...(event.halved ? { halved: event.halved } : {}),
      };
      facts.step = event.step;
      return;
    case "failed":
      facts.end = {
        state: "failed",
        time: event.time,
        message: event.message,
        code: event.code,
        hint: event.hint,
      };
      return;
    case "completed":
      facts.end = { state: "completed", time: event.time, message: undefined };
      takeResult(facts, event.summary);
      return;
    case "member":
    case "submitted":
      facts.startedAt ??= event.time;
      return;
    case "swept":
      facts.end = { state: "completed", time: event.time, message: undefined };
      return;
    default:
      return;
  }
}

function subjectOf({ subject }: { subject?: string }): string {
  return subject ?? "student";
}

function takeResult(facts: LogFacts, result: RunResult): void {
  facts.result = result;
  facts.step = result.steps;
  facts.epoch = result.epochs;
  facts.parameters = result.parameters;
  if (result.best !== undefined) keep(facts.metrics, "validation", result.best.metrics);
  if (result.test !== undefined) keep(facts.metrics, "test", result.test);
  keepComparison(facts.metrics, result.test === undefined ? "validation" : "test", result);
  keepComparison(facts.metrics, "validation", result.validation ?? {});
}

/** What the student is compared with on a split. */
function keepComparison(
  into: Record<string, number>,
  split: "validation" | "test",
  { teacher = {}, baselines = {}, gain, gapRecovered }: NonNullable<RunResult["validation"]>,
): void {
  keep(into, `teacher.${split}`, teacher);
  for (const [name, metrics] of Object.entries(baselines)) keep(into, `${name}.${split}`, metrics);
  if (gain !== undefined) keep(into, split, { [gainName(gain.metric)]: gain.difference });
  if (gapRecovered !== undefined) keep(into, split, { gapRecovered });
}

function keep(into: Record<string, number>, group: string, metrics: Metrics): void {
  for (const [name, value] of Object.entries(metrics)) {
    if (value === null) delete into[`${group}.${name}`];
    else into[`${group}.${name}`] = value;
  }
}
