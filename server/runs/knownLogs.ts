import { lstat } from "node:fs/promises";
import { isSame, isSettled, type Stamp, stampOf } from "./knownFiles.ts";
import { checkLog, type LogCheck, unchecked } from "./logCheck.ts";
import { addFacts, type FactsRead, factsFromEnds } from "./logEnds.ts";
import { type Manifest, readKnownManifest } from "./manifest.ts";
import type { RunDirectory } from "./runDirectory.ts";
import type { IndexedRun, KnownFiles, RunIndex } from "./runIndex.ts";
import { noWork } from "./runProgress.ts";

/** Cache of what was read of each run, by directory; kept by callers that list repeatedly. */
export type SummaryCache = Map<string, KnownLog>;

/** Facts of a log, valid while its file has the same stamp. */
export interface KnownLog extends FactsRead {
  readonly stamp: Stamp;
  /** As of when the log was read: it is written before the event that follows from it. */
  readonly manifest: Manifest | undefined;
  readonly check: LogCheck;
  readonly files: KnownFiles;
}

/** One listing of runs: how much of the logs it may still check for damage, and how much it has read. */
export interface Reading {
  left: number;
  bytes: number;
  /** Unix time in milliseconds. */
  readonly now: number;
  /** Facts of the logs in this folder from an earlier listing. */
  index?: RunIndex;
}

/** Bytes of logs that a command checks for the first time, so that long logs do not take longer. */
export const newReading = (left = 8 << 20, now = Date.now()): Reading => ({ left, bytes: 0, now });

/** Facts from before, and the budget of this listing. */
export interface Known {
  readonly cache: SummaryCache;
  readonly reading: Reading;
}

/** Reads the new part of a log: its ends, and the rest for damage, as far as `reading` allows. undefined without a log. */
export async function knownLog(
  directory: RunDirectory,
  files: Omit<KnownFiles, "manifest">,
  { cache, reading }: Known,
): Promise<KnownLog | undefined> {
  const entry = await lstat(directory.events).catch(() => undefined);
  if (entry === undefined) return undefined;
  const stamp = stampOf(entry);
  const before = cache.get(directory.path);
  const indexed = reading.index?.get(directory.id);
  let known = before && isSame(before.stamp, stamp) ? before : undefined;
  if (known === undefined && indexed && isSame(indexed.stamp, stamp)) {
    const { file, manifest } = await readKnownManifest(directory, indexed.files.manifest);
    known = { ...indexed, bytes: 0, manifest, files: { ...files, manifest: file } };
  } else if (known === undefined) {
    const grown = before?.stamp.inode === stamp.inode && stamp.size > before.stamp.size ? before : undefined;
    const read = await (grown !== undefined && stamp.size - grown.end <= 1 << 20
      ? addFacts(directory.events, grown, stamp.size)
      : factsFromEnds(directory.events, stamp.size));
    reading.bytes += read.bytes;
    const { file, manifest } = await readKnownManifest(directory, before?.files.manifest);
    const check = { ...(grown?.check ?? unchecked), isDone: false };
    known = { ...read, stamp, manifest, check, files: { ...files, manifest: file } };
  }
  if (!known.check.isDone && reading.left > 0) {
    // Deducted before reading, because listings run concurrently.
    const rest = stamp.size - known.check.end;
    const share = Math.min(reading.left, rest);
    reading.left -= share;
    const check = await checkLog(
      directory.events,
      known.check,
      share < rest ? share : Number.POSITIVE_INFINITY,
    );
    const checked = check.end - known.check.end;
    reading.left += share - checked;
    reading.bytes += checked;
    known = { ...known, check };
  }
  if (known.files.job !== files.job || known.files.experiment !== files.experiment)
    known = { ...known, files: { ...known.files, ...files } };
  if (known !== before) cache.set(directory.path, known);
  return known;
}

/** The index entry of a run that is over, once all its files have settled. */
export function indexedRun(
  { stamp, end, facts, check, files }: KnownLog,
  now: number,
): IndexedRun | undefined {
  const stamps = [
    stamp,
    files.job.stamp,
    files.experiment,
    ...(files.manifest ? [files.manifest.stamp] : []),
  ];
  if (!stamps.every((one) => isSettled(one, now))) return undefined;
  return { stamp, end, facts: { ...facts, work: noWork() }, check, files };
}

/** Whether nothing was read since. */
export function isSameRun(a: IndexedRun, b: IndexedRun): boolean {
  const manifests = [a.files.manifest?.stamp, b.files.manifest?.stamp] as const;
  return (
    a.check.end === b.check.end &&
    isSame(a.stamp, b.stamp) &&
    isSame(a.files.job.stamp, b.files.job.stamp) &&
    isSame(a.files.experiment, b.files.experiment) &&
    (manifests[0] === manifests[1] ||
      (manifests[0] !== undefined && manifests[1] !== undefined && isSame(manifests[0], manifests[1])))
  );
}
