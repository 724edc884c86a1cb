import type { ResolvedAugmentation } from "../../../schemas/resolvedExperiment.gen.ts";
import { blendsLabels } from "../../data/augmentations/augmentations.ts";
import { type Samples, select } from "../../data/samples.ts";
import type { Problem } from "../../problem.ts";
import { guessWords, lead, scoresOf, scoreWords, shareLost } from "./answerScores.ts";
import { evaluateTeacher } from "./evaluation.ts";
import type { OutputsOptions, Teacher } from "./teacher.ts";
import { teacherOutputs } from "./teacherOutputs.ts";

/** It is asked about so many samples, each as it is and once augmented. */
const mostAsked = 250;

/** In standard deviations. */
const clear = 3;

/** The part of what a teacher knows beyond guessing that it may lose: augmented samples are harder for every network. */
const bearable = 0.25;

export interface AugmentedOptions extends Omit<OutputsOptions, "view" | "onProgress"> {
  readonly augment: readonly ResolvedAugmentation[];
  readonly seed: number;
}

/**
 * Detects a teacher that knows the samples and not what augmentation makes of them: its mistakes there are what the student
 * learns. The draws are those of the first step, and the answers are cached as others are, so that a resumed run finds the same.
 * Augmentations that blend two samples are left out: of their labels no single one is right.
 * @param samples labelled samples outside of the test split
 * @returns undefined when stopped
 */
export async function augmentedDoubts(
  teacher: Teacher,
  samples: Samples,
  { augment, seed, ...options }: AugmentedOptions,
): Promise<readonly Problem[] | undefined> {
  const unblended = augment.filter((augmentation) => !blendsLabels([augmentation]));
  if (unblended.length === 0) return [];
  const asked = select(samples, spread(samples.count));
  const scores: number[][] = [];
  for (const changes of [[], unblended]) {
    const view = { augment: changes, seed, number: 0 };
    const outputs = await teacherOutputs(teacher, asked, { ...options, view, onProgress: () => {} });
    if (outputs === undefined) return undefined;
    // Answers that are no numbers are reported where the student would learn from them.
    if ("problem" in outputs) return [];
    scores.push(scoresOf(evaluateTeacher(outputs, asked).answers, asked));
    await outputs.close();
  }
  const [plain, augmented] = scores as [number[], number[]];
  // Of one that only guesses, something else is wrong.
  if (guessWords(plain, asked) !== undefined) return [];
  if (lead(plain, augmented) <= clear || shareLost(plain, augmented, asked) <= bearable) return [];
  return [
    {
      code: "teacher-augmented",
      message: `The teacher is ${scoreWords(plain, samples.task)} ${asked.count} training samples, and ${scoreWords(augmented, samples.task)} them once augmented: the student learns its mistakes. Augment less, or use a teacher that was trained with such augmentation.`,
    },
  ];
}

/** Rows from all over the data: files are often sorted by class. */
function spread(count: number): Int32Array {
  const length = Math.min(count, mostAsked);
  return Int32Array.from({ length }, (_, i) => Math.floor((i * count) / length));
}
