import type { Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import type { RunFiles } from "../../schemas/run-files.gen.ts";
import { readRunFileWithStats } from "./verifyRun.ts";

/** File metadata; if one of these differs, the content may have changed. */
export interface Stamp {
  readonly size: number;
  /** Unix times in milliseconds. The second one cannot be set by programs. */
  readonly modified: number;
  readonly changed: number;
  readonly inode: number;
}

/** A JSON file of a run as read, valid while the file has the same stamp. */
export interface KnownFile<K extends keyof RunFiles> {
  readonly stamp: Stamp;
  readonly value: NonNullable<RunFiles[K]>;
}

export const stampOf = ({ size, mtimeMs, ctimeMs, ino }: Stats): Stamp => ({
  size,
  modified: mtimeMs,
  changed: ctimeMs,
  inode: ino,
});

export const isSame = (a: Stamp, b: Stamp): boolean =>
  a.size === b.size && a.modified === b.modified && a.changed === b.changed && a.inode === b.inode;

/** A file that has just changed may change again with the same time, where file times are coarse. */
export const isSettled = ({ modified, changed }: Stamp, now: number): boolean =>
  Math.max(modified, changed) < now - 2000;

/** Whether the path is a file, not a link, with this stamp. */
export async function bears(path: string, stamp: Stamp): Promise<boolean> {
  const entry = await lstat(path).catch(() => undefined);
  return entry?.isFile() === true && isSame(stampOf(entry), stamp);
}

/** Reads the file where its stamp has changed. Undefined where it is missing; throws as readRunFile does. */
export async function readKnownFile<K extends keyof RunFiles>(
  kind: K,
  path: string,
  known: KnownFile<K> | undefined,
): Promise<KnownFile<K> | undefined> {
  if (known !== undefined && (await bears(path, known.stamp))) return known;
  const read = await readRunFileWithStats(kind, path);
  return read && { stamp: stampOf(read.stats), value: read.value };
}
