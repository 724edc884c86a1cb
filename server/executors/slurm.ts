import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Job, Member } from "../../schemas/run-files.gen.ts";
import { ownTrainer } from "../packageRoot.ts";
import type { RunSummary } from "../protocol.ts";
import { openEventLog } from "../runs/eventLog.ts";
import { inLanes, summarizeRun } from "../runs/list.ts";
import { acquireLock, lockHolder, type RunLock } from "../runs/lock.ts";
import { type RunDirectory, readJob, writeJob } from "../runs/runDirectory.ts";
import { RunError } from "../runs/runError.ts";
import { memberDirectory, membersAt } from "../runs/sweep.ts";
import { isSettled } from "../sweep/results.ts";
import { type Executor, HandedOver, type Prepare, type Turn, threadsVariable } from "./executor.ts";
import { patternOf, ranges, sbatch } from "./slurmArray.ts";
import { slurmCommand } from "./slurmCommand.ts";
import { readQueue, seeQueue } from "./slurmQueue.ts";
import { slurmSettings } from "./slurmSettings.ts";
import { fillOnNodes } from "./slurmShards.ts";
import { limitSignal, taskArgument } from "./slurmTask.ts";

/**
 * On a cluster: the members are a job array, whose numbers are those of the runs, and the sweep goes on in a job that depends on it, which
 * finds what has come of them, and submits again what is left. So nothing runs on the login node, and nothing waits on a node.
 * All jobs of a sweep have its id as their name.
 */
export const slurm: Executor = { ready, train, fill: fillOnNodes };

async function ready(): Promise<void> {
  await slurmSettings({ runs: true });
  await readQueue();
}

/** So often in a row a sweep submits although nothing has come of it. */
const mostIdle = 2;

async function train(members: readonly Member[], turn: Turn, prepare: Prepare): Promise<void> {
  const { sweep, stop, job, log, test } = turn;
  await slurmSettings({ runs: true }); // What is wrong in them is said before there are runs.
  const goesOn = job.queued !== undefined;
  if (!goesOn) await cancelJobs(sweep.id);
  const done = await progressOf(sweep, job);
  const idle = job.queued && done <= (job.queued.done ?? 0) ? (job.queued.idle ?? 0) + 1 : 0;
  if (idle > mostIdle) return;
  const ready: RunDirectory[] = [];
  for (const member of members) {
    if (stop.requested !== undefined) break;
    const run = memberDirectory(sweep, member);
    let before = await settled(run.path);
    if (before?.queued) {
      // Its job is gone: it was cancelled, or its node could not start it.
      await endUnbegun(run);
      if (goesOn) continue;
      before = await settled(run.path);
    }
    if (goesOn && before !== undefined && isGivenUp(before)) continue;
    if (await prepare(member, before)) ready.push(run);
  }
  if (stop.requested !== undefined) for (const run of ready) await endUnbegun(run);
  if (ready.length === 0 || stop.requested !== undefined) return;
  const array = await submit(turn, ready).catch(async (error: unknown) => {
    for (const run of ready) await endUnbegun(run, "not submitted");
    throw error;
  });
  const { time: lastEventAt } = log.append({
    type: "submitted",
    runs: ready.length,
    job: array,
    ...(test ? { test } : {}),
  });
  await writeJob(sweep, { ...job, lastEventAt, queued: { done, idle } });
  throw new HandedOver();
}

/** What ended by itself or by a person's wish is not tried again before a person resumes the sweep. */
const isGivenUp = ({ state, member }: RunSummary): boolean =>
  state === "failed" || (state === "stopped" && member?.rung === undefined);

/** What the runs of a sweep have come to, as a number that grows. */
async function progressOf(sweep: RunDirectory, { members = [] }: Job): Promise<number> {
  let sum = 0;
  for (const member of members) {
    const summary = await summarizeRun(memberDirectory(sweep, member).path);
    if (summary === undefined) continue;
    const { state, member: { test, rung = 0 } = {} } = summary;
    sum += rung + (isSettled(summary) ? 1 : 0) + (test === "asked" && state === "completed" ? 1 : 0);
  }
  return sum;
}

/** Polling interval of a trainer on a node of which the queue has heard nothing. */
const lookMs = 500;

