import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { checkLog, type LogCheck, unchecked } from "./logCheck.ts";
import { addFacts, type FactsRead, factsFromEnds } from "./logEnds.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import type { RunDirectory } from "./runDirectory.ts";

/** What was read of each run before, by directory; whoever lists again and again keeps one. */
export type SummaryCache = Map<string, KnownLog>;

/** What is known of a log as long as its file bears the same stamp. */
export interface KnownLog extends FactsRead {
  readonly stamp: Stamp;
  /** As it was when the log was read: it is written before the event that follows from it. */
  readonly manifest: Manifest | undefined;
  readonly check: LogCheck;
}

/** What a file system says of a file; where one of these differs it may hold something else. */
export interface Stamp {
  readonly size: number;
  /** Unix times in milliseconds. The second one nobody can set. */
  readonly modified: number;
  readonly changed: number;
  readonly inode: number;
}

/** One look at runs: how much of logs it may still look through for damage, and how much of them it has read. */
export interface Reading {
  left: number;
  bytes: number;
}

/** What of logs a command looks through that nobody has before: it does not take longer for a long log. */
export const newReading = (left = 16 << 20): Reading => ({ left, bytes: 0 });

/** Reads what is new in a log: its ends, and the rest of it for damage, as far as `reading` allows. undefined without a log. */
export async function knownLog(
  directory: RunDirectory,
  cache: SummaryCache,
  reading: Reading,
): Promise<KnownLog | undefined> {
  const entry = await stat(directory.events).catch(() => undefined);
  if (entry === undefined) return undefined;
  const stamp = stampOf(entry);
  const before = cache.get(directory.path);
  let known = before && isSame(before.stamp, stamp) ? before : undefined;
  if (known === undefined) {
    const grown = before?.stamp.inode === stamp.inode && stamp.size > before.stamp.size ? before : undefined;
    const read = await (grown !== undefined && stamp.size - grown.end <= 1 << 20
      ? addFacts(directory.events, grown, stamp.size)
      : factsFromEnds(directory.events, stamp.size));
    reading.bytes += read.bytes;
    const manifest = await readManifest(directory);
    known = { ...read, stamp, manifest, check: { ...(grown?.check ?? unchecked), isDone: false } };
  }
  if (!known.check.isDone && reading.left > 0) {
    const check = await checkLog(directory.events, known.check, reading.left);
    reading.left -= check.end - known.check.end;
    reading.bytes += check.end - known.check.end;
    known = { ...known, check };
  }
  if (known !== before) cache.set(directory.path, known);
  return known;
}

const stampOf = ({ size, mtimeMs, ctimeMs, ino }: Stats): Stamp => ({
  size,
  modified: mtimeMs,
  changed: ctimeMs,
  inode: ino,
});

const isSame = (a: Stamp, b: Stamp): boolean =>
  a.size === b.size && a.modified === b.modified && a.changed === b.changed && a.inode === b.inode;
