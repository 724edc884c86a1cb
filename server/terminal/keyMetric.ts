import type { RunSummary } from "../protocol.ts";
import { percent } from "./wording.ts";

/**
 * The accuracy that a run is judged by, with its split. Of a sweep and its runs that is validation's, as the sweep is
 * chosen by it; the test split's stands beside it where a sweep has read it.
 */
export function keyMetricText({ metrics, sweep, member }: RunSummary, first?: "test"): string {
  const splits = first === undefined && (sweep || member) ? ["validation", "test"] : ["test", "validation"];
  const known = splits.filter((split) => metrics[`${split}.accuracy`] !== undefined);
  const said = known
    .slice(0, sweep ? 2 : 1)
    .map((split) => `${split} ${percent(metrics[`${split}.accuracy`])}`);
  return said.join(", ") || "–";
}
