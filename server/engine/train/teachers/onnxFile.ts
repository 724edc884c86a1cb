import { resolve } from "node:path";
import type { ResolvedOnnxTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";
import { choice, file, optional, text } from "../../../parameters/parameter.ts";
import { failedBy } from "../context.ts";
import { fedAsTrained } from "../teacherDoubts.ts";
import { fileParameters } from "./arguments.ts";
import { classMismatch } from "./classes.ts";
import { openOnnxTeacher } from "./onnx.ts";
import type { TeacherType } from "./teacherType.ts";

const port = (description: string, example: string) =>
  optional(text(description, { pattern: "\\S", examples: [example] }));

export const onnxTeacher: TeacherType<ResolvedOnnxTeacher> = {
  description: "A network in an ONNX file.",
  parameters: {
    path: file("The ONNX file.", [".onnx"], "teacher.onnx"),
    input: port("Name of the model's input that takes the samples. Absent: its only one.", "input"),
    output: port(
      "Name of the model's output with the scores of the classes, or with maps of them as scikit-learn exports them. Absent: the one that is called logits or probabilities, else the first one of floating-point numbers.",
      "logits",
    ),
    layout: choice(
      "Order of the axes of an image in the model's input: `nchw` has channels first, `nhwc` last; `auto` finds out.",
      ["auto", "nchw", "nhwc"],
      { default: "auto", examples: ["nchw"] },
    ),
    ...fileParameters,
  },
  isOfLayers: false,
  async open(spec, { train, classes, normalize, own, taps }, { baseDirectory, threads, stopRequested }) {
    const teacher = await openOnnxTeacher(spec, {
      path: resolve(baseDirectory, spec.path),
      sample: train.shape,
      samples: train,
      threads,
      normalize: own,
      shared: normalize,
      taps,
      stopRequested,
    });
    if ("problem" in teacher && stopRequested?.()) return { ending: "stopped", step: 0 };
    if ("problem" in teacher) return failedBy(teacher);
    const unequal = classMismatch(teacher.classes, train, { student: classes });
    if (unequal === undefined)
      return { ending: "completed", result: await fedAsTrained(teacher, train, normalize) };
    await teacher.dispose();
    return failedBy(unequal);
  },
};
