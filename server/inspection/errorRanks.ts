import type { Rank, Ranks, SampleSets } from "./inspector.ts";

/** How wrong the networks of a run are about a sample, where it has them. */
interface Errors {
  readonly student?: Rank | undefined;
  readonly studentAlone?: Rank | undefined;
  /** How far the student is from the teacher. */
  readonly apart?: Rank | undefined;
}

export function errorRanks({ student, studentAlone, apart }: Errors): Ranks {
  if (student === undefined) return {};
  // Two errors that are infinite differ by none.
  const gained = studentAlone && ((k: number) => studentAlone(k) - student(k) || 0);
  return {
    worst: student,
    best: (k) => -student(k),
    ...(apart ? { apart } : {}),
    ...(gained ? { gained, lost: (k) => -gained(k) } : {}),
  };
}

/** Where the student is less wrong than alone, and where more. */
export const gainSets = ({ student, studentAlone }: Errors): SampleSets =>
  student && studentAlone
    ? {
        helped: (k) => student(k) < studentAlone(k),
        harmed: (k) => student(k) > studentAlone(k),
      }
    : {};
