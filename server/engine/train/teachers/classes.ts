import type { Samples } from "../../../data/samples.ts";
import { type Problem, problem } from "../../../problem.ts";

/**
 * What is wrong with a teacher's number of classes.
 * @param student the student's number, which must be the same; without a student, the teacher may have more classes
 * than the samples
 */
export function classMismatch(
  own: number,
  { classes }: Samples,
  student?: number,
): { readonly problem: Problem } | undefined {
  const fits = student === undefined ? own >= classes : own === student;
  const other = student === undefined ? `the data has ${classes}` : `the student ${student}`;
  return fits ? undefined : problem("class-mismatch", `The teacher has ${own} classes, ${other}.`);
}

/** @param outputShape of the teacher's net, without the batch */
export function outputMismatch(outputShape: readonly number[], samples: Samples, student?: number) {
  const [own] = outputShape;
  if (outputShape.length === 1 && own !== undefined) return classMismatch(own, samples, student);
  const expected = student ?? samples.classes;
  return problem(
    "class-mismatch",
    `The teacher gives [${outputShape.join(", ")}]; [${expected}] was expected.`,
    outputShape.length === 1 ? undefined : "Flatten before its last layer, or pool globally.",
  );
}
