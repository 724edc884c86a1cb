import type { Task } from "./task.ts";

/** One class a sample. */
export const classification = {
  metrics: {
    accuracy: { better: "higher", form: "percent", words: "accuracy" },
    top5: { better: "higher", form: "percent", words: "top-5 accuracy" },
    nll: { better: "lower", form: "number", words: "negative log-likelihood", brief: "NLL" },
    ece: { better: "lower", form: "share", words: "calibration error", brief: "ECE" },
    brier: { better: "lower", form: "number", words: "Brier score" },
    agreement: { better: "higher", form: "share", words: "agreement with the teacher", brief: "agreement" },
    macroF1: { better: "higher", form: "share", words: "macro F1" },
    macroF1AllClasses: { better: "higher", form: "share", words: "macro F1 (all classes)" },
  },
  key: "accuracy",
  tie: "nll",
  shown: ["accuracy", "nll", "ece"],
} as const satisfies Task;
