import { existsSync, linkSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { Worker } from "node:worker_threads";
import { ownHeartbeat } from "../packageRoot.ts";
import type { Heartbeat } from "./heartbeat.ts";
import {
  type Attempt,
  heartbeatLostMs,
  holderRecord,
  isHere,
  isOutdated,
  type LockHolder,
  livingHolder,
  namedHolder,
  readRecord,
} from "./holder.ts";
import { fileError, RunError } from "./runError.ts";

export interface RunLock {
  /** Releases the lock; calling it again does nothing. */
  release(): void;
}

export interface LockOptions {
  /** Called once when another process has taken the lock or the directory is gone. Nothing may be written there any more. */
  readonly lost?: (why: RunError) => void;
  /** Of a job in a cluster's queue: the lock of an earlier attempt is taken over even if that lives. */
  readonly attempt?: Attempt | undefined;
  /** Of a claim: the run that does the work. */
  readonly run?: string | undefined;
  /** Held for less than a beat, so that no thread touches it: one takes longer to start than a line to write. */
  readonly isBrief?: true;
}

/**
 * Takes the lock of a run for this process, or throws a RunError `locked` that names the holder. The lock of a dead holder is
 * taken over, and that of one on another machine that has not touched it for a minute. Such a holder may only have been
 * suspended, so a holder checks its lock right before each write in the directory (`assertLocked`). Microseconds pass between
 * check and write: no system call combines the two, and Node cannot lock files. A write in between is detected by the log's
 * size (`openEventLog`).
 */
export function acquireLock(directory: string, { lost, attempt, run, isBrief }: LockOptions = {}): RunLock {
  const absolute = resolve(directory);
  const path = join(absolute, "lock");
  const mine = JSON.stringify(holderRecord(process.pid, absolute, { attempt, run }));
  try {
    take(path, { mine, attempt });
  } catch (error) {
    throw fileError(error, "create", path);
  }
  let ended = false;
  const reportLoss = (): RunError => {
    const why = lossOf(absolute, path);
    if (!ended) {
      ended = true;
      lost?.(why);
    }
    return why;
  };
  const stopBeating = isBrief
    ? () => {}
    : startHeartbeat({ path, text: mine, everyMs: heartbeatLostMs / 12 }, reportLoss);
  ownLocks.set(absolute, () => {
    if (ended || readRecord(path) !== mine) throw reportLoss();
  });
  return {
    release() {
      const isOurs = !ended;
      ended = true;
      ownLocks.delete(absolute);
      stopBeating();
      if (isOurs && readRecord(path) === mine) rmSync(path, { force: true });
    },
  };
}

/** The runs that this process has locked. */
const ownLocks = new Map<string, () => void>();

/**
 * Throws a RunError `lock-lost` where `path` is in a run whose lock this process has lost. Call it right before each write
 * there, without an await in between.
 */
export function assertLocked(path: string): void {
  for (const [directory, assertOurs] of ownLocks)
    if (path === directory || path.startsWith(directory + sep)) assertOurs();
}

/** The living trainer of a run; undefined when there is none, even with a lock file. */
export function lockHolder(directory: string): LockHolder | undefined {
  const path = join(directory, "lock");
  const text = readRecord(path);
  return text === undefined ? undefined : livingHolder(path, text);
}

/** @returns how to end it */
function startHeartbeat(heartbeat: Heartbeat, lost: () => void): () => void {
  let ended = false;
  const worker = new Worker(ownHeartbeat(), {
    workerData: heartbeat,
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
  });
  worker.unref();
  worker.on("message", () => {
    if (!ended) lost();
  });
  // Without it other machines may take the lock; writes are still fenced.
  worker.on("error", (error) => {
    if (!ended) console.error("The thread that touches the lock has ended:", error);
  });
  return () => {
    ended = true;
    void worker.terminate();
  };
}

interface OwnRecord {
  /** The lock's content. */
  readonly mine: string;
  readonly attempt: Attempt | undefined;
}

/**
 * The lock appears complete, as a link to a file that is already written. Replacing a dead holder's lock needs a take-over
 * lock; while it is held no other process replaces `path`, so its content is compared again and then replaced. If that process
 * dies too, its take-over lock is taken over in the same way.
 */
function take(path: string, own: OwnRecord): void {
  const { mine, attempt } = own;
  const beside = `${path}.${process.pid}.${process.hrtime.bigint()}`;
  writeFileSync(beside, mine, { flag: "wx" });
  try {
    for (;;) {
      if (isPlaced(beside, path, mine)) return;
      const found = readRecord(path);
      if (found === undefined) continue; // released since
      // Both times are the disk's, whose clock may differ from this machine's.
      const holder = livingHolder(path, found, statSync(beside).mtimeMs);
      if (holder !== undefined && !isOutdated(holder, attempt)) throw refused(path, holder);
      const takeover = `${path}.takeover`;
      take(takeover, own);
      try {
        if (readRecord(path) === found) {
          renameSync(beside, path);
          return;
        }
      } finally {
        rmSync(takeover, { force: true });
      }
    }
  } finally {
    rmSync(beside, { force: true });
  }
}

function isPlaced(beside: string, path: string, mine: string): boolean {
  try {
    linkSync(beside, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP" && code !== "ENOSYS") throw error;
  }
  // A file system without links. Here a reader may see the lock before its text, for a moment.
  try {
    writeFileSync(path, mine, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function refused(path: string, holder: LockHolder): RunError {
  return new RunError(
    "locked",
    `Another trainer is working on this run: ${processWords(holder)} holds ${path} since ${sinceWords(holder)}.`,
    "Wait until it ends, or stop it with `distill stop`.",
  );
}

/** Why a lock was lost. */
function lossOf(directory: string, path: string): RunError {
  if (!existsSync(directory))
    return new RunError(
      "lock-lost",
      `${directory} was moved or deleted while the run trained. The trainer ends and writes nothing there.`,
      "If it was moved, resume the run where it is now.",
    );
  const other = namedHolder(path);
  return other === undefined
    ? new RunError(
        "lock-lost",
        `${path} was removed while the run trained. The trainer ends.`,
        "Resume the run, and do not remove its lock.",
      )
    : new RunError(
        "lock-lost",
        `Another trainer has taken over this run: ${processWords(other)} holds ${path} since ${sinceWords(other)}. This one, process ${process.pid}, ends.`,
        `Watch the other trainer, or stop it.`,
      );
}

const processWords = (holder: LockHolder): string =>
  isHere(holder) ? `process ${holder.pid}` : `process ${holder.pid} on ${holder.host}`;

const sinceWords = ({ since }: LockHolder): string => new Date(since).toISOString();
