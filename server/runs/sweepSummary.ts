import type { Job } from "../../schemas/run-files.gen.ts";
import type { GainSummary, RunState, RunSummary, RunWarning } from "../protocol.ts";
import { seedsDifferenceText } from "../statistics/differenceText.ts";
import { answerText } from "../sweep/answer.ts";
import { slowText } from "../sweep/leftOut.ts";
import {
  bestPoint,
  byValidation,
  isSettled,
  isTestLeft,
  isTrained,
  meansOf,
  type Point,
  resultsOf,
} from "../sweep/results.ts";
import { gainName, taskOfSplits } from "../tasks/tasks.ts";
import type { LogFacts } from "./logFacts.ts";

/** State of a sweep, from its own log and its members' states. */
export function sweepSummary(
  { identity, job, facts, own, damage = [] }: SweepRead,
  begun: readonly RunSummary[],
): RunSummary {
  const { members = [], planned: total = members.length } = job;
  const ended = (state: RunState) => begun.filter((run) => run.state === state).length;
  const completed = begun.filter(isSettled).length;
  const points = resultsOf(
    begun.map((summary) => ({ runId: summary.id, settings: summary.member?.settings ?? {}, summary })),
  );
  const best = bestPoint(points);
  const answer = answerText(points, job.tolerance);
  const gain = gainOf(points.length === 1 ? points[0] : best);
  // The best is read last, of those that are chosen.
  const isTestRead = !best?.runs.some(({ summary }) => isTestLeft(summary)) && !begun.some(isBeingRead);
  const state = stateOf(own, completed === total && isTestRead);
  const running = begun.filter((run) => run.state === "running" && !run.queued);
  const queued = begun.filter((run) => run.queued).length;
  const [current] = running;
  const changed = begun.flatMap((run) =>
    (run.changed ?? []).map((words) => `run ${run.member?.index} ${words}`),
  );
  const slow = slowText(job.latency);
  const ofBudget = slow === undefined ? [] : [{ code: "sweep-budget", message: slow }];
  const warnings = [...damage, ...ofBudget, ...warningsOf(begun)];
  const waiting = begun.filter((run) => run.member?.rung !== undefined && !isSettled(run));
  // How many go on, and how far, is not known.
  const isHalving = begun.some((run) => run.member?.rung !== undefined);
  const eta = state === "running" && !isHalving && queued === 0 ? etaSeconds(begun, total) : undefined;
  return {
    ...identity,
    state,
    elapsedSeconds: begun.reduce((sum, { elapsedSeconds }) => sum + elapsedSeconds, 0),
    step: completed,
    totalSteps: total,
    metrics: best ? measuresOf(best) : {},
    ...(state === "running" ? progressOf(completed, { running, waiting, total }) : {}),
    ...(changed.length === 0 ? {} : { changed }),
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(gain === undefined ? {} : { gain }),
    ...(eta === undefined ? {} : { etaSeconds: eta }),
    ...(state === "completed" || state === "running" ? {} : messageOf(state, facts)),
    sweep: {
      total,
      completed,
      failed: ended("failed"),
      parameters: [...new Set(members.flatMap(({ settings }) => Object.keys(settings)))],
      members: begun.map((run) => run.directory),
      ...(current && { current: current.directory }),
      turn: running.at(-1)?.member?.index ?? Math.min(completed + 1, total),
      ...(queued > 0 ? { queued } : {}),
      ...(running.length > 1 ? { running: running.length } : {}),
      ...(best && { best: bestRunOf(best).directory }),
      ...(state === "completed" && answer !== undefined ? { answer } : {}),
    },
  };
}

const isBeingRead = (run: RunSummary): boolean => run.member?.test === "asked" && isTestLeft(run);

/** The part of a summary that does not change during the run. */
export type RunIdentity = Pick<RunSummary, "id" | "directory" | "experiment" | "name" | "startedAt">;

export interface SweepRead {
  readonly identity: RunIdentity;
  readonly job: Job;
  readonly facts: LogFacts;
  /** By its own log and lock only. */
  readonly own: RunState;
  /** Of its own log. */
  readonly damage?: readonly RunWarning[];
}

