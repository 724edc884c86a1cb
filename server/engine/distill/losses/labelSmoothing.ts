import type { Tensor } from "@tensorflow/tfjs-core";
import { ce } from "./ce.ts";
import type { Labels } from "./loss.ts";

/**
 * Label smoothing, Szegedy et al. 2016, section 7: cross-entropy with the target (1 − ε) · onehot + ε / classes. It is
 * distillation from a teacher that finds all classes equally likely, and so the baseline that a teacher has to beat.
 *
 * Trap: ε is spread over all classes, the right one included (PyTorch's form); others give ε / (classes − 1) to the
 * wrong ones.
 * @param student logits [batch, classes]
 */
export const labelSmoothing = (
  student: Tensor,
  labels: Labels,
  { epsilon }: { readonly epsilon: number },
): Tensor => ce(student, labels, { labelSmoothing: epsilon });
