import { add, div, mean, mul, softmax, sqrt, square, sub, sum, type Tensor } from "@tensorflow/tfjs-core";
import type { ValuesOf } from "../../../parameters/parameter.ts";
import { share, temperature } from "./arguments.ts";
import { logitLoss } from "./logitLoss.ts";
import { positive } from "./positive.ts";
import { timesSquared } from "./temperatureSchedule.ts";

const parameters = {
  temperature: temperature(
    4,
    " At 1 for many classes. The default is the authors' 4 for CIFAR-100, not the 3 of `kd`: with T² it sets the scale of the loss.",
  ),
  beta: share("Weight of the correlation along the classes of a sample.", 1),
  gamma: share("Weight of the correlation along the samples of the batch; noisy in small batches.", 1),
};

/**
 * Distillation by correlation (DIST), Huang et al. 2022, equations 6 to 9:
 *
 *     τ² · (β · (1 − mean over samples of ρ(p_s, p_t)) + γ · (1 − mean over classes of ρ(p_s, p_t)))
 *
 * with p = softmax(z / τ) and Pearson's ρ, along the classes of a sample and along the batch of a class. A student that ranks
 * as the teacher does has a loss of 0, however confident it is.
 *
 * Traps: the second term spans the batch, so a short last batch is noisy, and one sample has no correlation at all:
 * ρ is 0 there. The denominator is the product of the norms + 1e-8, as in the authors' code.
 * @param student logits [batch, classes]
 * @param teacher logits [batch, classes], a constant
 */
export function dist(
  student: Tensor,
  teacher: Tensor,
  { temperature: T, beta, gamma }: ValuesOf<typeof parameters>,
): Tensor {
  const [s, t] = [student, teacher].map((logits) => softmax(div(logits, T))) as [Tensor, Tensor];
  const inter = sub(1, mean(correlation(s, t, 1)));
  const intra = sub(1, mean(correlation(s, t, 0)));
  return timesSquared(add(mul(inter, beta), mul(intra, gamma)), T);
}

export const distLoss = logitLoss({
  description:
    "Correlation with the teacher (DIST): the student should rank as the teacher does, the classes of each sample and the samples of each class. For teachers much stronger than the student.",
  hint: "Correlate with the teacher's probabilities.",
  formula:
    "T² · (β · (1 − mean ρ over samples) + γ · (1 − mean ρ over classes)),  ρ Pearson's correlation of p_s and p_t, p = softmax(z / T)",
  paper:
    "Huang et al. 2022, Knowledge Distillation from A Stronger Teacher, https://arxiv.org/abs/2205.10536",
  weight: 2,
  reads: ["teacher"],
  parameters,
  value: ({ student, teacher }, values) => dist(student, teacher, values),
});

/** Pearson's correlation along an axis. */
function correlation(a: Tensor, b: Tensor, axis: number): Tensor {
  const centred = (x: Tensor) => sub(x, mean(x, axis, true));
  const norm = (x: Tensor) => sqrt(positive(sum(square(x), axis)));
  const [x, y] = [centred(a), centred(b)];
  return div(sum(mul(x, y), axis), add(mul(norm(x), norm(y)), 1e-8));
}
