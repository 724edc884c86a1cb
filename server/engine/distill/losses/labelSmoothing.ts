import type { Tensor } from "@tensorflow/tfjs-core";
import { number, type ValuesOf } from "../../../parameters/parameter.ts";
import { ce } from "./ce.ts";
import { logitLoss } from "./logitLoss.ts";
import type { Labels } from "./loss.ts";

const parameters = {
  epsilon: number("Share of the label that is spread over all classes.", {
    minimum: 0,
    exclusiveMaximum: 1,
    default: 0.1,
    examples: [0.1],
  }),
};

/**
 * Label smoothing, Szegedy et al. 2016, section 7: cross-entropy with the target (1 − ε) · onehot + ε / classes. It equals
 * distillation from a teacher with uniform predictions, and so is a baseline for any teacher.
 *
 * Trap: ε is spread over all classes, the right one included (PyTorch's form); others give ε / (classes − 1) to the
 * wrong ones.
 * @param student logits [batch, classes]
 */
export const labelSmoothing = (
  student: Tensor,
  labels: Labels,
  { epsilon }: ValuesOf<typeof parameters>,
): Tensor => ce(student, labels, { labelSmoothing: epsilon, classWeights: null });

export const labelSmoothingLoss = logitLoss({
  description: "Cross-entropy with softened labels: 1 − ε on the true class and ε spread over all classes.",
  hint: "Match softened labels.",
  formula: "mean over the batch of −Σ q · log softmax(z_s),  q = (1 − ε) · onehot + ε / classes",
  paper:
    "Szegedy et al. 2016, Rethinking the Inception Architecture for Computer Vision, https://arxiv.org/abs/1512.00567",
  reads: ["labels"],
  parameters,
  value: ({ student, labels }, values) => labelSmoothing(student, labels, values),
});
