import type { Job } from "../../schemas/run-files.gen.ts";
import type { RunSummary } from "../protocol.ts";
import type { EventLog } from "../runs/eventLog.ts";
import type { SummaryCache } from "../runs/knownLogs.ts";
import { summarizeRun } from "../runs/list.ts";
import { readEvents } from "../runs/logReader.ts";
import { openRun, type RunDirectory, readJob, writeJob } from "../runs/runDirectory.ts";
import { RunError } from "../runs/runError.ts";
import { memberDirectory } from "../runs/sweep.ts";
import type { SlurmTask } from "./slurmTask.ts";

/** What an attempt finds of a run before it locks it. */
export interface Found {
  readonly summary: RunSummary | undefined;
  readonly lastEventAt: number | undefined;
}

/** The run that a job of the queue is to train, and what an earlier attempt has left of it. */
export async function runOfTask(path: string, { index }: SlurmTask): Promise<RunDirectory> {
  const run = await openRun(path);
  if (index === undefined) return run;
  const member = (await readJob(run)).members?.[index - 1];
  if (member === undefined)
    throw new RunError("not-a-run", `${run.id} has no run ${index}.`, "Resume the sweep.");
  return openRun(memberDirectory(run, member).path);
}

export async function findLeft(run: RunDirectory): Promise<Found> {
  const cache: SummaryCache = new Map();
  const summary = await summarizeRun(run.path, cache);
  return { summary, lastEventAt: cache.get(run.path)?.facts.lastTime };
}

/** Whether an earlier attempt has done all that the run's job asks for. */
export async function isDone(run: RunDirectory, { summary }: Found): Promise<boolean> {
  if (summary?.state !== "completed") return false;
  const { test } = await readJob(run);
  return test !== "asked" || summary.member?.test === "asked";
}

/** The job of a run that is locked now: it begins, or continues where the attempt before has left it. */
export async function takeUp(run: RunDirectory, { summary, lastEventAt }: Found): Promise<Job> {
  const { lastEventAt: _, ...job } = await readJob(run);
  const taken: Job = {
    ...job,
    mode: lastEventAt === undefined ? job.mode : "resume",
    askedAt: Date.now(),
    ...(lastEventAt === undefined ? {} : { lastEventAt }),
    secondsBefore: summary?.elapsedSeconds ?? job.secondsBefore,
  };
  await writeJob(run, taken);
  return taken;
}

/**
 * Has a run that was stopped before its time limit wait for its next attempt. One that has written no checkpoint would come no further,
 * and has failed.
 * @returns whether there is to be another attempt
 */
export async function goesOnLater(run: RunDirectory, log: EventLog): Promise<boolean> {
  const { events } = await readEvents(run.events);
  const last = events.at(-1);
  if (last?.type !== "stopped") return false;
  const begun = events.findLastIndex(({ type }) => type === "started");
  if (!events.slice(begun + 1).some(({ type }) => type === "checkpoint")) {
    log.append({
      type: "failed",
      code: "time-limit",
      message:
        "The time limit came before the first checkpoint, so that another attempt would come no further.",
      hint: "Give the runs more time (slurm.time in executors.json), or a smaller checkpointEvery.",
      step: last.step,
    });
    return false;
  }
  await writeJob(run, { ...(await readJob(run)), lastEventAt: last.time });
  return true;
}
