import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Experiment } from "../../schemas/experiment.gen.ts";
import type { RunSummary } from "../protocol.ts";
import { memberExperiment } from "../sweep/member.ts";
import { prepareResume, stopRun } from "./control.ts";
import type { EventLog } from "./eventLog.ts";
import { summarizeRun } from "./list.ts";
import type { ResumeChanges } from "./resumeChanges.ts";
import { type Job, type Member, type RunDirectory, readExperiment } from "./runDirectory.ts";
import { spawnTrainer } from "./spawn.ts";
import { createMember, memberDirectory } from "./sweep.ts";

/** How the sweep's process is asked to stop; whoever hears it passes it on to the member that is training. */
export interface SweepStop {
  requested?: string;
  pass?: (options: { readonly force: boolean }) => void;
}

/** A run that somebody else's trainer is at is looked at this often. */
const lookMs = 200;

/**
 * Trains the members of a sweep that are not completed, one after the other, each in a process of its own: one that
 * is killed or stopped by itself takes none of the others with it. The same call starts a sweep and goes on with it.
 * @returns the exit code of the sweep's process
 */
export async function trainMembers(
  sweep: RunDirectory,
  job: Job,
  { log, stop }: { readonly log: EventLog; readonly stop: SweepStop },
): Promise<number> {
  const { members = [] } = job;
  const experiment = (await readExperiment(sweep)) as Experiment;
  for (const [index, member] of members.entries()) {
    if (stop.requested !== undefined) break;
    const run = memberDirectory(sweep, member);
    stop.pass = (options) => void stopRun(run.path, options);
    const before = await settled(run.path);
    if (before?.state === "completed" || stop.requested !== undefined) continue;
    if (before === undefined)
      await createMember(sweep, job, {
        member,
        experiment: memberExperiment(experiment, member.settings, job.name),
      });
    else await prepareResume(run.path, changesOf(job), job);
    const from = await stat(run.events).then(
      ({ size }) => size,
      () => 0,
    );
    const { ended } = await spawnTrainer({
      node: { path: process.execPath, environment: {} },
      runDirectory: run.path,
    });
    const { runId, settings } = member;
    log.append({ type: "member", runId, index: index + 1, count: members.length, settings, from });
    if (stop.requested !== undefined) stopRun(run.path);
    await ended;
  }
  return conclude(sweep, members, { log, stop });
}

/** Another engine or device that the sweep was resumed with is its members' too. */
function changesOf({ mode, overrides = {} }: Job): ResumeChanges {
  const named = ["engine", "device"].flatMap((key) => (key in overrides ? [[key, overrides[key]]] : []));
  return mode === "resume" ? Object.fromEntries(named) : {};
}

/** How a member stands once nobody works on it: after a kill its trainer may have outlived the sweep's. */
async function settled(path: string): Promise<RunSummary | undefined> {
  for (;;) {
    const summary = await summarizeRun(path);
    if (summary?.state !== "running") return summary;
    await sleep(lookMs);
  }
}

async function conclude(
  sweep: RunDirectory,
  members: readonly Member[],
  { log, stop }: { readonly log: EventLog; readonly stop: SweepStop },
): Promise<number> {
  const runs = await Promise.all(members.map((member) => summarizeRun(memberDirectory(sweep, member).path)));
  const completed = runs.filter((run) => run?.state === "completed").length;
  if (completed === members.length) {
    log.append({ type: "swept", runs: completed });
    return 0;
  }
  if (stop.requested !== undefined) {
    log.append({ type: "stopped", reason: stop.requested, step: completed });
    return 0;
  }
  const broken = runs.filter((run) => run?.state === "failed" || run?.state === "interrupted");
  if (broken.length === 0) {
    log.append({ type: "stopped", reason: "runs of it were stopped", step: completed });
    return 0;
  }
  const [first] = broken;
  log.append({
    type: "failed",
    code: "runs-failed",
    message: `${broken.length} of ${members.length} runs did not complete. ${first?.id}: ${first?.message ?? first?.state}`,
    hint: `Once that is mended, go on with those that are missing: distill resume ${sweep.id}`,
    step: completed,
  });
  return 1;
}
