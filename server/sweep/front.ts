import { undominated } from "../statistics/undominated.ts";
import { metricOf, taskOfSplits } from "../tasks/tasks.ts";
import { byValidation, meansOf, type Point } from "./results.ts";

/** A combination's student: how large it is, and what it reaches. */
export interface Sized {
  readonly point: Point;
  readonly parameters: number;
}

/** How far below the teacher a student counts as good enough, in shares of a metric in percent. */
export const tolerance = 0.01;

/**
 * The combinations that no other one beats in size and on validation, smallest first. Empty where all students have the same size, or none was measured on validation.
 */
export function paretoFront(points: readonly Point[]): Sized[] {
  const sized = points.flatMap((point): Sized[] => {
    const { parameters } = meansOf(point);
    return parameters === undefined || scoreOf(point) === undefined ? [] : [{ point, parameters }];
  });
  if (new Set(sized.map(({ parameters }) => parameters)).size < 2) return [];
  return undominated(sized, {
    cost: ({ parameters }) => parameters,
    compare: (a, b) => byValidation(meansOf(a.point), meansOf(b.point)),
  });
}

/** Whether a student is good enough: at most `tolerance` below its teacher, by the task's key metric on validation. */
export interface GoodEnough {
  readonly teacher: number;
  /** The smallest student that is; absent: none. */
  readonly smallest?: Sized;
}

/** undefined where no teacher was measured on validation, or the metric is no share. */
export function smallestGoodEnough(front: readonly Sized[]): GoodEnough | undefined {
  const measured = front.flatMap((sized) => {
    const [score, teacher] = [scoreOf(sized.point), teacherOf(sized.point)];
    return score === undefined || teacher === undefined ? [] : [{ sized, score, teacher }];
  });
  // Shares are means of counts: a difference of exactly one point may be off by its last bits.
  const smallest = measured.find(({ score, teacher }) => score >= teacher - tolerance - 1e-9);
  const { teacher } = smallest ?? measured.at(-1) ?? {};
  return teacher === undefined ? undefined : { teacher, ...(smallest && { smallest: smallest.sized }) };
}

/** The task's key metric on validation. */
export const scoreOf = ({ results }: Point): number | undefined =>
  results[`validation.${taskOfSplits(results).key}`]?.mean;

function teacherOf({ results }: Point): number | undefined {
  const { key } = taskOfSplits(results);
  return metricOf(key)?.format === "percent" ? results[`teacher.validation.${key}`]?.mean : undefined;
}
