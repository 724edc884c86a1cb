import type { Normalize } from "../../../../schemas/experiment.gen.ts";
import { imageSize } from "../../../data/sources/images.ts";
import { type InputFeed, inputRoles } from "../../../nets/inputRoles.ts";
import {
  choice,
  defined,
  optional,
  type Parameter,
  parameter,
  referenceTo,
  text,
  varied,
} from "../../../parameters/parameter.ts";

/* Parameters that several teachers share. */

const normalize = (absent: string): Parameter<Normalize | null> =>
  optional(
    referenceTo("Normalize", {
      description: `The teacher's own preprocessing of the raw sample, in place of \`data.normalize\`. Absent: ${absent}.`,
    }),
  );

const outputs = defined(
  "TeacherOutputs",
  choice(
    "What the teacher gives: `logits`, or `probabilities`, of which the logarithm is taken. `auto` takes for probabilities what is from 0 to 1 and sums to 1 for samples of the training data; a network of layers gives logits.",
    ["auto", "logits", "probabilities"],
    { default: "auto", examples: ["probabilities"] },
  ),
);

/** Preprocessing and outputs of any teacher. */
export const teacherParameters = { normalize: normalize("the teacher sees what the student sees"), outputs };

/** The same for a teacher from a file, which was trained elsewhere. */
export const fileParameters = {
  normalize: normalize(
    "the teacher sees what the student sees, or raw samples where it is clearly right more often of these",
  ),
  outputs,
};

const port = (description: string, example: string) =>
  optional(text(description, { pattern: "\\S", examples: [example] }));

/** Inputs and outputs of a model that is run as it is. */
export const portParameters = {
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
};
