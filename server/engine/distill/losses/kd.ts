import { div, logSoftmax, mean, mul, softmax, sub, sum, type Tensor } from "@tensorflow/tfjs-core";

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
 * @param temperature T > 0
 */
export function kd(
  student: Tensor,
  teacher: Tensor,
  { temperature: T }: { readonly temperature: number },
): Tensor {
  const atT = (logits: Tensor) => (T === 1 ? logits : div(logits, T));
  const p = softmax(atT(teacher));
  const divergence = sum(mul(p, sub(logSoftmax(atT(teacher)), logSoftmax(atT(student)))), -1); // [batch]
  return mul(mean(divergence), T * T);
}
