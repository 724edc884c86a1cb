import { multiLabelMetrics } from "./multiLabelMetrics.ts";
import type { Task } from "./task.ts";

/** Any number of labels a sample: each output of a network is the logit of one, and a sigmoid makes its probability. */
export const multiLabel = {
  labels: "any number of labels a sample",
  output: ["label", "labels"],
  labelLoss: "bce",
  activation: "sigmoid",
  metrics: {
    mAP: { better: "higher", format: "percent", words: "mean average precision", brief: "mAP" },
    microF1: { better: "higher", format: "percent", words: "micro F1" },
    macroF1: { better: "higher", format: "percent", words: "macro F1" },
    bce: { better: "lower", format: "number", words: "binary cross-entropy", brief: "BCE" },
    agreement: {
      better: "higher",
      format: "percent",
      words: "agreement with the teacher",
      brief: "agreement",
    },
  },
  key: "mAP",
  tie: "bce",
  shown: ["mAP", "microF1", "macroF1"],
  answers: 2,
  gain: { metric: "microF1", of: ([tp = 0, wrong = 0]) => (2 * tp) / (2 * tp + wrong) },
  accumulator: multiLabelMetrics,
} as const satisfies Task;
