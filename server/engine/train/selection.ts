import type { Metrics } from "../../../schemas/run-event.gen.ts";
import { isFalling, taskOfMetrics } from "../../tasks/tasks.ts";

/** `tied`: as good by the metric itself, and better by likelihood. */
export type Standing = "better" | "tied" | "not";

/**
 * Compares `metrics` with the best so far. On a small validation split many checkpoints have the same accuracy, and the first
 * is rarely the best: among equals the one with the better `tie` of its task is kept, the lower NLL. Early stopping counts only `better`.
 */
export function compare(metric: string, metrics: Metrics, best: Metrics | undefined): Standing {
  const value = finite(metrics[metric]);
  if (best === undefined) return "better";
  const before = finite(best[metric]);
  if (value === undefined) return "not";
  if (before === undefined || (isFalling(metric) ? value < before : value > before)) return "better";
  const { tie } = taskOfMetrics(metrics);
  const lesser = (measured: Metrics) => (isFalling(tie) ? 1 : -1) * (measured[tie] ?? Number.NaN);
  return value === before && lesser(metrics) < lesser(best) ? "tied" : "not";
}

const finite = (value: number | null | undefined): number | undefined => value ?? undefined;
