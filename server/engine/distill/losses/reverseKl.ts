import { div, logSoftmax, mean, mul, softmax, sub, sum, type Tensor } from "@tensorflow/tfjs-core";
import type { ValuesOf } from "../../../parameters/parameter.ts";
import { temperature } from "./arguments.ts";
import { logitLoss } from "./logitLoss.ts";
import { timesSquared } from "./temperatureSchedule.ts";

const parameters = { temperature: temperature(3) };

/**
 * Reverse Kullback–Leibler divergence, as in Agarwal et al. 2024 (GKD), section 2:
 *
 *     T² · mean over the batch of Σ_c p_s · (log p_s − log p_t),   p = softmax(z / T)
 *
 * `kd` is mode-covering; this is mode-seeking: it penalises probability where the teacher has none, and not what the student
 * leaves out.
 *
 * Trap: GKD has no T²; it is used here for the same reason as in `kd`.
 * @param student logits [batch, classes]
 * @param teacher logits [batch, classes], a constant
 * @param temperature T > 0
 */
export function reverseKl(
  student: Tensor,
  teacher: Tensor,
  { temperature: T }: ValuesOf<typeof parameters>,
): Tensor {
  const atT = (logits: Tensor) => div(logits, T);
  const difference = sub(logSoftmax(atT(student)), logSoftmax(atT(teacher)));
  return timesSquared(mean(sum(mul(softmax(atT(student)), difference), -1)), T);
}

export const reverseKlLoss = logitLoss({
  description:
    "Reverse Kullback–Leibler divergence: the student should give no probability to classes that the teacher finds unlikely, and may ignore classes that the teacher finds likely.",
  hint: "Stay within the teacher's softened probabilities.",
  formula: "T² · mean over the batch of Σ p_s · (log p_s − log p_t),  p = softmax(z / T)",
  paper:
    "Agarwal et al. 2024, On-Policy Distillation of Language Models (GKD; without T²), https://arxiv.org/abs/2306.13649",
  reads: ["teacher"],
  parameters,
  value: ({ student, teacher }, values) => reverseKl(student, teacher, values),
});
