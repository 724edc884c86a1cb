import type { ModelDescription } from "./description.ts";

interface Unfit {
  readonly code: "operator-unsupported" | "teacher-scores";
  readonly message: string;
  /** What to do about it, as a sentence. */
  readonly hint: string;
}

/** Why an ONNX model cannot be a teacher although its file is whole, as far as the graph tells. */
export function unfitTeacher(
  file: string,
  { withoutKernel = [], isOfPairs = false }: ModelDescription,
): Unfit | undefined {
  if (withoutKernel.length > 0)
    return {
      code: "operator-unsupported",
      message: `${file}: it computes ${withoutKernel.join(", ")} in float64, for which ONNX Runtime has no kernel.`,
      hint: "Export the model in float32: model.float() in PyTorch.",
    };
  if (isOfPairs)
    return {
      code: "teacher-scores",
      message: `${file}: the scores of its support vector machine are of pairs of classes (of two classes in reverse), not one of each class.`,
      hint: 'Train SVC(probability=True) or CalibratedClassifierCV(SVC()), or store what it says in Python, and teach from that ("type": "outputs").',
    };
  return undefined;
}
