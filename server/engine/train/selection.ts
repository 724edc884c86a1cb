import type { Metrics } from "../../../schemas/run-event.gen.ts";

/** Metrics that are better when lower. */
const falling: ReadonlySet<string> = new Set(["nll", "ece", "brier"]);

/** `tied`: as good by the metric itself, and better by likelihood. */
export type Standing = "better" | "tied" | "not";

/**
 * Compares `metrics` with the best so far. On a small validation split many checkpoints have the same accuracy, and the first
 * is rarely the best: among equals the lower NLL is kept. Early stopping counts only `better`.
 */
export function compare(metric: string, metrics: Metrics, best: Metrics | undefined): Standing {
  const value = finite(metrics[metric]);
  if (best === undefined) return "better";
  const before = finite(best[metric]);
  if (value === undefined) return "not";
  if (before === undefined || (falling.has(metric) ? value < before : value > before)) return "better";
  const nll = (measured: Metrics) => measured["nll"] ?? Number.NaN;
  return value === before && nll(metrics) < nll(best) ? "tied" : "not";
}

const finite = (value: number | null | undefined): number | undefined => value ?? undefined;
