import type { Metrics, RunEvent, RunResult } from "../../schemas/run-event.gen.ts";

/** What a log has said so far. A growing log is folded in event by event, so it is read once. */
export interface LogFacts {
  startedAt: number | undefined;
  lastTime: number | undefined;
  phase: string | undefined;
  step: number;
  epoch: number | undefined;
  totalSteps: number | undefined;
  parameters: number | undefined;
  /**
   * By `<split>.<metric>` of the student and `<subject>.<split>.<metric>` of others. The latest of each; of others on
   * validation the best, which is what they are compared by.
   */
  metrics: Record<string, number>;
  /** The latest reports of the current phase, oldest first, for its pace: [time in ms, steps or samples done]. */
  pace: [time: number, done: number][];
  /** Steps or samples to be done in the current phase. */
  goal: number | undefined;
  /** As the last `progress` event said itself. */
  etaSeconds: number | undefined;
  /** That the trainer at work might not have enough memory. */
  memoryWarning: string | undefined;
  /** How the log ends, while it does. */
  end:
    | {
        state: "stopped" | "failed" | "completed";
        time: number;
        message: string | undefined;
        code?: string | undefined;
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
    pace: [],
    goal: undefined,
    etaSeconds: undefined,
    memoryWarning: undefined,
    end: undefined,
    result: undefined,
  };
}

/** The pace is measured over the last seconds: over a few quick steps it would jump about. */
const paceLength = 40;
const paceSpacingMs = 100;

/** Folds an event in. */
export function takeIn(facts: LogFacts, event: RunEvent): void {
  facts.lastTime = event.time;
  switch (event.type) {
    case "started":
      facts.startedAt ??= event.time;
      facts.step = event.step;
      facts.totalSteps = event.totalSteps;
      facts.parameters = event.parameters?.[event.subject ?? "student"] ?? facts.parameters;
      facts.pace = [];
      facts.memoryWarning = undefined;
      facts.end = undefined;
      return;
    case "phase":
      facts.phase = event.phase;
      facts.pace = [];
      facts.etaSeconds = undefined;
      return;
    case "progress":
      facts.phase = event.phase;
      facts.etaSeconds = event.etaSeconds ?? undefined;
      keepPace(facts, event.time, event.done, event.total);
      return;
    case "step":
      if (event.subject !== undefined && event.subject !== "student") return;
      facts.step = event.step;
      facts.epoch = event.epoch;
      facts.etaSeconds = undefined;
      keepPace(facts, event.time, event.step, facts.totalSteps);
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
      facts.end = { state: "stopped", time: event.time, message: event.reason };
      facts.step = event.step;
      return;
    case "failed":
      facts.end = { state: "failed", time: event.time, message: event.message, code: event.code };
      return;
    case "completed":
      facts.end = { state: "completed", time: event.time, message: undefined };
      takeResult(facts, event.summary);
      return;
    case "member":
      facts.startedAt ??= event.time;
      facts.end = undefined;
      return;
    case "swept":
      facts.end = { state: "completed", time: event.time, message: undefined };
      return;
    default:
      return;
  }
}

/** Seconds until the current phase is done, by the pace of its latest reports. */
export function etaSeconds({ pace, goal, etaSeconds: said }: LogFacts): number | undefined {
  const [first, last] = [pace.at(0), pace.at(-1)];
  if (said !== undefined || goal === undefined || first === undefined || last === undefined) return said;
  const done = last[1] - first[1];
  return done > 0 ? ((last[0] - first[0]) / 1000 / done) * Math.max(0, goal - last[1]) : undefined;
}

function keepPace(facts: LogFacts, time: number, done: number, goal: number | undefined): void {
  const { pace } = facts;
  const before = pace.at(-2);
  if (before !== undefined && time - before[0] < paceSpacingMs) pace.pop();
  pace.push([time, done]);
  if (pace.length > paceLength) pace.shift();
  facts.goal = goal;
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
  { teacher = {}, baselines = {}, gapRecovered }: NonNullable<RunResult["validation"]>,
): void {
  keep(into, `teacher.${split}`, teacher);
  for (const [name, metrics] of Object.entries(baselines)) keep(into, `${name}.${split}`, metrics);
  if (gapRecovered !== undefined) keep(into, split, { gapRecovered });
}

function keep(into: Record<string, number>, group: string, metrics: Metrics): void {
  for (const [name, value] of Object.entries(metrics)) {
    if (value === null) delete into[`${group}.${name}`];
    else into[`${group}.${name}`] = value;
  }
}
