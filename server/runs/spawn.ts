import { spawn } from "node:child_process";
import { closeSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ownTrainer } from "../packageRoot.ts";
import { holderRecord, type LockHolder, livingHolder, namedHolder, readRecord } from "./holder.ts";
import { assertLocked, lockHolder } from "./lock.ts";
import type { NodeProgram } from "./node.ts";
import { openOwnFileToAppend } from "./ownFile.ts";
import { type RunDirectory, runDirectory } from "./runDirectory.ts";
import { RunError } from "./runError.ts";
import { type Trackers, trackersInEnvironment } from "./trackers.ts";

export interface TrainerStart extends Trackers {
  readonly node: NodeProgram;
  /** Absolute path of the run directory. */
  readonly runDirectory: string;
  /** The script to run; this program's trainer when absent. */
  readonly trainerPath?: string;
}

/** The trainer as its parent sees it. */
export interface SpawnedTrainer {
  readonly pid: number;
  /** Resolves when the trainer has ended; `code` is null when a signal ended it. Does not keep the parent alive. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** Detaches the trainer, so that the parent can exit before it. */
  detach(): void;
}

/**
 * Starts a trainer in a session of its own, so that it outlives its parent and gets no Ctrl-C of the parent's
 * terminal. Its output goes to trainer.log.
 */
export async function spawnTrainer({
  node,
  runDirectory: path,
  trainerPath,
  tensorboard,
  mlflow,
}: TrainerStart): Promise<SpawnedTrainer> {
  const directory = runDirectory(path);
  const log = openOwnFileToAppend(directory.trainerLog);
  try {
    const child = spawn(node.path, [trainerPath ?? ownTrainer(), directory.path], {
      detached: true,
      stdio: ["ignore", log, log],
      // Otherwise the native runtime sends telemetry.
      env: {
        ...process.env,
        ...node.environment,
        ...trackersInEnvironment({ tensorboard, mlflow }),
        ORT_DISABLE_TELEMETRY: "1",
      },
      windowsHide: true,
    });
    const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
    });
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    const pid = child.pid as number;
    recordTrainer(directory, pid);
    return { pid, ended, detach: () => child.unref() };
  } catch (error) {
    throw new RunError(
      "no-trainer",
      `The trainer could not be started with ${node.path}: ${(error as Error).message}.`,
      "Install Node 22 or later, or name one in the setting `distill.nodePath`.",
      { cause: error },
    );
  } finally {
    closeSync(log);
  }
}

/**
 * A trainer that was started and is alive. It takes the lock some tenths of a second after its start; until then this record
 * shows that the run is running.
 */
function spawnedTrainer(path: string): LockHolder | undefined {
  const record = join(path, trainerRecord);
  try {
    return livingHolder(record, readRecord(record) ?? "");
  } catch {
    return undefined;
  }
}

/**
 * The trainer of a run that is alive. It takes the lock before it removes the record of its start, so reading in this order
 * never misses it.
 */
export const trainerOf = (path: string): LockHolder | undefined => spawnedTrainer(path) ?? lockHolder(path);

/** The last trainer of a run, dead or alive, from its lock or the record of its start. */
export function lastTrainer(path: string): LockHolder | undefined {
  const left = [join(path, "lock"), join(path, trainerRecord)].flatMap((file) => namedHolder(file) ?? []);
  return left.sort((a, b) => b.since - a.since)[0];
}

/** Called by the trainer once it holds the lock, which replaces the record. */
export function forgetSpawnedTrainer(path: string): void {
  const record = join(path, trainerRecord);
  assertLocked(record);
  rmSync(record, { force: true });
}

const trainerRecord = "trainer.pid";

function recordTrainer(directory: RunDirectory, pid: number): void {
  try {
    // Created as a new file: an existing entry of that name may be a link.
    forgetSpawnedTrainer(directory.path);
    const record = join(directory.path, trainerRecord);
    writeFileSync(record, JSON.stringify(holderRecord(pid, directory.path)), { flag: "wx" });
  } catch {
    // Only bridges the time until the trainer has the lock; on a full disk the trainer reports the error.
  }
}
