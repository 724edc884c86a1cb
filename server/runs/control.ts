import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Job } from "../../schemas/run-files.gen.ts";
import { isProven, suspension } from "../processIdentity.ts";
import type { Problem } from "../protocol.ts";
import { isHere } from "./holder.ts";
import type { SummaryCache } from "./knownLogs.ts";
import { summarizeRun } from "./list.ts";
import { assertNoLinkAt } from "./ownFile.ts";
import type { ResumeChanges } from "./resumeChanges.ts";
import {
  openRun,
  type RunDirectory,
  readExperiment,
  readJob,
  runDirectory,
  timeInId,
  writeExperiment,
  writeJob,
} from "./runDirectory.ts";
import { fileError, RunError } from "./runError.ts";
import { trainerOf } from "./spawn.ts";
import { membersAt } from "./sweep.ts";

/**
 * Asks the trainer of a run to finish its step, write a checkpoint and end; `force` kills it. A sweep passes a stop on to the
 * run that is training; killed, it cannot, so that run is killed here.
 * @returns the trainer's pid, or undefined when none is alive
 */
export function stopRun(
  path: string,
  { force = false }: { readonly force?: boolean } = {},
): number | undefined {
  const holder = trainerOf(path);
  if (holder === undefined) return undefined;
  if (!isHere(holder))
    throw new RunError(
      "elsewhere",
      `The run's trainer is process ${holder.pid} on ${holder.host}, not on this machine.`,
      `Stop it there.`,
    );
  if (holder.directory === undefined || !isProven(holder))
    throw new RunError(
      "unproven",
      `The lock does not prove that process ${holder.pid} is this run's trainer, so nothing was ended: it lacks ${holder.directory === undefined ? "the run directory that it is of" : "the time when that process started"}.`,
      `End that process yourself if it is the trainer; remove ${join(path, "lock")} if it is not.`,
    );
  try {
    process.kill(holder.pid, force ? "SIGKILL" : "SIGTERM");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ESRCH") return undefined;
    throw new RunError(
      "no-permission",
      `Process ${holder.pid}, the run's trainer, belongs to another user.`,
      "Stop it as that user.",
      { cause: error },
    );
  }
  if (force) for (const member of membersAt(path)) stopRun(member.path, { force });
  return holder.pid;
}

/** A stop without effect because the trainer, of the run or of the sweep's current run, is suspended. */
export function suspended(path: string): Problem | undefined {
  for (const run of [path, ...membersAt(path).map((member) => member.path)]) {
    const holder = trainerOf(run);
    if (holder === undefined || !isHere(holder)) continue;
    const state = suspension(holder.pid);
    if (state !== undefined)
      return {
        code: "suspended",
        message: `The trainer is suspended (state ${state}): process ${holder.pid} stops when it continues.`,
      };
  }
  return undefined;
}

export interface ResumeOptions {
  /** Resume although data, teacher or starting weights have changed since the run began. */
  readonly acceptChangedData?: boolean | undefined;
  /** Epochs after which it waits for the other runs of its sweep; absent: it trains to the end. */
  readonly rung?: number | undefined;
  /** Of its sweep, which hands the run to a queue. */
  readonly executor?: Job["executor"];
}

/** Writes the job of a resumed run; the trainer is to be spawned next. Throws when there is nothing to resume. */
export async function prepareResume(
  path: string,
  changes: ResumeChanges = {},
  { acceptChangedData = false, rung, executor }: ResumeOptions = {},
): Promise<RunDirectory> {
  const directory = await openRun(path);
  const cache: SummaryCache = new Map();
  const { state, elapsedSeconds: secondsBefore = 0 } = (await summarizeRun(path, cache)) ?? {};
  if (state === "completed")
    throw new RunError(
      "completed",
      `Run ${directory.id} is completed; there is nothing to resume.`,
      "Run the experiment again, with more epochs if it should train longer.",
    );
  if (state === "running")
    throw new RunError(
      "locked",
      `Run ${directory.id} is running already.`,
      "Watch it, or stop it with `distill stop`.",
    );
  // Accepting a change, a rung and a place in a queue hold for this resume only.
  const { acceptChangedData: _, lastEventAt: __, rung: ___, queued: ____, ...job } = await readJob(directory);
  const lastEventAt = cache.get(directory.path)?.facts.lastTime;
  const changed = Object.keys(changes).length > 0;
  if (changed)
    await writeExperiment(directory, { ...((await readExperiment(directory)) as object), ...changes });
  await writeJob(directory, {
    ...job,
    ...(changed ? { overrides: { ...job.overrides, ...changes } } : {}),
    ...(acceptChangedData ? { acceptChangedData } : {}),
    ...(rung === undefined ? {} : { rung }),
    ...(executor === undefined ? {} : { queued: {} }),
    mode: "resume",
    askedAt: Date.now(),
    ...(lastEventAt === undefined ? {} : { lastEventAt }),
    secondsBefore,
  });
  return directory;
}

/** Reopens a run that its sweep has trained and selected; the trainer, to be spawned next, evaluates the test split. */
export async function requestTest(
  directory: RunDirectory,
  { acceptChangedData = false, executor }: ResumeOptions = {},
): Promise<void> {
  const { acceptChangedData: _, rung: __, queued: ___, ...job } = await readJob(directory);
  const { elapsedSeconds: secondsBefore = 0 } = (await summarizeRun(directory.path)) ?? {};
  await writeJob(directory, {
    ...job,
    ...(acceptChangedData ? { acceptChangedData } : {}),
    mode: "resume",
    test: "asked",
    ...(executor === undefined ? {} : { queued: {} }),
    askedAt: Date.now(),
    secondsBefore,
  });
}

/**
 * Removes a run for good, and those of a sweep with it. Refused while it is running, and for a folder that is not a run:
 * one is known by its job.json, and where that is damaged by its name; a run of a sweep by naming that sweep. The runs of a sweep whose
 * job.json is damaged stay.
 */
export async function deleteRun(path: string): Promise<void> {
  const directory = runDirectory(path);
  await assertNoLinkAt(directory.path);
  await readJob(directory).catch((error: unknown) => {
    const isRun = error instanceof RunError && error.code === "damaged" && timeInId(directory.id) > 0;
    if (!isRun) throw error;
  });
  const all = [...membersAt(path), directory];
  const running = all.find((run) => trainerOf(run.path) !== undefined);
  if (running !== undefined) throw new RunError("locked", `Run ${running.id} is running.`, "Stop it first.");
  for (const { id, path: run } of all)
    if ((await summarizeRun(run))?.queued)
      throw new RunError("locked", `Run ${id} waits in a queue.`, "Stop it first.");
  try {
    for (const { path: run } of all) {
      await assertNoLinkAt(run);
      await rm(run, { recursive: true });
    }
  } catch (error) {
    throw fileError(error, "delete", directory.path);
  }
}
