import type { InspectedNetwork, LabelOutcome } from "../protocol.ts";
import type { SplitAnswers, SplitOutputs } from "../statistics/splitAnswers.ts";
import { givenFrom, thresholdOf } from "../tasks/multiLabelMetrics.ts";
import { errorRanks, gainSets } from "./errorRanks.ts";
import type { Inspector, Rank } from "./inspector.ts";

/** Of any number of labels a sample: a network is the more wrong, the more labels it gives that a sample lacks, or the other way round. */
export function labelInspector(
  { labels: { length: samples }, classes }: SplitAnswers,
  { targets, given, threshold }: SplitOutputs,
  names: readonly string[] | undefined,
): Inspector {
  const labels = Array.from({ length: classes }, (_, index) => names?.[index] ?? String(index));
  const from = Float64Array.from(labels, (_, label) => givenFrom(threshold, label));
  const has = (k: number, label: number) => (targets[k * classes + label] as number) > 0.5;
  const gives = (logits: Float32Array | undefined, k: number, label: number) =>
    (logits?.[k * classes + label] as number) >= (from[label] as number);
  const outcome = (logits: Float32Array | undefined, k: number, label: number): LabelOutcome =>
    has(k, label) ? (gives(logits, k, label) ? "tp" : "fn") : gives(logits, k, label) ? "fp" : "tn";
  /** How many labels of each sample are so. */
  const counted = (isSo: (k: number, label: number) => boolean): Rank => {
    const counts = new Int32Array(samples);
    for (let k = 0; k < samples; k++)
      for (let label = 0; label < classes; label++) if (isSo(k, label)) counts[k] = (counts[k] as number) + 1;
    return (k) => counts[k] as number;
  };
  const wrong = Object.fromEntries(
    Object.entries(given).map(([network, logits]) => [
      network,
      counted((k, label) => has(k, label) !== gives(logits, k, label)),
    ]),
  );
  const { student, teacher } = given;
  const apart =
    student && teacher && counted((k, label) => gives(student, k, label) !== gives(teacher, k, label));
  const errors = { student: wrong["student"], studentAlone: wrong["studentAlone"], apart };
  const listed = (isSo: (label: number) => boolean) =>
    labels.filter((_, label) => isSo(label)).join(", ") || "none";
  return {
    overview: {
      task: "multiLabel",
      labels,
      thresholds: labels.map((_, label) => thresholdOf(threshold, label)),
      counts: Object.fromEntries(
        Object.entries(given).map(([network, logits]) => [
          network,
          labels.map((_, label) => {
            const counts = { tp: 0, fp: 0, fn: 0, tn: 0 };
            for (let k = 0; k < samples; k++) counts[outcome(logits, k, label)]++;
            return counts;
          }),
        ]),
      ),
    },
    sets: () => ({
      ...(apart ? { disagreements: (k) => apart(k) > 0 } : {}),
      ...gainSets(errors),
      ...(errors.student ? { wrong: (k) => (errors.student?.(k) ?? 0) > 0 } : {}),
      all: () => true,
    }),
    inCell: (cell) => (k) =>
      "outcome" in cell &&
      cell.label < classes &&
      given[cell.network] !== undefined &&
      outcome(given[cell.network], k, cell.label) === cell.outcome,
    ranks: ({ cell }) => errorRanks({ ...errors, ...(cell ? { student: wrong[cell.network] } : {}) }),
    said: (k) => ({
      truth: listed((label) => has(k, label)),
      predicted: Object.fromEntries(
        Object.entries(given).map(([network, logits]) => {
          const mistakes = wrong[network as InspectedNetwork]?.(k) ?? 0;
          return [
            network,
            {
              words: listed((label) => gives(logits, k, label)),
              ...(mistakes === 0 ? {} : { note: `${mistakes} wrong` }),
              isRight: mistakes === 0,
            },
          ];
        }),
      ),
    }),
  };
}
