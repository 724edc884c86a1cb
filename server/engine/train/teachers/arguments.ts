import type { Normalize } from "../../../../schemas/experiment.gen.ts";
import { choice, defined, optional, type Parameter, referenceTo } from "../../../parameters/parameter.ts";

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
