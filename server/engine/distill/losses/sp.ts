import {
  div,
  matMul,
  reshape,
  sqrt,
  square,
  squaredDifference,
  sum,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { layerLoss } from "./layerLoss.ts";
import { positive } from "./positive.ts";

/**
 * Similarity preserving, Tung and Mori 2019, equation 4:
 *
 *     ‖G_t − G_s‖² / B²,   G = F · Fᵀ with each row L2-normalised, F the features as [batch, features]
 *
 * Samples that are similar for the teacher should be similar for the student. Features are not compared directly, so no
 * projector is needed.
 *
 * Trap: rows are divided by their L2 norm, not by their sum; it is at least 1e-12.
 * @param student features [batch, ...]
 * @param teacher features [batch, ...] of any shape, a constant
 */
export function sp(student: Tensor, teacher: Tensor): Tensor {
  const batch = student.shape[0] as number;
  const similarity = (features: Tensor) => {
    const rows = reshape(features, [batch, -1]);
    const gram = matMul(rows, rows, false, true); // [batch, batch]
    return div(gram, sqrt(positive(sum(square(gram), -1, true), 1e-24)));
  };
  return div(sum(squaredDifference(similarity(teacher), similarity(student))), batch * batch);
}

export const spLoss = layerLoss({
  description:
    "Similarity preserving: samples of a batch that are similar for the teacher should be similar for the student. Their features may have any shapes.",
  hint: "Match similarities between samples.",
  formula: "‖G_t − G_s‖² / B²,  G = F · Fᵀ with rows L2-normalised",
  paper: "Tung and Mori 2019, Similarity-Preserving Knowledge Distillation, https://arxiv.org/abs/1907.09682",
  weight: 3000,
  compares: "any",
  parameters: {},
  value: sp,
});
