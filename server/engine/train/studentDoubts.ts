import type { Problem } from "../../problem.ts";
import { noMoreThanGuessing, percent } from "./guessing.ts";
import type { Answers } from "./teacherDoubts.ts";

/** A student no better than always predicting the most frequent class, as far as this split shows. */
export function studentDoubts({
  split,
  samples,
  student,
}: Omit<Answers, "alone" | "teacher">): readonly Problem[] {
  if (samples === undefined || student === undefined) return [];
  const { labels } = samples;
  const right = Array.from(student.answers, (answer, row) => answer === labels[row]);
  const guess = noMoreThanGuessing(right, labels);
  if (guess === undefined) return [];
  return [
    {
      code: "student-chance",
      message: `The student is right for ${percent(right)} of ${right.length} ${split} samples; always predicting the most frequent class gives ${guess}. Check the labels, \`optimizer.learningRate\`, and the number of steps.`,
    },
  ];
}
