import { targetsOf } from "./targets.ts";
import type { MetricOptions, MetricsAccumulator } from "./task.ts";

/**
 * - `mAP`: the mean of the labels' average precision, Σ_n (R_n − R_(n−1)) · P_n over the ranks at which scores differ, without
 *   interpolation. A label that no sample has is left out.
 * - `microF1`: F1 of all labels together, 2 tp / (2 tp + fp + fn). `macroF1`: the mean of that of each label that occurs or is given.
 *   A label is given from its threshold on.
 * - `bce`: mean binary cross-entropy over samples and labels. `agreement`: share of the labels of which student and teacher say
 *   the same.
 *
 * Definitions are scikit-learn's (`zero_division` NaN). Collected in float64; scores are kept, as average precision has to
 * sort them. Kept of each sample: its tp, and its fp + fn.
 */
export function multiLabelMetrics(outputs: number, { threshold }: MetricOptions = {}): MetricsAccumulator {
  const each = Array.from({ length: outputs }, (_, k) => ({
    from: givenFrom(threshold, k),
    scores: [] as number[],
    has: [] as boolean[],
    tp: 0,
    wrong: 0,
  }));
  const totals = { count: 0, bce: 0, same: 0, compared: 0 };

  return {
    add(batch) {
      const { logits, labels, teacher } = batch;
      const targets = targetsOf(batch, outputs, "logits");
      const answers = new Float32Array(2 * labels.length);
      for (let i = 0; i < labels.length; i++) {
        totals.count++;
        let [tp, wrong] = [0, 0];
        for (const [k, it] of each.entries()) {
          const [logit, target] = [logits[i * outputs + k] as number, targets[i * outputs + k] as number];
          const has = target > 0.5;
          const isGiven = logit >= it.from;
          it.scores.push(logit);
          it.has.push(has);
          if (has && isGiven) tp++;
          if (has !== isGiven) wrong++;
          if (has && isGiven) it.tp++;
          if (has !== isGiven) it.wrong++;
          totals.bce += Math.max(logit, 0) - logit * target + Math.log1p(Math.exp(-Math.abs(logit)));
          if (!teacher) continue;
          totals.compared++;
          if ((teacher[i * outputs + k] as number) >= it.from === isGiven) totals.same++;
        }
        answers.set([tp, wrong], 2 * i);
      }
      return answers;
    },
    result() {
      const { count, bce, same, compared } = totals;
      const precisions = each.map(averagePrecision).filter((value) => value !== undefined);
      const tp = each.reduce((sum, it) => sum + it.tp, 0);
      const wrong = each.reduce((sum, it) => sum + it.wrong, 0);
      const present = each.filter((it) => it.tp + it.wrong > 0);
      return {
        metrics: {
          mAP: meanOf(precisions),
          microF1: f1({ tp, wrong }),
          macroF1: meanOf(present.map(f1)),
          bce: bce / (count * outputs),
          ...(compared > 0 ? { agreement: same / compared } : {}),
        },
      };
    },
  };
}

/** Probability from which a label is given. */
export const thresholdOf = (threshold: MetricOptions["threshold"], label: number): number =>
  (typeof threshold === "number" ? threshold : threshold?.[label]) ?? 0.5;

/** The logit of it: σ(z) ≥ p where z ≥ log(p / (1 − p)). */
export function givenFrom(threshold: MetricOptions["threshold"], label: number): number {
  const p = thresholdOf(threshold, label);
  return Math.log(p / (1 - p));
}

const f1 = ({ tp, wrong }: { readonly tp: number; readonly wrong: number }): number =>
  (2 * tp) / (2 * tp + wrong);

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Undefined of a label that no sample has. */
function averagePrecision({
  scores,
  has,
}: {
  readonly scores: readonly number[];
  readonly has: readonly boolean[];
}): number | undefined {
  const positives = has.filter(Boolean).length;
  if (positives === 0) return undefined;
  const order = Float64Array.from(scores.keys()).sort(
    (a, b) => (scores[b] as number) - (scores[a] as number),
  );
  let [found, before, sum] = [0, 0, 0];
  for (let rank = 0; rank < order.length; rank++) {
    const at = order[rank] as number;
    if (has[at]) found++;
    // Equal scores are one rank.
    if (rank + 1 < order.length && scores[order[rank + 1] as number] === scores[at]) continue;
    sum += ((found - before) / positives) * (found / (rank + 1));
    before = found;
  }
  return sum;
}
