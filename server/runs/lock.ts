import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { memoryKills } from "./memoryKills.ts";
import { identityOf, isAlive, type ProcessIdentity } from "./processIdentity.ts";
import { fileError, RunError } from "./runError.ts";

export interface LockHolder extends ProcessIdentity {
  readonly host: string;
  /** Unix time in milliseconds when the lock was taken. */
  readonly since: number;
  /** How many processes this boot's kernel had ended for want of memory by then; absent where it does not count them. */
  readonly memoryKills?: number;
}

export interface RunLock {
  /** Gives the lock back; calling it again does nothing. */
  release(): void;
}

/** A holder on another machine cannot be looked up here; it shows that it lives by touching its lock. */
const heartbeatMs = 5_000;
const heartbeatLostMs = 60_000;

/**
 * Takes the lock of a run for this process, or throws a RunError `locked` that names the holder. The lock of a dead
 * holder is taken over.
 */
export function acquireLock(directory: string): RunLock {
  const path = join(directory, "lock");
  const mine = JSON.stringify(holderRecord(process.pid));
  try {
    take(path, mine);
  } catch (error) {
    throw fileError(error, "create", path);
  }
  const beat = setInterval(() => touch(path), heartbeatMs);
  beat.unref();
  let held = true;
  return {
    release() {
      if (!held) return;
      held = false;
      clearInterval(beat);
      if (readLock(path) === mine) rmSync(path, { force: true });
    },
  };
}

/** The living trainer of a run; undefined when there is none, whatever the lock file says. */
export function lockHolder(directory: string): LockHolder | undefined {
  const path = join(directory, "lock");
  const text = readLock(path);
  return text === undefined ? undefined : livingHolder(path, text);
}

export function holderRecord(pid: number): LockHolder {
  const kills = memoryKills();
  return {
    pid,
    startTime: identityOf(pid)?.startTime ?? "",
    host: hostname(),
    since: Date.now(),
    ...(kills === undefined ? {} : { memoryKills: kills }),
  };
}

/** Whom a lock's text names, dead or alive. */
export function namedHolder(path: string): LockHolder | undefined {
  const text = readLock(path);
  return text === undefined ? undefined : parseHolder(text);
}

/** The process that a lock's text names, if it lives. Text that is no lock, as after a power cut, names nobody. */
export function livingHolder(path: string, text: string): LockHolder | undefined {
  const holder = parseHolder(text);
  if (holder === undefined) return undefined;
  const lives = holder.host === hostname() ? isAlive(holder) : touchedLately(path);
  return lives ? holder : undefined;
}

/**
 * The lock appears whole, as a link to a file that is already written. To replace a dead holder's lock one must hold
 * the lock of the take-over; while it is held nobody else replaces `path`, so what was read before is compared once
 * more and then replaced. Should the process that takes over die too, its own lock is taken over in the same way.
 */
function take(path: string, mine: string): void {
  const beside = `${path}.${process.pid}.${process.hrtime.bigint()}`;
  writeFileSync(beside, mine, { flag: "wx" });
  try {
    for (;;) {
      if (isPlaced(beside, path, mine)) return;
      const found = readLock(path);
      if (found === undefined) continue; // released since
      const holder = livingHolder(path, found);
      if (holder !== undefined) throw refused(path, holder);
      const takeover = `${path}.takeover`;
      take(takeover, mine);
      try {
        if (readLock(path) === found) {
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

function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(error, "read", path);
  }
}

function parseHolder(text: string): LockHolder | undefined {
  try {
    const { pid, startTime, host, since, memoryKills } = JSON.parse(text) as Record<string, unknown>;
    if (typeof pid !== "number" || typeof startTime !== "string") return undefined;
    const known = { pid, startTime, host: String(host), since: Number(since) };
    return typeof memoryKills === "number" ? { ...known, memoryKills } : known;
  } catch {
    return undefined;
  }
}

function touchedLately(path: string): boolean {
  const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - touched < heartbeatLostMs;
}

function touch(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // The folder was removed or the disk is gone: the next event or checkpoint says so, with its name.
  }
}

function refused(path: string, { pid, host, since }: LockHolder): RunError {
  const where = host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
  return new RunError(
    "locked",
    `Another trainer works on this run: ${where} holds ${path} since ${new Date(since).toISOString()}.`,
    "Wait until it ends, or stop it with `distill stop`.",
  );
}
