import { statSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { identityOf, isAlive, type ProcessIdentity } from "../processIdentity.ts";
import { type DirectoryIdentity, directoryIdentity, isDirectory } from "./directoryIdentity.ts";
import { memoryKills } from "./memoryKills.ts";
import { readOwnFileSync } from "./ownFile.ts";
import { verified } from "./verifyRun.ts";

/** The trainer of a run, as named by its lock, or before by the record of its start. */
export interface LockHolder extends ProcessIdentity {
  readonly host: string;
  /** Unix time in milliseconds when the lock was taken. */
  readonly since: number;
  /** The run directory that the record was written in; absent in records of earlier versions. */
  readonly directory?: DirectoryIdentity;
  /** Out-of-memory kills since boot at that time; absent where the kernel does not count them. */
  readonly memoryKills?: number;
  readonly attempt?: Attempt;
  /** Of a claim: the run that does the work. */
  readonly run?: string;
}

/** A job in a cluster's queue, which is restarted when its node is lost or it is preempted. */
export interface Attempt {
  readonly job: number;
  readonly restarts: number;
  /** Its name in the cluster. */
  readonly node: string;
}

/**
 * Whether a holder is a cluster's earlier attempt at the same run. It may run on: a cluster that hears nothing of a node starts its jobs
 * elsewhere.
 */
export const isOutdated = ({ attempt: old }: LockHolder, attempt: Attempt | undefined): boolean =>
  old !== undefined &&
  attempt !== undefined &&
  (old.job < attempt.job || (old.job === attempt.job && old.restarts < attempt.restarts));

/**
 * A holder on another machine cannot be looked up here. It touches its lock twelve times as often, and counts as dead after
 * this long without.
 */
export const heartbeatLostMs = Number(process.env["DISTILL_LOCK_STALE_MS"] ?? 60_000);

/** The record of a process that is, or has just started, the trainer of the run at `directory`. */
export function holderRecord(
  pid: number,
  directory: string,
  { attempt, run }: { readonly attempt?: Attempt | undefined; readonly run?: string | undefined } = {},
): LockHolder {
  const kills = memoryKills();
  return {
    pid,
    startTime: identityOf(pid)?.startTime ?? "",
    host: hostname(),
    since: Date.now(),
    directory: directoryIdentity(resolve(directory)),
    ...(kills === undefined ? {} : { memoryKills: kills }),
    ...(attempt === undefined ? {} : { attempt }),
    ...(run === undefined ? {} : { run }),
  };
}

/** The holder that a lock's text names, dead or alive. */
export function namedHolder(path: string): LockHolder | undefined {
  const text = readRecord(path);
  return text === undefined ? undefined : parseHolder(path, text);
}

/**
 * The process that a record at `path` names, if it lives and the record was written there. Invalid text, as after a power cut,
 * names none.
 * @param now the time in milliseconds by the clock that dates the file
 */
export function livingHolder(path: string, text: string, now = Date.now()): LockHolder | undefined {
  const holder = parseHolder(path, text);
  if (holder === undefined || isCopied(path, holder)) return undefined;
  const lives = isHere(holder) ? isAlive(holder) : touchedLately(path, now);
  return lives ? holder : undefined;
}

/** Whether a record is in a copy of the run that it was written in. */
export const isCopied = (path: string, holder: LockHolder): boolean =>
  holder.directory !== undefined &&
  !isDirectory(dirname(path), holder.directory, { sameMachine: isHere(holder) });

export const isHere = ({ host }: LockHolder): boolean => host === hostname();

/** undefined where there is none. */
export const readRecord = (path: string): string | undefined => readOwnFileSync(path, mostBytes)?.toString();

/** A record is a line of JSON. */
const mostBytes = 1 << 16;

const parseHolder = (path: string, text: string): LockHolder | undefined => {
  try {
    return verified("holder", text, path);
  } catch {
    return undefined;
  }
};

function touchedLately(path: string, now: number): boolean {
  const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return now - touched < heartbeatLostMs;
}
