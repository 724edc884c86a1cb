import {
  add,
  div,
  logSoftmax,
  mean,
  mul,
  sigmoid,
  softmax,
  softplus,
  square,
  sub,
  sum,
  type Tensor,
} from "@tensorflow/tfjs-core";
import type { ValuesOf } from "../../../parameters/parameter.ts";
import type { TaskName } from "../../../tasks/tasks.ts";
import { standardize, temperature } from "./arguments.ts";
import { logitLoss } from "./logitLoss.ts";
import { standardized } from "./standardize.ts";
import { type Temperature, timesSquared } from "./temperatureSchedule.ts";
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

/**
 * The same for several labels a sample, each of which is there or not: multi-label logits distillation of L2D, Yang et al. 2023,
 * equation 3, with a temperature as above:
 *
 *     T² · mean over batch and labels of KL([p_t, 1 − p_t] ‖ [p_s, 1 − p_s]),   p = σ(z / T)
 *         = p_t · (z_t − z_s) / T + softplus(z_s / T) − softplus(z_t / T)
 *
 * Its gradient by the student's logits is T · (σ(z_s / T) − σ(z_t / T)) / (batch · labels). The paper sums over labels; the mean is
 * taken here, as of `bce`, so that the weights of both need not change with the number of labels.
 * @param student logits [batch, labels]
 * @param teacher logits [batch, labels], a constant
 */
function binaryKd(student: Tensor, teacher: Tensor, T: Temperature): Tensor {
  const [s, t] = [div(student, T), div(teacher, T)];
  const divergence = add(mul(sigmoid(t), sub(t, s)), sub(softplus(s), softplus(t)));
  return timesSquared(mean(divergence), T);
}

/** The same for real numbers, which have no temperature: the mean over batch and outputs of (z_s − z_t)². */
const numbersKd = (student: Tensor, teacher: Tensor): Tensor => mean(square(sub(student, teacher)));

const kdByTask: {
  readonly [T in TaskName]: (s: Tensor, t: Tensor, values: ValuesOf<typeof parameters>) => Tensor;
} = {
  classification: kd,
  multiLabel: (student, teacher, { temperature }) => binaryKd(student, teacher, temperature),
  regression: numbersKd,
};

export const kdLoss = logitLoss({
  description:
    "Knowledge distillation: the student's softened probabilities should be the teacher's. With several labels a sample, each label has two, present and absent (Yang et al. 2023, Multi-Label Knowledge Distillation, https://arxiv.org/abs/2308.06453). In a regression it is the squared distance from the teacher's numbers, and `temperature` and `standardize` do nothing.",
  hint: "Match the teacher's softened probabilities.",
  formula:
    "T² · mean over the batch of Σ p_t · (log p_t − log p_s),  p = softmax(z / T); several labels: T² · mean of KL([p_t, 1 − p_t] ‖ [p_s, 1 − p_s]),  p = σ(z / T); regression: mean of (z_s − z_t)²",
  paper:
    "Hinton, Vinyals and Dean 2015, Distilling the Knowledge in a Neural Network, https://arxiv.org/abs/1503.02531",
  tasks: ["classification", "multiLabel", "regression"],
  reads: ["teacher"],
  parameters,
  value: ({ student, teacher }, values, task) => kdByTask[task](student, teacher, values),
});