/** A run that no trainer works on. */
async function settled(path: string): Promise<RunSummary | undefined> {
  for (;;) {
    const summary = await summarizeRun(path);
    if (summary?.state !== "running" || summary.queued) return summary;
    await sleep(lookMs);
  }
}

/** @returns the number of the job array */
async function submit({ sweep, job, experiment }: Turn, runs: readonly RunDirectory[]): Promise<string> {
  const { members = [] } = job;
  const { options, cpus, secondsToStop } = await slurmSettings({ runs: true });
  const numbers = runs.map(({ id }) => members.findIndex(({ runId }) => runId === id) + 1);
  const limit = experiment.jobs === undefined ? "" : `%${experiment.jobs}`;
  const digits = (members[0]?.runId.length ?? 0) - sweep.id.length - 1;
  const environment = {
    [threadsVariable]: String(cpus),
    DISTILL_TRAINER: ownTrainer(),
    DISTILL_RUN: sweep.path,
  };
  const batch = { name: sweep.id, program, environment };
  const array = await sbatch({
    ...batch,
    options: [
      ...options,
      `--array=${ranges(numbers)}${limit}`,
      `--signal=B:${limitSignal.replace("SIG", "")}@${secondsToStop}`,
      `--output=${patternOf(dirname(sweep.path))}/${sweep.id}-%${digits}a/trainer.log`,
    ],
  });
  try {
    const { options: few } = await slurmSettings({ runs: false });
    const output = `--output=${patternOf(sweep.trainerLog)}`;
    await sbatch({ ...batch, options: [...few, `--dependency=afterany:${array}`, output] });
  } catch (error) {
    await slurmCommand("scancel", [array]);
    throw error;
  }
  return array;
}

const program = `exec "$DISTILL_NODE" "$DISTILL_TRAINER" "$DISTILL_RUN" ${taskArgument}`;

const cancelJobs = (sweep: string) => slurmCommand("scancel", ["--me", `--name=${sweep}`]);

/**
 * Cancels the jobs of a run that is in a queue, or runs on a node: with those of a sweep its runs'. A trainer that is told so writes a
 * checkpoint first.
 * @returns whether there were any
 */
export async function cancelQueued(run: RunDirectory): Promise<boolean> {
  const { queued, executor, sweep } = await readJob(run);
  if (queued === undefined && executor === undefined) return false;
  await seeQueue(); // It alone knows of an attempt to come, where the last one has ended.
  const summary = await summarizeRun(run.path);
  // A sweep that was killed while it submitted is over, and may have runs in the queue.
  const isLeft = summary?.sweep?.queued !== undefined && lockHolder(run.path) === undefined;
  if (!isLeft && (queued === undefined || summary?.state !== "running")) return false;
  if (executor !== undefined) await cancelJobs(run.id);
  else if (sweep !== undefined) {
    const place = (await readQueue()).get(`${sweep.id}/${sweep.index}`);
    if (place !== undefined) await slurmCommand("scancel", [place.job]);
  }
  await inLanes(membersAt(run.path), async (member) => {
    if ((await summarizeRun(member.path))?.queued) await endUnbegun(member);
  });
  if (summary?.state === "running" && (executor !== undefined || (await summarizeRun(run.path))?.queued))
    await endUnbegun(run);
  await seeQueue();
  return true;
}

/** Says in the log of a run that is in no queue, or not any more, that its trainer has not begun. */
async function endUnbegun(
  run: RunDirectory,
  reason = "taken from the queue before its trainer began",
): Promise<void> {
  const { step = 0, elapsedSeconds = 0 } = (await summarizeRun(run.path)) ?? {};
  const lock = lockUnlessTaken(run.path);
  if (lock === undefined) return; // It has begun after all, and says itself how it ends.
  try {
    // Waiting is no training.
    await writeJob(run, { ...(await readJob(run)), askedAt: Date.now(), secondsBefore: elapsedSeconds });
    const log = openEventLog(run.events);
    log.append({ type: "stopped", reason, step });
    log.close();
  } finally {
    lock.release();
  }
}

function lockUnlessTaken(path: string): RunLock | undefined {
  try {
    return acquireLock(path, { isBrief: true });
  } catch (error) {
    if (error instanceof RunError && error.code === "locked") return undefined;
    throw error;
  }
}
