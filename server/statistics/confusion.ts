import type { SplitAnswers } from "./splitAnswers.ts";

/** Predictions of the networks against the labels of one split. */
export interface Confusion {
  readonly split: string;
  readonly classes: readonly string[];
  /** By network: how many samples of each class (row) were taken for each class (column). */
  readonly counts: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** Samples that the student has right and the student alone has wrong, and the other way round. */
  readonly helped?: number;
  readonly harmed?: number;
  /** Samples for which teacher and student say different classes. */
  readonly disagreements?: number;
}

/** A larger matrix is not readable. */
const mostClasses = 100;

/** Nothing where a label is no class, or the run has kept no answers. */
export function confusionOf(
  answers: SplitAnswers | undefined,
  names: readonly string[] | undefined,
): { readonly confusion?: Confusion } {
  if (answers === undefined || answers.task !== undefined || answers.classes > mostClasses) return {};
  const { classes, labels, split } = answers;
  const { student, teacher, studentAlone } = answers.answers;
  const counts = Object.fromEntries(
    Object.entries(answers.answers).map(([network, given]) => [network, count(labels, given, classes)]),
  );
  const among = (holds: (sample: number) => boolean): number => {
    let found = 0;
    for (let k = 0; k < labels.length; k++) if (holds(k)) found++;
    return found;
  };
  const isRight = (given: ArrayLike<number>, k: number): boolean => given[k] === labels[k];
  return {
    confusion: {
      split,
      classes: Array.from({ length: classes }, (_, index) => names?.[index] ?? String(index)),
      counts,
      ...(student && studentAlone
        ? {
            helped: among((k) => isRight(student, k) && !isRight(studentAlone, k)),
            harmed: among((k) => !isRight(student, k) && isRight(studentAlone, k)),
          }
        : {}),
      ...(student && teacher ? { disagreements: among((k) => student[k] !== teacher[k]) } : {}),
    },
  };
}

function count(labels: ArrayLike<number>, given: ArrayLike<number>, classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let k = 0; k < labels.length; k++) {
    const row = counts[labels[k] ?? -1];
    const column = given[k];
    if (row !== undefined && column !== undefined && column >= 0 && column < classes)
      row[column] = (row[column] ?? 0) + 1;
  }
  return counts;
}
