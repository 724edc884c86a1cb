import type { RunSummary } from "../protocol.ts";
import { type Spread, spreadsOf } from "../statistics/spread.ts";
import { isFalling, taskOfSplits } from "../tasks/tasks.ts";
import type { Settings } from "./expand.ts";

/** Results of one combination of a sweep's values over its seeds. */
export interface Point {
  /** Without the seed. */
  readonly settings: Settings;
  readonly runs: readonly MemberResult[];
  readonly completed: number;
  /** Over completed runs: metrics by `<split>.<metric>`, `parameters`, `latencyMs` and `seconds`. */
  readonly results: Readonly<Record<string, Spread>>;
}

export interface MemberResult {
  readonly runId: string;
  readonly settings: Settings;
  /** undefined: not begun yet. */
  readonly summary: RunSummary | undefined;
}

/** A sweep's combinations in the order of training. */
export function resultsOf(members: readonly MemberResult[]): Point[] {
  const groups = new Map<string, MemberResult[]>();
  for (const member of members) {
    const key = JSON.stringify(withoutSeed(member.settings));
    groups.set(key, [...(groups.get(key) ?? []), member]);
  }
  return [...groups].map(([settings, runs]) => {
    const done = runs.flatMap(({ summary }) => (summary && isTrained(summary) ? [summary] : []));
    const numbers = done.map(({ metrics, parameters, latencyMs, elapsedSeconds }) => ({
      ...metrics,
      ...(parameters === undefined ? {} : { parameters }),
      ...(latencyMs === undefined ? {} : { latencyMs }),
      seconds: elapsedSeconds,
    }));
    return {
      settings: JSON.parse(settings) as Settings,
      runs,
      completed: done.length,
      results: spreadsOf(numbers),
    };
  });
}

/** A run that is opened again to read its test split counts as trained, however that ends. */
export const isTrained = ({ state, member }: RunSummary): boolean =>
  state === "completed" || member?.test === "asked";

/** Whether its sweep has done with a run but for the test split. */
export const isSettled = (run: RunSummary): boolean => isTrained(run) || run.member?.halved === true;

/** Whether a run that its sweep has chosen still has to read its test split. */
export const isTestLeft = (run: RunSummary | undefined): boolean =>
  run?.member?.test === "held" || (run?.member?.test === "asked" && run.state !== "completed");

/** The combination with the best validation results; the test split does not choose. */
export function bestPoint(points: readonly Point[]): Point | undefined {
  return points
    .filter(({ results }) => results[`validation.${taskOfSplits(results).key}`] !== undefined)
    .sort((a, b) => byValidation(meansOf(a), meansOf(b)))[0];
}

/**
 * Best first, without validation last. With equal accuracies the lower NLL is better, as for checkpoints, and likewise
 * in other tasks; means that differ in their last bits are equal.
 */
export function byValidation(a: Measured, b: Measured): number {
  const { key, tie } = taskOfSplits({ ...a, ...b });
  const lesser = (measured: Measured, metric: string) => {
    const value = measured[`validation.${metric}`];
    return value === undefined ? Number.MAX_VALUE : isFalling(metric) ? value : -value;
  };
  const inDigits = (value: number) => Number(value.toPrecision(12));
  return inDigits(lesser(a, key)) - inDigits(lesser(b, key)) || lesser(a, tie) - lesser(b, tie);
}

type Measured = Readonly<Record<string, number>>;

export const meansOf = ({ results }: Point): Measured =>
  Object.fromEntries(Object.entries(results).map(([name, { mean }]) => [name, mean]));

function withoutSeed({ seed: _, ...others }: Settings): Settings {
  return others;
}
