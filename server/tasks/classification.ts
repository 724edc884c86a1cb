import { metricsAccumulator } from "./classificationMetrics.ts";
import type { Task } from "./task.ts";

/** One class a sample: the outputs of a network are logits, and a softmax makes probabilities of them. */
export const classification = {
  labels: "one class a sample",
  output: ["class", "classes"],
  labelLoss: "ce",
  activation: "softmax",
  metrics: {
    accuracy: { better: "higher", format: "percent", words: "accuracy" },
    top5: { better: "higher", format: "percent", words: "top-5 accuracy" },
    nll: { better: "lower", format: "number", words: "negative log-likelihood", brief: "NLL" },
    ece: { better: "lower", format: "percent", words: "calibration error", brief: "ECE" },
    brier: { better: "lower", format: "number", words: "Brier score" },
    agreement: {
      better: "higher",
      format: "percent",
      words: "agreement with the teacher",
      brief: "agreement",
    },
    macroF1: { better: "higher", format: "percent", words: "macro F1" },
    macroF1AllClasses: { better: "higher", format: "percent", words: "macro F1 (all classes)" },
  },
  key: "accuracy",
  tie: "nll",
  shown: ["accuracy", "nll", "ece"],
  answers: 1,
  accumulator: metricsAccumulator,
} as const satisfies Task;
