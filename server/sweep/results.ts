import type { RunSummary } from "../protocol.ts";
import type { Settings } from "./expand.ts";

/** What came of one combination of a sweep's values, over its seeds. */
export interface Point {
  /** Without the seed. */
  readonly settings: Settings;
  readonly runs: readonly MemberResult[];
  readonly completed: number;
  /** Over the completed runs: metrics by `<split>.<metric>`, `gapRecovered`, `parameters` and `seconds`. */
  readonly results: Readonly<Record<string, Spread>>;
}

export interface MemberResult {
  readonly runId: string;
  readonly settings: Settings;
  /** undefined: it has not begun. */
  readonly summary: RunSummary | undefined;
}

export interface Spread {
  readonly mean: number;
  /** Of the sample (divided by n − 1); absent for a single run. */
  readonly std?: number;
  readonly count: number;
}

/** The combinations of a sweep in the order in which they were run. */
export function resultsOf(members: readonly MemberResult[]): Point[] {
  const groups = new Map<string, MemberResult[]>();
  for (const member of members) {
    const key = JSON.stringify(withoutSeed(member.settings));
    groups.set(key, [...(groups.get(key) ?? []), member]);
  }
  return [...groups.values()].map((runs) => {
    const done = runs.flatMap(({ summary }) => (summary?.state === "completed" ? [summary] : []));
    const numbers = done.map(({ metrics, gapRecovered, parameters, elapsedSeconds }) => ({
      ...metrics,
      ...(gapRecovered === undefined ? {} : { gapRecovered }),
      ...(parameters === undefined ? {} : { parameters }),
      seconds: elapsedSeconds,
    }));
    const names = new Set(numbers.flatMap(Object.keys));
    const results = [...names].map((name) => {
      const values = numbers.flatMap((own: Readonly<Record<string, number>>) => own[name] ?? []);
      return [name, spreadOf(values)] as const;
    });
    return {
      settings: withoutSeed(runs[0]?.settings ?? {}),
      runs,
      completed: done.length,
      results: Object.fromEntries(results),
    };
  });
}

/** The combination that did best on validation, the test split being for reading only. */
export function bestPoint(points: readonly Point[]): Point | undefined {
  const measured = points.filter(({ results }) => results["validation.accuracy"] !== undefined);
  const accuracy = ({ results }: Point) => results["validation.accuracy"]?.mean ?? 0;
  const nll = ({ results }: Point) => results["validation.nll"]?.mean ?? 0;
  return measured.sort((a, b) => accuracy(b) - accuracy(a) || nll(a) - nll(b))[0];
}

export function spreadOf(values: readonly number[]): Spread {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count < 2) return { mean, count };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  return { mean, std: Math.sqrt(variance), count };
}

function withoutSeed({ seed: _, ...others }: Settings): Settings {
  return others;
}
