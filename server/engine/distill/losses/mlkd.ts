import {
  add,
  addN,
  div,
  matMul,
  mul,
  softmax,
  squaredDifference,
  sum,
  type Tensor,
} from "@tensorflow/tfjs-core";
import { list, number, type ValuesOf } from "../../../parameters/parameter.ts";
import { share } from "./arguments.ts";
import { kd } from "./kd.ts";
import { logitLoss } from "./logitLoss.ts";

const parameters = {
  temperatures: list(
    "The loss is the sum over these temperatures. The default is the authors' for CIFAR-100.",
    number("Divides both logits before the softmax.", { exclusiveMinimum: 0, usual: [1, 20] }),
    { minItems: 1, maxItems: 16, default: [2, 3, 4, 5, 6], examples: [[2, 3, 4, 5, 6]] },
  ),
  instance: share("Weight of the divergence sample by sample, as `kd`.", 1),
  batch: share("Weight of the differences between the similarities of samples.", 1),
  class: share("Weight of the differences between the similarities of classes.", 1),
};

/**
 * Multi-level logit distillation (MLKD), Jin, Wang and Lin 2023, equations 3 to 8, without its strong augmentation:
 *
 *     Σ over τ of  w_i · τ² · KL(p_t ‖ p_s) + w_b · ‖P_t P_tᵀ − P_s P_sᵀ‖² / B + w_c · ‖P_tᵀ P_t − P_sᵀ P_s‖² / C
 *
 * with P the probabilities softmax(z / τ) as [batch, classes].
 *
 * Traps: as in the authors' code the squares are divided by B or C, not by B² or C², and have no factor τ². Both matrices
 * grow with the batch, so a short last batch counts less.
 * @param student logits [batch, classes]
 * @param teacher logits [batch, classes], a constant
 */
export function mlkd(
  student: Tensor,
  teacher: Tensor,
  { temperatures, instance, batch, class: classes }: ValuesOf<typeof parameters>,
): Tensor {
  const [samples, count] = student.shape as [number, number];
  const levels = temperatures.map((temperature) => {
    const [s, t] = [student, teacher].map((logits) => softmax(div(logits, temperature))) as [Tensor, Tensor];
    const divergence = kd(student, teacher, { temperature, standardize: false });
    const betweenSamples = sum(squaredDifference(matMul(t, t, false, true), matMul(s, s, false, true)));
    const betweenClasses = sum(squaredDifference(matMul(t, t, true), matMul(s, s, true)));
    return add(
      mul(divergence, instance),
      add(mul(betweenSamples, batch / samples), mul(betweenClasses, classes / count)),
    );
  });
  return addN(levels);
}

export const mlkdLoss = logitLoss({
  description:
    "Multi-level logit distillation: at several temperatures at once the student should match the teacher's probabilities, how similar they make samples, and how similar they make classes.",
  hint: "Match probabilities, samples and classes at several temperatures.",
  formula:
    "Σ over τ of (τ² · KL(p_t ‖ p_s) + ‖P_t P_tᵀ − P_s P_sᵀ‖² / B + ‖P_tᵀ P_t − P_sᵀ P_s‖² / C),  P = softmax(z / τ)",
  paper:
    "Jin, Wang and Lin 2023, Multi-Level Logit Distillation, https://openaccess.thecvf.com/content/CVPR2023/html/Jin_Multi-Level_Logit_Distillation_CVPR_2023_paper.html",
  reads: ["teacher"],
  parameters,
  value: ({ student, teacher }, values) => mlkd(student, teacher, values),
});
