import { undominated } from "../statistics/undominated.ts";
import { metricOf, taskOfSplits } from "../tasks/tasks.ts";
import { bestPoint, byValidation, meansOf, type Point } from "./results.ts";

/** A combination's student: how large it is, and what it reaches. */
export interface Sized {
  readonly point: Point;
  readonly parameters: number;
}

/**
 * The combinations that no other one beats in size and on validation, smallest first. Empty where all students have the same size, or none was
 * measured on validation; of a search of students that halves, one that trained to its end is enough.
 */
export function paretoFront(points: readonly Point[]): Sized[] {
  const sized = points.flatMap((point): Sized[] => {
    const { parameters } = meansOf(point);
    return parameters === undefined || scoreOf(point) === undefined ? [] : [{ point, parameters }];
  });
  const areEqual = new Set(sized.map(({ parameters }) => parameters)).size < 2;
  if (areEqual && !(points.some(isHalved) && varyStudent(points))) return [];
  return undominated(sized, {
    cost: ({ parameters }) => parameters,
    compare: (a, b) => byValidation(meansOf(a.point), meansOf(b.point)),
  });
}

const isHalved = ({ runs }: Point): boolean => runs.some(({ summary }) => summary?.member?.halved);

/** Whether students of several sizes were tried, as far as settings tell. */
const varyStudent = (points: readonly Point[]): boolean =>
  new Set(
    points.map(({ settings }) =>
      JSON.stringify(Object.entries(settings).filter(([path]) => /^student\b/.test(path))),
    ),
  ).size > 1;

/** Whether a student is good enough: at most `tolerance` points below its teacher, by the task's key metric on validation. */
export interface GoodEnough {
  readonly tolerance: number;
  /** Absent: none was measured on validation. */
  readonly teacher?: number;
  /** The smallest student that is; absent: none. */
  readonly smallest?: Sized;
}

/**
 * undefined where there is no front, or the metric is no share.
 * @param tolerance in points, hundredths of a share; undefined in sweeps of earlier versions, which had none
 */
export function smallestGoodEnough(
  front: readonly Sized[],
  tolerance: number | undefined,
): GoodEnough | undefined {
  if (tolerance === undefined || !front.some(({ point }) => isShare(point))) return undefined;
  const measured = front.flatMap((sized) => {
    const [score, teacher] = [scoreOf(sized.point), teacherOf(sized.point)];
    return score === undefined || teacher === undefined ? [] : [{ sized, score, teacher }];
  });
  // Shares are means of counts: a difference of exactly one point may be off by its last bits.
  const smallest = measured.find(({ score, teacher }) => score >= teacher - tolerance / 100 - 1e-9);
  const { teacher } = smallest ?? measured.at(-1) ?? {};
  return {
    tolerance,
    ...(teacher === undefined ? {} : { teacher }),
    ...(smallest && { smallest: smallest.sized }),
  };
}

/** The task's key metric on validation. */
export const scoreOf = ({ results }: Point): number | undefined =>
  results[`validation.${taskOfSplits(results).key}`]?.mean;

function teacherOf({ results }: Point): number | undefined {
  return results[`teacher.validation.${taskOfSplits(results).key}`]?.mean;
}

const isShare = ({ results }: Point): boolean => metricOf(taskOfSplits(results).key)?.format === "percent";

/**
 * The combinations whose test split is read: the smallest good enough, and last the best on validation. None where validation chooses
 * nothing.
 */
export function chosenPoints(points: readonly Point[], tolerance: number | undefined): readonly Point[] {
  const best = bestPoint(points);
  const smallest = smallestGoodEnough(paretoFront(points), tolerance)?.smallest?.point;
  return [...(smallest === undefined || smallest === best ? [] : [smallest]), ...(best ? [best] : [])];
}
