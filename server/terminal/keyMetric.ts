import type { RunSummary } from "../protocol.ts";
import { metricText } from "../tasks/metricText.ts";
import { taskOfSplits } from "../tasks/tasks.ts";

/** Of a run that has not been measured. */
export const none = "–";

/**
 * The key metric of a run, with its split. For a sweep and its runs it is validation's, which selects; with the test split's
 * where a sweep has read it.
 */
export function keyMetricText({ metrics, sweep, member }: RunSummary, first?: "test"): string {
  const splits = first === undefined && (sweep || member) ? ["validation", "test"] : ["test", "validation"];
  const { key } = taskOfSplits(metrics);
  const known = splits.filter((split) => metrics[`${split}.${key}`] !== undefined);
  const parts = known
    .slice(0, sweep ? 2 : 1)
    .map((split) => `${split} ${metricText(key, metrics[`${split}.${key}`])}`);
  return parts.join(", ") || none;
}
