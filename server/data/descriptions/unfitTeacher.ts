import type { ModelDescription } from "./description.ts";

interface Unfit {
  readonly code: "model-format" | "operator-unsupported" | "teacher-scores";
  readonly message: string;
  /** What to do about it, as a sentence. */
  readonly hint: string;
}

/** Why an ONNX model cannot be a teacher although its file is whole, as far as the graph tells. */
export function unfitTeacher(
  file: string,
  { newerIr, withoutKernel = [], unconverted = [], isOfPairs = false }: ModelDescription,
): Unfit | undefined {
  if (newerIr !== undefined)
    return {
      code: "model-format",
      message: `${file}: it has IR version ${newerIr}, which ONNX Runtime does not load yet.`,
      hint: 'In Python: model = onnx.load("teacher.onnx"), model.ir_version = 10, onnx.save(model, "teacher.onnx").',
    };
  if (unconverted.length > 0)
    return {
      code: "operator-unsupported",
      message: `${file}: it has ${unconverted.join(", ")}, which ONNX does not have: its exporter did not convert that.`,
      hint: /erfc|gelu/i.test(unconverted.join())
        ? 'Of a Keras model name the SavedModel itself ("type": "savedModel"), or give gelu approximate=True before the export.'
        : "Export it with operators of ONNX.",
    };
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
