import {
  add,
  cast,
  div,
  logSoftmax,
  maximum,
  mul,
  neg,
  oneHot,
  sum,
  type Tensor,
  tensor1d,
} from "@tensorflow/tfjs-core";
import { list, number, optional, parameter, type ValuesOf } from "../../../parameters/parameter.ts";
import { meanOverLabelled } from "./labelled.ts";
import { logitLoss } from "./logitLoss.ts";
import type { Labels } from "./loss.ts";
import { towardsShares } from "./towardsShares.ts";

const eachWeight = list(
  "Of each class, in their order.",
  number("The weight of one class.", { minimum: 0 }),
  { minItems: 2, examples: [[1, 1, 5]] },
);

const parameters = {
  classWeights: optional(
    parameter<readonly number[] | "balanced">({
      description:
        "A weight for the samples of each class; the mean over the batch is weighted. `balanced` weighs a class by samples / (classes · its samples), of the training samples with a label. Absent: all samples count the same.",
      oneOf: [
        { description: "So that each class counts the same in all.", type: "string", const: "balanced" },
        eachWeight.schema,
      ],
      examples: ["balanced", [1, 1, 5]],
    }),
  ),
};

interface Smoothed extends ValuesOf<typeof parameters> {
  /** ε of label smoothing, in [0, 1]: the target is (1 − ε) · onehot + ε / classes. */
  readonly labelSmoothing: number;
}

/**
 * Cross-entropy with the label, from logits:
 *
 *     Σ_i Σ_c q_ic · w_c · (−log softmax(z_i)_c)  /  Σ_i w_(y_i)
 *
 * where q is the (smoothed) label, and w = 1 unless there are class weights: then it is the mean over the batch.
 * Definition and conventions are those of torch.nn.functional.cross_entropy. Where some samples have no label it is the mean
 * over those that have one, and 0 for a batch without any, of which PyTorch's `ignore_index` makes NaN.
 *
 * Traps: log-softmax, never log of a softmax; logits are not clipped, a loss of 500 is a loss of 500.
 * @param student logits [batch, classes]
 */
export function ce(student: Tensor, labels: Labels, { labelSmoothing, classWeights }: Smoothed): Tensor {
  const classes = student.shape[1] as number;
  const hard = labels.weights ?? indicator(labels.classes, classes); // [batch, classes]
  const target = labelSmoothing === 0 ? hard : add(mul(hard, 1 - labelSmoothing), labelSmoothing / classes);
  if (classWeights === null) {
    const perSample = towardsShares(student, { shares: target, temperature: 1 }, (logShares) =>
      neg(sum(mul(target, logShares), -1)),
    );
    return meanOverLabelled(perSample, labels.labelled);
  }

  if (classWeights === "balanced") throw new Error("Class weights are numbers once samples are read");
  const surprise = neg(logSoftmax(student));
  const weights = tensor1d([...classWeights]);
  const perSample = sum(mul(target, mul(surprise, weights)), -1); // [batch]
  // torch divides by the batch where labels are weights.
  if (labels.weights) return meanOverLabelled(perSample, labels.labelled);
  const counts = sum(mul(hard, weights), -1); // [batch]
  const { labelled } = labels;
  const total = (values: Tensor) => sum(labelled ? mul(values, labelled) : values);
  // 0 for a batch of samples that do not count.
  return div(total(perSample), maximum(total(counts), 1e-30));
}

/** One where the label is the class. */
const indicator = (labels: Tensor, classes: number): Tensor =>
  cast(oneHot(cast(labels, "int32"), classes), "float32");

export const ceLoss = logitLoss({
  description: "Cross-entropy with the true labels.",
  hint: "Match the labels.",
  formula: "mean over the batch of −log softmax(z_s)[label]",
  reads: ["labels"],
  parameters,
  classWeights: ({ classWeights }) => (Array.isArray(classWeights) ? classWeights : undefined),
  value: ({ student, labels }, values) => ce(student, labels, { ...values, labelSmoothing: 0 }),
});
