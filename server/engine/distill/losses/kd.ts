import { div, logSoftmax, mean, mul, softmax, sub, sum, type Tensor } from "@tensorflow/tfjs-core";
import { standardize } from "./standardize.ts";

export interface KdParameters {
  /** T > 0 */
  readonly temperature: number;
  /** Standardises the logits first. */
  readonly standardize?: boolean;
}

/**
 * Knowledge distillation, Hinton et al. 2015, section 2:
 *
 *     T² · mean over the batch of Σ_c p_t · (log p_t − log p_s),   p = softmax(z / T)
 *
 * Its gradient by the student's logits is T · (softmax(z_s / T) − softmax(z_t / T)) / batch.
 *
 * Traps: the mean is over the batch alone, not over batch and classes; T² keeps the gradient's size as T grows, so
 * that the weight beside other losses need not change with T.
 * @param student logits [batch, classes]
 * @param teacher logits [batch, classes], a constant
 */
export function kd(
  student: Tensor,
  teacher: Tensor,
  { temperature: T, standardize: isStandardized = false }: KdParameters,
): Tensor {
  const given = (logits: Tensor) => (isStandardized ? standardize(logits) : logits);
  const atT = (logits: Tensor) => (T === 1 ? given(logits) : div(given(logits), T));
  const p = softmax(atT(teacher));
  const divergence = sum(mul(p, sub(logSoftmax(atT(teacher)), logSoftmax(atT(student)))), -1); // [batch]
  return mul(mean(divergence), T * T);
}
