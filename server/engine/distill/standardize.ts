import { div, sub, type Tensor, tensor } from "@tensorflow/tfjs-core";
import type { Standard } from "../../data/standard.ts";
import type { Labels, TeacherOutputs } from "./losses/loss.ts";

/** Numbers as losses compare them: as far from their mean as deviations. */
export function standardizer(standard: Standard) {
  const standardized = (numbers: Tensor): Tensor =>
    div(sub(numbers, tensor([...standard.mean])), tensor([...standard.std])); // [batch, outputs]
  return {
    labels: (labels: Labels): Labels =>
      "weights" in labels && labels.weights ? { ...labels, weights: standardized(labels.weights) } : labels,
    teacher: (teacher: TeacherOutputs): TeacherOutputs => ({
      ...teacher,
      logits: standardized(teacher.logits),
    }),
    /** What a student has before it gives numbers in their units, which keeps its digits; a student from a file has no such layer. */
    student: <T extends { readonly logits: Tensor; readonly taps: Readonly<Record<string, Tensor>> }>(
      outputs: T,
      before: string | undefined,
    ): T => ({
      ...outputs,
      logits: (before === undefined ? undefined : outputs.taps[before]) ?? standardized(outputs.logits),
    }),
  };
}
