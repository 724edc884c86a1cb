import type { Tensor } from "@tensorflow/tfjs-core";
import type { Shape } from "../../../nets/layers/layer.ts";
import type { Loss, LossInputs } from "./loss.ts";

/** A layer of the student and one of the teacher whose outputs a loss compares. */
export interface LayerPair {
  readonly student: string;
  readonly teacher: string;
}

/** What a loss is built for. */
export interface LossContext {
  /** Name of the term. */
  readonly term: string;
  /** Of one sample, by layer. */
  readonly shapes: {
    readonly student: Readonly<Record<string, Shape>>;
    readonly teacher: Readonly<Record<string, Shape>>;
  };
  /** How many samples are trained on. */
  readonly samples: number;
}

/** A loss of the outputs of two layers that has no weights of its own. */
export const compare = (pair: LayerPair, value: (student: Tensor, teacher: Tensor) => Tensor): Loss => ({
  needsTeacher: true,
  teacherTaps: [pair.teacher],
  value: (inputs) => {
    const { student, teacher } = featuresOf(inputs, pair);
    return { value: value(student, teacher) };
  },
});

/** [batch, ...feature] of both. */
export function featuresOf(
  { student, teacher }: LossInputs,
  pair: LayerPair,
): { readonly student: Tensor; readonly teacher: Tensor } {
  const seen = teacher?.taps?.[pair.teacher];
  const own = student.taps[pair.student];
  if (!seen) throw new Error(`A loss was not given what the teacher's layer ${pair.teacher} says`);
  if (!own) throw new Error(`The student has no layer ${pair.student}`);
  return { student: own, teacher: seen };
}

export function shapesOf({ shapes }: LossContext, { student, teacher }: LayerPair) {
  const [own, seen] = [shapes.student[student], shapes.teacher[teacher]];
  if (!own || !seen) throw new Error(`The shapes of ${student} and ${teacher} are not known`);
  return { student: own, teacher: seen };
}
