import type { RunSummary } from "../../server/protocol.ts";
import { seedsDifferenceText } from "../../server/statistics/differenceText.ts";
import { spreadOf } from "../../server/statistics/spread.ts";
import { gainName, taskOfSplits } from "../../server/tasks/tasks.ts";

/**
 * Gain of the students of several seeds over the student alone, as in `on test: +1.20 points, 95 % [+0.40, +2.00],
 * Student's t over 5 seeds`: on test where all compared runs have read it, else on validation. Undefined for fewer than
 * two.
 */
export function seedsGain(runs: readonly Pick<RunSummary, "gain" | "metrics">[]): string | undefined {
  const compared = runs.filter(({ gain }) => gain !== undefined);
  const split = compared.every(({ gain }) => gain?.split === "test") ? "test" : "validation";
  const metric = taskOfSplits(compared[0]?.metrics ?? {}).gain?.metric;
  const gains = compared.flatMap(({ metrics }) => metrics[`${split}.${gainName(metric)}`] ?? []);
  const words = gains.length < 2 ? undefined : seedsDifferenceText(spreadOf(gains, gainName(metric)), metric);
  return words && `on ${split}: ${words}`;
}
