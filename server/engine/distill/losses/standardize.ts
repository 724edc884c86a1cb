import { add, div, mean, mul, sqrt, square, sub, sum, type Tensor } from "@tensorflow/tfjs-core";
import { positive } from "./positive.ts";

/**
 * Logits standardised sample by sample, Sun et al. 2024, section 4:
 *
 *     (z − mean) / (std + 1e-7)
 *
 * After it a loss compares the order and spacing of the logits alone, and the student need not match the teacher's range.
 *
 * Traps: the deviation is the unbiased one, of classes − 1. Mean and deviation are within the gradient.
 * @param logits [batch, classes]
 */
export function standardized(logits: Tensor): Tensor {
  const classes = logits.shape[1] as number;
  const centred = sub(logits, mean(logits, -1, true));
  const variance = mul(sum(square(centred), -1, true), 1 / (classes - 1)); // [batch, 1]
  return div(centred, add(sqrt(positive(variance)), 1e-7));
}
