import { add, mean, mul, neg, softplus, sub, type Tensor, tensor1d } from "@tensorflow/tfjs-core";
import { list, number, optional, type ValuesOf } from "../../../parameters/parameter.ts";
import { meanOverLabelled } from "./labelled.ts";
import { logitLoss } from "./logitLoss.ts";
import { type Labels, targetsOf } from "./loss.ts";

const parameters = {
  positiveWeights: optional(
    list(
      "A weight for the samples that have a label, one for each label in their order: n₀ / n₁ makes those with and without it count the same. Absent: 1.",
      number("The weight of one label.", { minimum: 0 }),
      { minItems: 1, examples: [[3, 10, 1]] },
    ),
  ),
};

/**
 * Binary cross-entropy of several labels a sample, from logits:
 *
 *     mean over batch and labels of −p · y · log σ(z) − (1 − y) · log(1 − σ(z))
 *         = (1 − y) · z + (1 + (p − 1) · y) · softplus(−z)
 *
 * with p = 1 unless there are positive weights. Definition and conventions are those of
 * torch.nn.functional.binary_cross_entropy_with_logits.
 *
 * Traps: the mean is over labels, too, so that its size does not depend on how many there are; log σ(z) is −softplus(−z), never
 * the logarithm of a sigmoid.
 * @param student logits [batch, labels]
 */
function bce(student: Tensor, labels: Labels, { positiveWeights }: ValuesOf<typeof parameters>): Tensor {
  const y = targetsOf(labels); // [batch, labels]
  const missed = softplus(neg(student)); // −log σ(z)
  const excess = mul(sub(1, y), student);
  if (positiveWeights === null) return meanOverLabelled(mean(add(excess, missed), -1), labels.labelled);
  const weights = tensor1d([...positiveWeights]);
  const weighed = mul(add(mul(sub(weights, 1), y), 1), missed);
  return meanOverLabelled(mean(add(excess, weighed), -1), labels.labelled);
}

export const bceLoss = logitLoss({
  description: "Binary cross-entropy with the true labels, of which a sample may have several.",
  hint: "Match each label.",
  formula: "mean over batch and labels of −y · log σ(z_s) − (1 − y) · log(1 − σ(z_s))",
  tasks: ["multiLabel"],
  reads: ["labels"],
  parameters,
  value: ({ student, labels }, values) => bce(student, labels, values),
});
