import { div, logSoftmax, mean, mul, softmax, sub, sum, type Tensor } from "@tensorflow/tfjs-core";
import type { ValuesOf } from "../../../parameters/parameter.ts";
import { standardize, temperature } from "./arguments.ts";
import { logitLoss } from "./logitLoss.ts";
import { standardized } from "./standardize.ts";
import { timesSquared } from "./temperatureSchedule.ts";
import { towardsShares } from "./towardsShares.ts";

const parameters = { temperature: temperature(3, " At 1 nothing is softened."), standardize };

/**
 * Knowledge distillation, Hinton et al. 2015, section 2:
 *
 *     T² · mean over the batch of Σ_c p_t · (log p_t − log p_s),   p = softmax(z / T)
 *
 * Its gradient by the student's logits is T · (softmax(z_s / T) − softmax(z_t / T)) / batch.
 *
 * Traps: the mean is over the batch alone, not over batch and classes; T² keeps the gradient's size as T grows, so that its
 * weight relative to other losses need not change with T.
 * @param student logits [batch, classes]
 * @param teacher logits [batch, classes], a constant
 */
export function kd(
  student: Tensor,
  teacher: Tensor,
  { temperature: T, standardize: isStandardized }: ValuesOf<typeof parameters>,
): Tensor {
  const given = (logits: Tensor) => (isStandardized ? standardized(logits) : logits);
  const softened = T === 1 ? given(teacher) : div(given(teacher), T);
  const p = softmax(softened);
  const divergence = towardsShares(given(student), { shares: p, temperature: T }, (logShares) =>
    sum(mul(p, sub(logSoftmax(softened), logShares)), -1),
  );
  return timesSquared(mean(divergence), T);
}

export const kdLoss = logitLoss({
  description: "Knowledge distillation: the student's softened probabilities should be the teacher's.",
  hint: "Match the teacher's softened probabilities.",
  formula: "T² · mean over the batch of Σ p_t · (log p_t − log p_s),  p = softmax(z / T)",
  paper:
    "Hinton, Vinyals and Dean 2015, Distilling the Knowledge in a Neural Network, https://arxiv.org/abs/1503.02531",
  reads: ["teacher"],
  parameters,
  value: ({ student, teacher }, values) => kd(student, teacher, values),
});
