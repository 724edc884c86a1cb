import type { ResolvedTeacherTraining } from "../../../../schemas/resolvedExperiment.gen.ts";
import { defined, integer, list, optional, parameter, referenceTo } from "../../../parameters/parameter.ts";

const epochs = integer("Passes over the samples.", {
  minimum: 1,
  default: 10,
  unless: "steps",
  unit: "epochs",
  examples: [3],
});

const parts = {
  epochs,
  steps: optional(
    integer("Total number of steps, instead of `epochs`. Absent: `epochs` applies.", {
      minimum: 1,
      unit: "steps",
      examples: [2000],
    }),
  ),
  batchSize: integer("Samples that a step learns from together. Absent: as `data.batchSize`.", {
    as: "data.batchSize",
    minimum: 1,
    maximum: 65536,
    usual: [8, 4096],
    unit: "samples",
    examples: [128],
  }),
  optimizer: referenceTo("Optimizer", { default: { type: "adamw" } }),
  schedule: referenceTo("Schedule", { default: { type: "constant" } }),
  data: referenceTo("Source", {
    description:
      "Samples that the teacher is trained on. Absent: the student's training samples; of a split that depends on `seed`, those that it leaves.",
  }),
  augment: list(
    "Random changes to each sample that the teacher is trained on.",
    referenceTo("Augmentation"),
    {
      default: [],
      examples: [[{ type: "shift", pixels: 2 }]],
    },
  ),
  seed: integer("Start of the teacher's random numbers. Absent: as `seed`.", {
    as: "seed",
    minimum: 0,
    maximum: 4294967295,
    examples: [1],
  }),
};

/** The training of a described teacher. All keys are optional. */
export const teacherTraining = defined(
  "TeacherTraining",
  parameter<ResolvedTeacherTraining>({
    description: "How the teacher is trained, on labels alone.",
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(Object.entries(parts).map(([key, { schema }]) => [key, schema])),
  }),
);

export const durationOf = ({
  steps,
  epochs: given = epochs.schema.default as number,
}: Pick<ResolvedTeacherTraining, "steps" | "epochs">):
  | { readonly steps: number }
  | { readonly epochs: number } => (steps === undefined ? { epochs: given } : { steps });
