import type { RunSummary } from "../../server/protocol.ts";
import { keyMetrics, tasks } from "../../server/tasks/tasks.ts";

/** What ranks runs first, then all of validation, by which they are chosen: a narrow panel shows the first columns. */
const order = [
  ...keyMetrics.flatMap((metric) => [`validation.${metric}`, `test.${metric}`]),
  ...["validation", "test"].flatMap((split) =>
    ["gapRecovered", ...Object.values(tasks).flatMap(({ shown }) => shown)].map(
      (metric) => `${split}.${metric}`,
    ),
  ),
];

/** Metrics of the student that at least one of the runs has, in the order of columns. */
export function metricNames(runs: readonly RunSummary[]): string[] {
  const names = new Set<string>();
  for (const { metrics } of runs) for (const name of Object.keys(metrics)) names.add(name);
  return [...new Set(order)].filter((name) => names.has(name) && !isAlwaysRight(name, runs));
}

/** With five classes or fewer, top-5 is always right. */
const isAlwaysRight = (name: string, runs: readonly RunSummary[]): boolean =>
  name.endsWith(".top5") && runs.every(({ metrics }) => (metrics[name] ?? 1) === 1);
