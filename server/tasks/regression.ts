import { regressionMetrics } from "./regressionMetrics.ts";
import type { Task } from "./task.ts";

/** Real numbers, one or several a sample: the outputs of a network are these numbers. */
export const regression = {
  labels: "real numbers",
  output: ["number", "numbers"],
  labelLoss: "mse",
  metrics: {
    rmse: { better: "lower", format: "number", words: "root mean squared error", brief: "RMSE" },
    mae: { better: "lower", format: "number", words: "mean absolute error", brief: "MAE" },
    r2: { better: "higher", format: "number", words: "R²" },
    teacherRmse: {
      better: "lower",
      format: "number",
      words: "root mean squared distance to the teacher",
      brief: "RMSE to the teacher",
    },
  },
  key: "rmse",
  tie: "mae",
  shown: ["rmse", "mae", "r2"],
  answers: 1,
  gain: { metric: "rmse", of: ([squared = 0], samples) => Math.sqrt(squared / samples) },
  accumulator: regressionMetrics,
} as const satisfies Task;
