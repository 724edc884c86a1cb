import type { Samples } from "../../data/samples.ts";
import type { Answers } from "../../tasks/task.ts";
import { type TaskName, taskOf } from "../../tasks/tasks.ts";
import { asPercent, mostFrequent, noMoreThanGuessing } from "./guessing.ts";

type Labelled = Pick<Samples, "task" | "labels" | "targets"> & Partial<Pick<Samples, "classes">>;

/**
 * How good answers are, of each sample, the higher the better: 1 or 0 for a class, less the squared error of numbers, less how many
 * labels are wrong.
 * @param rows of the samples that were answered; absent: all, in their order
 */
export function scoresOf(answers: Answers, { task, labels }: Labelled, rows?: ArrayLike<number>): number[] {
  const count = answers.length / taskOf(task).answers;
  const at = (i: number) => rows?.[i] ?? i;
  return Array.from({ length: count }, (_, i) =>
    taskScores[task ?? "classification"].score(answers, i, labels[at(i)] as number),
  );
}

/** As in `right for 93.3 % of`, `off by 12.3 (RMSE) on`, before how many samples. */
export const scoreWords = (scores: readonly number[], task: TaskName = "classification"): string =>
  taskScores[task].words(meanOf(scores));

/**
 * The score of guessing, in a sentence's second part, where these answers are not better by two standard deviations: the most
 * frequent class, the mean of the numbers, the labels that most samples have.
 */
export function guessWords(
  scores: readonly number[],
  { task = "classification", ...samples }: Labelled,
  rows: ArrayLike<number> = samples.labels.map((_, i) => i),
): string | undefined {
  if (task === "classification") {
    const labels = Array.from(rows, (row) => samples.labels[row] as number);
    const guess = noMoreThanGuessing(
      scores.map((score) => score === 1),
      labels,
    );
    return guess && `always predicting the most frequent class gives ${asPercent(mostFrequent(labels))}`;
  }
  const guessed = taskScores[task].guess(samples, rows);
  return lead(scores, guessed) >= 2 ? undefined : taskScores[task].guessWords(meanOf(guessed));
}

/** Which part of what answers are better by than guessing is lost in others to the same samples; 1 where nothing is left of it. */
export function shareLost(
  scores: readonly number[],
  others: readonly number[],
  { task = "classification", ...samples }: Labelled,
): number {
  const guessed = meanOf(taskScores[task].guess(samples, [...samples.labels.keys()]));
  return (meanOf(scores) - meanOf(others)) / (meanOf(scores) - guessed);
}

/** How much better `a` is than `b` on the same samples, in standard deviations: for 1 and 0 McNemar's signed statistic. */
export function lead(a: readonly number[], b: readonly number[]): number {
  let [sum, squares] = [0, 0];
  a.forEach((score, i) => {
    const difference = score - (b[i] as number);
    sum += difference;
    squares += difference * difference;
  });
  return squares === 0 ? 0 : sum / Math.sqrt(squares);
}

interface TaskScores {
  readonly score: (answers: Answers, sample: number, label: number) => number;
  readonly words: (mean: number) => string;
  readonly guess: (samples: Omit<Labelled, "task">, rows: ArrayLike<number>) => number[];
  readonly guessWords: (mean: number) => string;
}

const taskScores: { readonly [T in TaskName]: TaskScores } = {
  classification: {
    score: (answers, sample, label) => (answers[sample] === label ? 1 : 0),
    words: (mean) => `right for ${asPercent(mean)} of`,
    guess: ({ labels }, rows) => {
      const share = mostFrequent(Array.from(rows, (row) => labels[row] as number));
      return Array.from(rows, () => share);
    },
    guessWords: () => "",
  },
  regression: {
    score: (errors, sample) => -(errors[sample] as number),
    words: (mean) => `off by ${rmseOf(mean)} (RMSE) on`,
    guess: (samples, rows) => {
      const means = meansOf(samples, rows);
      return distances(samples, rows, (target, k) => (target - (means[k] as number)) ** 2 / means.length);
    },
    guessWords: (mean) => `always giving their mean is off by ${rmseOf(mean)}`,
  },
  multiLabel: {
    score: (answers, sample) => -(answers[2 * sample + 1] as number),
    words: (mean) => `wrong in ${numberWords(-mean)} labels a sample on`,
    guess: (samples, rows) => {
      const usual = meansOf(samples, rows).map((share) => (share >= 0.5 ? 1 : 0));
      return distances(samples, rows, (target, k) => (target === usual[k] ? 0 : 1));
    },
    guessWords: (mean) => `always giving the labels that most of them have is wrong in ${numberWords(-mean)}`,
  },
};

const numberWords = (value: number): string => String(Number(value.toPrecision(4)));
const rmseOf = (mean: number): string => numberWords(Math.sqrt(-mean));

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

const targetOf = ({ targets, classes = 1 }: Omit<Labelled, "task">, row: number, k: number): number =>
  targets?.[row * classes + k] ?? Number.NaN;

/** Of each output. */
const meansOf = (samples: Omit<Labelled, "task">, rows: ArrayLike<number>): number[] =>
  Array.from({ length: samples.classes ?? 1 }, (_, k) =>
    meanOf(Array.from(rows, (row) => targetOf(samples, row, k))),
  );

/** Of each sample, less the sum over outputs. */
const distances = (
  samples: Omit<Labelled, "task">,
  rows: ArrayLike<number>,
  of: (target: number, k: number) => number,
): number[] =>
  Array.from(rows, (row) => {
    let sum = 0;
    for (let k = 0; k < (samples.classes ?? 1); k++) sum += of(targetOf(samples, row, k), k);
    return -sum;
  });
