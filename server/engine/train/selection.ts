import type { Metrics } from "../../../schemas/run-event.gen.ts";

/** Metrics that get better by falling. */
const falling: ReadonlySet<string> = new Set(["nll", "ece", "brier"]);

/** Whether `metrics` beat the best so far. A tie does not: the earlier weights stay. */
export function improves(metric: string, metrics: Metrics, best: Metrics | undefined): boolean {
  const value = metrics[metric];
  if (value === undefined || value === null) return best === undefined;
  const before = best?.[metric];
  if (before === undefined || before === null) return true;
  return falling.has(metric) ? value < before : value > before;
}
