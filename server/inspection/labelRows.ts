import { percent } from "../grouped.ts";
import type { InspectedNetwork, LabelOutcome, LabelOverview } from "../protocol.ts";

export const outcomeWords: Readonly<Record<LabelOutcome, string>> = {
  tp: "rightly given",
  fp: "wrongly given",
  fn: "missed",
  tn: "rightly not given",
};

export const outcomes = Object.keys(outcomeWords) as LabelOutcome[];

/** So many labels are listed. */
export const mostLabels = 500;

/** What a network makes of a label, with the shares that follow from the counts. */
interface LabelRow {
  readonly name: string;
  readonly threshold: string;
  readonly counts: Readonly<Record<LabelOutcome, number>>;
  readonly precision: string;
  readonly recall: string;
}

export const labelRows = (
  { labels, thresholds, counts }: LabelOverview,
  network: InspectedNetwork,
): readonly LabelRow[] =>
  labels.slice(0, mostLabels).map((name, index) => {
    const own = counts[network]?.[index] ?? { tp: 0, fp: 0, fn: 0, tn: 0 };
    return {
      name,
      threshold: String(thresholds[index] ?? 0.5),
      counts: own,
      precision: percent(own.tp / (own.tp + own.fp), 1),
      recall: percent(own.tp / (own.tp + own.fn), 1),
    };
  });
