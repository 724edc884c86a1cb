import {
  boolean,
  choice,
  defined,
  integer,
  number,
  optional,
  type Parameter,
  parameter,
  text,
  varied,
} from "../../../parameters/parameter.ts";
import type { Temperature, TemperatureSchedule } from "./temperatureSchedule.ts";

/* What several losses take. */

const kelvin = { exclusiveMinimum: 0, usual: [1, 20] } as const;

const temperatureSchedule = defined(
  "TemperatureSchedule",
  parameter<TemperatureSchedule>({
    description: "Changes from `from` to `to` over the first steps, then stays.",
    type: "object",
    additionalProperties: false,
    required: ["from", "to", "over"],
    properties: {
      from: number("Temperature at the first step.", { ...kelvin, examples: [8] }).schema,
      to: number("Temperature at the end.", { ...kelvin, examples: [2] }).schema,
      over: integer("Number of steps of the change.", { minimum: 1, unit: "steps", examples: [1000] }).schema,
      curve: choice(
        "How it changes: `linear` along a straight line, `cosine` along half a cosine, slowly at both ends.",
        ["linear", "cosine"],
        { default: "linear", examples: ["cosine"] },
      ).schema,
    },
  }),
);

export const temperature = (fallback: number, more = ""): Parameter<Temperature> =>
  parameter({
    description: `Divides both logits before the softmax: a number, or a change from one to another. The higher, the more small probabilities count.${more}`,
    oneOf: [number("The same in every step.", kelvin).schema, temperatureSchedule.schema],
    guide: "temperature",
    default: fallback,
    examples: [fallback, { from: 8, to: 2, over: 1000 }],
  });

export const standardize = boolean(
  "Standardizes the logits of each sample to mean 0 and deviation 1 first, for both networks, so that the student need not match the teacher's range. From Sun et al. 2024, Logit Standardization in Knowledge Distillation, with temperature 2 and weights 9 and, for `ce`, 0.1.",
  { default: false, examples: [true] },
);

/** A factor of a part of a loss. */
export const share = (description: string, fallback: number): Parameter<number> =>
  number(description, { minimum: 0, default: fallback, examples: [fallback] });

const studentLayer = defined(
  "StudentLayer",
  text("Name of the student's layer whose output is compared.", { layerOf: "student", examples: ["conv2"] }),
);

const teacherLayer = defined(
  "TeacherLayer",
  text(
    "Name of the teacher's layer whose output is compared; in an ONNX model, of a tensor, with channels first if it has four axes. Its outputs are cached if they take at most 256 MB and no sample is augmented; otherwise the teacher runs in every step.",
    { layerOf: "teacher", examples: ["conv2"] },
  ),
);

const oneOrMore = (description: string, layer: Parameter<string>): Parameter<string | readonly string[]> =>
  parameter({
    description,
    oneOf: [
      layer.schema,
      { description: "One map for each stage.", type: "array", minItems: 1, items: layer.schema },
    ],
    examples: ["conv2", ["stage1", "stage2", "stage3"]],
  });

/** A layer of the student and one of the teacher. */
export const layerPair = { student: studentLayer, teacher: teacherLayer };

/** One pair of maps, or lists of equal length. */
export const mapPairs = {
  student: oneOrMore(
    "Name of a feature map of the student, or a list with one for each stage, as long as the teacher's.",
    studentLayer,
  ),
  teacher: oneOrMore(
    "Name of a feature map of the teacher, or a list with one for each stage, as long as the student's. The teacher's outputs there are cached if they take at most 256 MB and no sample is augmented; otherwise the teacher runs in every step.",
    teacherLayer,
  ),
};

/** A number, or a straight line: `from` at step 0 to `to` at step `over`, and `to` from there on. */
export type LossWeight = number | { readonly from: number; readonly to: number; readonly over: number };

const weightSchedule = defined(
  "WeightSchedule",
  parameter<Exclude<LossWeight, number>>({
    description: "Changes linearly from `from` to `to` over the first steps, then stays.",
    type: "object",
    additionalProperties: false,
    required: ["from", "to", "over"],
    properties: {
      from: number("Weight at the first step.", { minimum: 0, examples: [1] }).schema,
      to: number("Weight at the end.", { minimum: 0, examples: [0.1] }).schema,
      over: integer("Number of steps of the change.", { minimum: 1, unit: "steps", examples: [1000] }).schema,
    },
  }),
);

const weight = defined(
  "Weight",
  parameter<LossWeight>({
    description: "Factor of the term in the sum: a number, or a linear change from one to another.",
    oneOf: [number("The same in every step.", { minimum: 0 }).schema, weightSchedule.schema],
    default: 1,
    examples: [0.7, { from: 1, to: 0.1, over: 1000 }],
  }),
);

const name = optional(
  defined(
    "LossName",
    text(
      "Name of the term in charts and logs: letters, digits, `_` and `-`, beginning with a letter. Absent: its type.",
      { pattern: "^[A-Za-z][A-Za-z0-9_-]*$", examples: ["soft"] },
    ),
  ),
);

/** Parameters of every loss. @param fallback its weight where the file gives none; absent: 1 */
export const termParameters = (fallback?: number) => ({
  weight: fallback === undefined ? weight : varied(weight, { default: fallback }),
  name,
});
