import type { Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import { checkLog, type LogCheck, unchecked } from "./logCheck.ts";
import { addFacts, type FactsRead, factsFromEnds } from "./logEnds.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import type { RunDirectory } from "./runDirectory.ts";
import type { IndexedLog, RunIndex, Stamp } from "./runIndex.ts";
import { noWork } from "./runProgress.ts";

/** What was read of each run before, by directory; whoever lists again and again keeps one. */
export type SummaryCache = Map<string, KnownLog>;

/** What is known of a log as long as its file bears the same stamp. */
export interface KnownLog extends FactsRead {
  readonly stamp: Stamp;
  /** As it was when the log was read: it is written before the event that follows from it. */
  readonly manifest: Manifest | undefined;
  readonly check: LogCheck;
}

/** One look at runs: how much of logs it may still look through for damage, and how much of them it has read. */
export interface Reading {
  left: number;
  bytes: number;
  /** Unix time in milliseconds. */
  readonly now: number;
  /** What an earlier look has found out of the logs in this folder. */
  index?: RunIndex;
}

/** What of logs a command looks through that nobody has before: it does not take longer for a long log. */
export const newReading = (left = 16 << 20, now = Date.now()): Reading => ({ left, bytes: 0, now });

/** Reads what is new in a log: its ends, and the rest of it for damage, as far as `reading` allows. undefined without a log. */
export async function knownLog(
  directory: RunDirectory,
  cache: SummaryCache,
  reading: Reading,
): Promise<KnownLog | undefined> {
  const entry = await lstat(directory.events).catch(() => undefined);
  if (entry === undefined) return undefined;
  const stamp = stampOf(entry);
  const before = cache.get(directory.path);
  const indexed = reading.index?.get(directory.id);
  let known = before && isSame(before.stamp, stamp) ? before : undefined;
  if (known === undefined && indexed && isSame(indexed.stamp, stamp)) {
    known = { ...indexed, bytes: 0, manifest: await readManifest(directory) };
  } else if (known === undefined) {
    const grown = before?.stamp.inode === stamp.inode && stamp.size > before.stamp.size ? before : undefined;
    const read = await (grown !== undefined && stamp.size - grown.end <= 1 << 20
      ? addFacts(directory.events, grown, stamp.size)
      : factsFromEnds(directory.events, stamp.size));
    reading.bytes += read.bytes;
    const manifest = await readManifest(directory);
    known = { ...read, stamp, manifest, check: { ...(grown?.check ?? unchecked), isDone: false } };
  }
  if (!known.check.isDone && reading.left > 0) {
    // Set aside before it is read: others look at the same time.
    const rest = stamp.size - known.check.end;
    const share = Math.min(reading.left, rest);
    reading.left -= share;
    const check = await checkLog(
      directory.events,
      known.check,
      share < rest ? share : Number.POSITIVE_INFINITY,
    );
    const looked = check.end - known.check.end;
    reading.left += share - looked;
    reading.bytes += looked;
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

/**
 * What the index is to hold of a log that nobody writes to. A file that has just changed may change once more without
 * another time on it, where the system's clock for files ticks slowly.
 */
export function indexedLog({ stamp, end, facts, check }: KnownLog, now: number): IndexedLog | undefined {
  const isSettled = Math.max(stamp.modified, stamp.changed) < now - 2000;
  return isSettled ? { stamp, end, facts: { ...facts, work: noWork() }, check } : undefined;
}

export const isSame = (a: Stamp, b: Stamp): boolean =>
  a.size === b.size && a.modified === b.modified && a.changed === b.changed && a.inode === b.inode;
