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
import { meanOverLabelled } from "./labelled.ts";
import type { Labels } from "./loss.ts";
import { standardize } from "./standardize.ts";

export interface DkdParameters {
  /** T > 0 */
  readonly temperature: number;
  /** Weight of what is said about the target class against all others. */
  readonly alpha: number;
  /** Weight of what is said about the others among themselves. */
  readonly beta: number;
  /** Standardises the logits first. */
  readonly standardize?: boolean;
}

/**
 * Decoupled knowledge distillation, Zhao et al. 2022, equation 7:
 *
 *     α · TCKD + β · NCKD
 *
 * TCKD is T² · KL of [p_y, 1 − p_y], NCKD is T² · KL of the softmax over the classes but y, both means over the samples with a label, with
 * p = softmax(z / T). In `kd` = TCKD + (1 − p_t[y]) · NCKD a teacher that is sure silences what it knows of the other classes.
 *
 * Traps: log(1 − p_y) comes of a log-sum-exp over the other classes, for 1 − p_y is 0 in float32 long before. The paper's
 * warm-up, a factor min(epoch / 20, 1), is a schedule of the loss's weight.
 * @param student logits [batch, classes]
 * @param teacher logits [batch, classes], a constant
 * @param labels classes: a mixed sample has no target
 */
export function dkd(
  student: Tensor,
  teacher: Tensor,
  labels: Labels,
  { temperature: T, alpha, beta, standardize: isStandardized = false }: DkdParameters,
): Tensor {
  if (!labels.classes) throw new Error("dkd needs labels that are classes");
  const target = cast(oneHot(cast(labels.classes, "int32"), student.shape[1] as number), "float32");
  const atT = (logits: Tensor) => div(isStandardized ? standardize(logits) : logits, T);
  const { tckd, nckd } = dkdParts(atT(student), atT(teacher), target);
  const mean = (perSample: Tensor) => meanOverLabelled(perSample, labels.labelled);
  return mul(add(mul(mean(tckd), alpha), mul(mean(nckd), beta)), T * T);
}

/** Both of each sample, [batch]. @param target one-hot labels, [batch, classes] */
function dkdParts(student: Tensor, teacher: Tensor, target: Tensor) {
  // Far below any logit; not −∞, of which 0 times is no number.
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
