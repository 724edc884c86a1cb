import type { Problem } from "../../problem.ts";
import { noMoreThanGuessing, percent } from "./guessing.ts";
import type { Answers } from "./teacherDoubts.ts";

/** A student that has learned no more than which class is the most frequent one, as far as this split can show. */
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
      message: `The student is right for ${percent(right)} of ${right.length} ${split} samples; naming their most frequent class would be for ${guess}. Look at the labels, at \`optimizer.learningRate\`, and at how many steps it trains.`,
    },
  ];
}
