import { div, logSoftmax, mean, mul, softmax, sub, sum, type Tensor } from "@tensorflow/tfjs-core";

/**
 * Reverse Kullback–Leibler divergence, as in Agarwal et al. 2024 (GKD), section 2:
 *
 *     T² · mean over the batch of Σ_c p_s · (log p_s − log p_t),   p = softmax(z / T)
 *
 * Where `kd` makes the student cover all that the teacher finds possible, this makes it stay within: it punishes
 * probability where the teacher has none, and forgives what the student leaves out.
 *
 * Trap: GKD has no T²; it is here for the same reason as in `kd`.
 * @param student logits [batch, classes]
 * @param teacher logits [batch, classes], a constant
 * @param temperature T > 0
 */
export function reverseKl(
  student: Tensor,
  teacher: Tensor,
  { temperature: T }: { readonly temperature: number },
): Tensor {
  const atT = (logits: Tensor) => div(logits, T);
  const difference = sub(logSoftmax(atT(student)), logSoftmax(atT(teacher)));
  return mul(mean(sum(mul(softmax(atT(student)), difference), -1)), T * T);
}
