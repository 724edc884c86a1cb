import type { RunSummary } from "../../../server/protocol.ts";
import { undominated } from "../../../server/statistics/undominated.ts";
import { metricOf } from "../../../server/tasks/tasks.ts";
import type { Column } from "./columns.ts";

/** Columns of what a run costs. */
const costs = new Set(["parameters", "latency", "FLOPs", "elapsed"]);

/**
 * The completed runs that no other one beats in cost, across, and a metric on validation, up, cheapest first; none where the columns
 * are others, or where all cost the same.
 */
export function frontLine(runs: readonly RunSummary[], [x, y]: readonly Column[]): RunSummary[] {
  if (x === undefined || y === undefined || !costs.has(x.id)) return [];
  const better = metricOf(y.id)?.better;
  // Nothing is chosen by the test split.
  if (better === undefined || !y.id.startsWith("validation.")) return [];
  const measured = runs.flatMap((run) => {
    const [cost, score] = [x.value(run), y.value(run)];
    const isOver = run.state === "completed" && run.sweep === undefined;
    return isOver && typeof cost === "number" && typeof score === "number" ? [{ run, cost, score }] : [];
  });
  if (new Set(measured.map(({ cost }) => cost)).size < 2) return [];
  const sign = better === "lower" ? 1 : -1;
  const front = undominated(measured, {
    cost: ({ cost }) => cost,
    compare: (a, b) => sign * (a.score - b.score),
  });
  return front.map(({ run }) => run);
}
