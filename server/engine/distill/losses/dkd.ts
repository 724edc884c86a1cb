import {
  add,
  cast,
  div,
  exp,
  logSoftmax,
  logSumExp,
  mul,
  oneHot,
  softmax,
  sub,
  sum,
  type Tensor,
} from "@tensorflow/tfjs-core";
import type { ValuesOf } from "../../../parameters/parameter.ts";
import { share, standardize, temperature } from "./arguments.ts";
import { meanOverLabelled } from "./labelled.ts";
import { logitLoss } from "./logitLoss.ts";
import type { Labels } from "./loss.ts";
import { standardized } from "./standardize.ts";
import { timesSquared } from "./temperatureSchedule.ts";

const parameters = {
  temperature: temperature(
    4,
    " The default is the authors' 4, not the 3 of `kd`: with T² and β it sets the scale of the loss.",
  ),
  alpha: share("Weight of TCKD, the true class against all others.", 1),
  beta: share("Weight of NCKD, the other classes among themselves.", 8),
  standardize,
};

/**
 * Decoupled knowledge distillation, Zhao et al. 2022, equation 7:
 *
 *     α · TCKD + β · NCKD
 *
 * TCKD is T² · KL of [p_y, 1 − p_y], NCKD is T² · KL of the softmax over the classes but y, both means over the samples with a label, with
 * p = softmax(z / T). In `kd` = TCKD + (1 − p_t[y]) · NCKD a confident teacher suppresses its knowledge of the other classes.
 *
 * Traps: log(1 − p_y) is a log-sum-exp over the other classes, because 1 − p_y underflows in float32. The paper's
 * warm-up, a factor min(epoch / 20, 1), is a schedule of the loss's weight.
 * @param student logits [batch, classes]
 * @param teacher logits [batch, classes], a constant
 * @param labels classes: a mixed sample has no target
 */
export function dkd(
  student: Tensor,
  teacher: Tensor,
  labels: Labels,
  { temperature: T, alpha, beta, standardize: isStandardized }: ValuesOf<typeof parameters>,
): Tensor {
  if (!labels.classes) throw new Error("dkd needs labels that are classes");
  const target = cast(oneHot(cast(labels.classes, "int32"), student.shape[1] as number), "float32");
  const atT = (logits: Tensor) => div(isStandardized ? standardized(logits) : logits, T);
  const { tckd, nckd } = dkdParts(atT(student), atT(teacher), target);
  const mean = (perSample: Tensor) => meanOverLabelled(perSample, labels.labelled);
  return timesSquared(add(mul(mean(tckd), alpha), mul(mean(nckd), beta)), T);
}

export const dkdLoss = logitLoss({
  description:
    "Decoupled knowledge distillation: a term for the true class and one for the others, each with its own weight. The paper warms it up over the first 20 epochs: `weight` with `from` 0 and `to` 1.",
  hint: "Match the true class and the others separately.",
  formula:
    "α · TCKD + β · NCKD;  TCKD = T² · KL of [p_y, 1 − p_y], NCKD = T² · KL of the softmax without class y, means over the batch",
  paper: "Zhao et al. 2022, Decoupled Knowledge Distillation, https://arxiv.org/abs/2203.08679",
  reads: ["teacher", "labels"],
  parameters,
  value: ({ student, teacher, labels }, values) => dkd(student, teacher, labels, values),
});

/** Both of each sample, [batch]. @param target one-hot labels, [batch, classes] */
function dkdParts(student: Tensor, teacher: Tensor, target: Tensor) {
  // Far below any logit; not −∞, as 0 · ∞ is NaN.
  const others = (z: Tensor) => sub(mul(z, sub(1, target)), mul(target, 1e9));
  const binary = (z: Tensor) => {
    const all = logSumExp(z, -1); // [batch]
    return { is: sub(sum(mul(z, target), -1), all), isNot: sub(logSumExp(others(z), -1), all) };
  };
  const [s, t] = [binary(student), binary(teacher)];
  const tckd = add(mul(exp(t.is), sub(t.is, s.is)), mul(exp(t.isNot), sub(t.isNot, s.isNot))); // [batch]
  const difference = sub(logSoftmax(others(teacher)), logSoftmax(others(student)));
  const nckd = sum(mul(softmax(others(teacher)), difference), -1); // [batch]
  return { tckd, nckd };
}
