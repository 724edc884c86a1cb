import type { Problem } from "../../problem.ts";
import { guessWords, scoresOf, scoreWords } from "./answerScores.ts";
import type { Answered } from "./teacherDoubts.ts";

/** A student no better than guessing, as far as this split shows. */
export function studentDoubts({
  split,
  samples,
  student,
}: Omit<Answered, "baseline" | "teacher">): readonly Problem[] {
  if (samples === undefined || student === undefined) return [];
  const scores = scoresOf(student.answers, samples);
  const guess = guessWords(scores, samples);
  if (guess === undefined) return [];
  return [
    {
      code: "student-chance",
      message: `The student is ${scoreWords(scores, samples.task)} ${scores.length} ${split} samples; ${guess}. Check the labels, \`optimizer.learningRate\`, and the number of steps.`,
    },
  ];
}
