import { add, div, mean, mul, softmax, sqrt, square, sub, sum, type Tensor } from "@tensorflow/tfjs-core";
import { positive } from "./positive.ts";

export interface DistParameters {
  /** τ > 0 */
  readonly temperature: number;
  /** Weight of the relations between the classes of a sample. */
  readonly beta: number;
  /** Weight of the relations between the samples of a class. */
  readonly gamma: number;
}

/**
 * Distillation by correlation (DIST), Huang et al. 2022, equations 6 to 9:
 *
 *     τ² · (β · (1 − mean over samples of ρ(p_s, p_t)) + γ · (1 − mean over classes of ρ(p_s, p_t)))
 *
 * with p = softmax(z / τ) and Pearson's ρ, along the classes of a sample and along the batch of a class. A student that
 * ranks as the teacher does has nothing to pay, however sure it is.
 *
 * Traps: the second term spans the batch, so a short last batch is noisy, and one sample has no correlation at all:
 * ρ is 0 there. The denominator is the product of the norms + 1e-8, as in the authors' code.
 * @param student logits [batch, classes]
 * @param teacher logits [batch, classes], a constant
 */
export function dist(
  student: Tensor,
  teacher: Tensor,
  { temperature: T, beta, gamma }: DistParameters,
): Tensor {
  const [s, t] = [student, teacher].map((logits) => softmax(div(logits, T))) as [Tensor, Tensor];
  const inter = sub(1, mean(correlation(s, t, 1)));
  const intra = sub(1, mean(correlation(s, t, 0)));
  return mul(add(mul(inter, beta), mul(intra, gamma)), T * T);
}

/** Pearson's correlation along an axis. */
function correlation(a: Tensor, b: Tensor, axis: number): Tensor {
  const centred = (x: Tensor) => sub(x, mean(x, axis, true));
  const norm = (x: Tensor) => sqrt(positive(sum(square(x), axis)));
  const [x, y] = [centred(a), centred(b)];
  return div(sum(mul(x, y), axis), add(mul(norm(x), norm(y)), 1e-8));
}