/** A member resumed by itself may have completed the sweep since, and a deleted one reopens it. */
function stateOf(own: RunState, isWhole: boolean): RunState {
  if (own === "running") return own;
  if (isWhole) return "completed";
  return own === "completed" ? "interrupted" : own;
}

/** Over the seeds of the chosen combination, or of the only one. */
function gainOf(point: Point | undefined): GainSummary | undefined {
  const metric = taskOfSplits(point?.results ?? {}).gain?.metric;
  const name = gainName(metric);
  const split = point?.results[`test.${name}`] === undefined ? "validation" : "test";
  const spread = point?.results[`${split}.${name}`];
  const text = spread && seedsDifferenceText(spread, metric);
  return text === undefined
    ? undefined
    : { split, brief: `on ${split}: ${text}`, text: `on ${split}: ${text}` };
}

/** Each kind once, with the message of the first run that has it. */
function warningsOf(begun: readonly RunSummary[]): RunWarning[] {
  const kinds = new Map<string, { readonly message: string; runs: number }>();
  for (const { warnings = [] } of begun) {
    for (const code of new Set(warnings.map((warning) => warning.code))) {
      const message = warnings.find((warning) => warning.code === code)?.message ?? "";
      kinds.set(code, {
        message: kinds.get(code)?.message ?? message,
        runs: (kinds.get(code)?.runs ?? 0) + 1,
      });
    }
  }
  return [...kinds].map(([code, { message, runs }]) => ({
    code,
    message: begun.length === 1 ? message : `${message} (${runs} of ${begun.length} runs)`,
  }));
}

const messageOf = (state: RunState, { end }: LogFacts): { message?: string; hint?: string } => {
  if (state === "interrupted")
    return { message: "The sweep ended without an error message; resume trains the missing runs." };
  if (end?.message === undefined) return {};
  return { message: end.message, ...(end.hint === undefined ? {} : { hint: end.hint }) };
};

/** Means of the metrics over the seeds. */
function measuresOf(point: Point): RunSummary["metrics"] {
  const { parameters: _, latencyMs: __, seconds: ___, ...metrics } = meansOf(point);
  return metrics;
}

function bestRunOf({ runs }: Point): RunSummary {
  const trained = runs.flatMap(({ summary }) => (summary && isTrained(summary) ? [summary] : []));
  return trained.sort((a, b) => byValidation(a.metrics, b.metrics))[0] as RunSummary;
}

/** Each run counts the same; a run whose test split is being read is trained. */
function progressOf(
  trained: number,
  {
    running,
    waiting,
    total,
  }: {
    readonly running: readonly RunSummary[];
    readonly waiting: readonly RunSummary[];
    readonly total: number;
  },
): Pick<RunSummary, "progress" | "doing"> {
  const areRead = running.some(({ member }) => member?.test === "asked");
  const stood = waiting.reduce((sum, { step, totalSteps = step }) => sum + step / Math.max(1, totalSteps), 0);
  const own = areRead ? 0 : running.reduce((sum, { progress = 0 }) => sum + progress, stood);
  return {
    progress: Math.min(0.99, (trained + own) / total),
    ...(areRead ? { doing: "evaluating the best on the test split" } : {}),
  };
}

/** Each remaining run is assumed to take as long as the completed ones on average, as many at a time as now. */
function etaSeconds(begun: readonly RunSummary[], total: number): number | undefined {
  const done = begun.filter(({ state }) => state === "completed");
  const running = begun.filter(({ state }) => state === "running");
  const spent = done.reduce((sum, { elapsedSeconds }) => sum + elapsedSeconds, 0);
  const [first] = running;
  const whole = first?.etaSeconds === undefined ? undefined : first.elapsedSeconds + first.etaSeconds;
  const each = done.length > 0 ? spent / done.length : whole;
  if (each === undefined) return undefined;
  const waiting = total - begun.filter(({ state }) => state !== "interrupted").length;
  const left = running.map((run) => run.etaSeconds ?? Math.max(0, each - run.elapsedSeconds));
  if (waiting === 0) return Math.max(0, ...left);
  return (waiting * each + left.reduce((sum, seconds) => sum + seconds, 0)) / Math.max(1, running.length);
}
