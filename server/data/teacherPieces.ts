import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { openTeacherOutputs, type TeacherOutputs } from "./teacherCache.ts";

/**
 * Pieces of a teacher's outputs, each a file as the whole has it (`teacherCache.ts`) under the whole's key and the piece's rows:
 * `KEY.0-512`. Whoever needs the whole joins those that it finds.
 */

/** Samples from `start` to before `end`. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

export interface Piece {
  readonly range: RowRange;
  readonly outputs: TeacherOutputs;
}

export const pieceKey = (key: string, { start, end }: RowRange): string => `${key}.${start}-${end}`;

/** The whole pieces of `count` rows that lie in the cache, by their first row; damaged ones are removed. */
export async function openPieces(
  directory: string,
  key: string,
  {
    count,
    classes,
    damagedAt,
  }: {
    readonly count: number;
    readonly classes: number;
    /** Called for a damaged file. */
    readonly damagedAt?: (path: string) => void;
  },
): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for (const range of await rangesOf(directory, key)) {
    if (range.start >= range.end || range.end > count) continue;
    const outputs = await openTeacherOutputs(directory, pieceKey(key, range), {
      count: range.end - range.start,
      ...(damagedAt ? { damagedAt } : {}),
    });
    if (outputs?.classes === classes) pieces.push({ range, outputs });
    else await outputs?.close();
  }
  return pieces;
}

/** Whether there are pieces of all the rows, by their names alone. */
export async function areAllThere(directory: string, key: string, count: number): Promise<boolean> {
  return inTurn(await rangesOf(directory, key)).at(-1)?.end === count;
}

/** Of pieces by their first row those that follow on one another from the first row on. */
export function inTurn<T extends RowRange>(ranges: readonly T[]): T[] {
  const found: T[] = [];
  for (const range of ranges) if (range.start === (found.at(-1)?.end ?? 0)) found.push(range);
  return found;
}

/** Removes all pieces, once the whole is in the cache. */
export async function removePieces(directory: string, key: string): Promise<void> {
  for (const range of await rangesOf(directory, key))
    await rm(join(directory, pieceKey(key, range)), { force: true });
}

async function rangesOf(directory: string, key: string): Promise<RowRange[]> {
  const ranges: RowRange[] = [];
  for (const name of await readdir(directory)) {
    const [, start, end] =
      /^\.(\d{1,15})-(\d{1,15})$/.exec(name.startsWith(key) ? name.slice(key.length) : "") ?? [];
    if (start !== undefined) ranges.push({ start: Number(start), end: Number(end) });
  }
  return ranges.sort((a, b) => a.start - b.start || b.end - a.end);
}
