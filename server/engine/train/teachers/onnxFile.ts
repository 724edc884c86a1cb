import { resolve } from "node:path";
import type { ResolvedOnnxTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";
import { imageSize } from "../../../data/sources/images.ts";
import { type InputFeed, inputRoles } from "../../../nets/inputRoles.ts";
import { choice, file, optional, parameter, text, varied } from "../../../parameters/parameter.ts";
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
    input: port(
      "Name of the model's input that takes the samples. Absent: its only one, or the one that its name tells.",
      "input",
    ),
    inputs: optional(
      parameter<Readonly<Record<string, InputFeed>>>({
        description: `What each input of a model with several is fed, by name: ${Object.entries(inputRoles)
          .map(([role, words]) => `\`${role}\`: ${words}`)
          .join(
            "; ",
          )}; or a number, which fills the input. Absent: told by the names, as exporters of Hugging Face call them.`,
        type: "object",
        inputOf: "teacher",
        additionalProperties: {
          description: "What the input is fed.",
          oneOf: [
            { description: "Part of the sample.", type: "string", enum: Object.keys(inputRoles) },
            { description: "A number that fills the input.", type: "number" },
          ],
        },
        examples: [{ input_ids: "tokens", attention_mask: "mask" }],
      }),
    ),
    size: optional(
      varied(imageSize, {
        description:
          "Height and width of the images that the teacher takes: those of image files are read at this size, other samples and augmented ones are resized (bilinear). Absent: as the model declares, or that of the samples where it takes any.",
        examples: [[224, 224]],
      }),
    ),
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
