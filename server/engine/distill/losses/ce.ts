import {
  add,
  cast,
  div,
  logSoftmax,
  mul,
  neg,
  notEqual,
  oneHot,
  sum,
  type Tensor,
  tensor1d,
} from "@tensorflow/tfjs-core";
import { meanOverLabelled } from "./labelled.ts";
import type { Labels } from "./loss.ts";

export interface CrossEntropyParameters {
  /** ε of label smoothing, in [0, 1]: the target is (1 − ε) · onehot + ε / classes. */
  readonly labelSmoothing?: number;
  /** One factor for each class; the mean is then weighted too. */
  readonly classWeights?: readonly number[];
  /** Samples with this label count for nothing, in the mean as well. */
  readonly ignoreIndex?: number;
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
export function ce(
  student: Tensor,
  labels: Labels,
  { labelSmoothing = 0, classWeights, ignoreIndex }: CrossEntropyParameters = {},
): Tensor {
  const classes = student.shape[1] as number;
  if (labels.weights && ignoreIndex !== undefined)
    throw new Error("ignoreIndex needs labels that are classes");
  if (labels.labelled && (classWeights || ignoreIndex !== undefined))
    throw new Error("classWeights and ignoreIndex need a label for each sample");
  const kept =
    labels.classes && ignoreIndex !== undefined
      ? cast(notEqual(labels.classes, ignoreIndex), "float32")
      : undefined; // [batch]
  const hard = labels.weights ?? indicator(labels.classes, classes, kept); // [batch, classes]
  const target = labelSmoothing === 0 ? hard : add(mul(hard, 1 - labelSmoothing), labelSmoothing / classes);
  const weights = classWeights && tensor1d([...classWeights]);

  const surprise = neg(logSoftmax(student));
  const perSample = sum(mul(target, weights ? mul(surprise, weights) : surprise), -1); // [batch]
  // torch divides by the batch where labels are weights, with class weights or without.
  if (!kept && (!weights || labels.weights)) return meanOverLabelled(perSample, labels.labelled);
  const counts = weights ? sum(mul(hard, weights), -1) : (kept as Tensor); // [batch]
  return kept ? div(sum(mul(perSample, kept)), sum(mul(counts, kept))) : div(sum(perSample), sum(counts));
}

/** One where the label is the class. An ignored label may lie outside the classes, so it is moved to class 0 first. */
function indicator(labels: Tensor, classes: number, kept: Tensor | undefined): Tensor {
  const inside = kept ? mul(labels, cast(kept, "int32")) : labels;
  return cast(oneHot(cast(inside, "int32"), classes), "float32");
}
