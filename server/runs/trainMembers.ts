import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Experiment } from "../../schemas/experiment.gen.ts";
import type { Job, Member } from "../../schemas/run-files.gen.ts";
import { memberExperiment } from "../language/memberExperiment.ts";
import type { RunSummary } from "../protocol.ts";
import { points } from "../sweep/expand.ts";
import { halvingOf } from "../sweep/halving.ts";
import {
  bestPoint,
  isSettled,
  isTestLeft,
  isTrained,
  type MemberResult,
  resultsOf,
} from "../sweep/results.ts";
import { prepareResume, requestTest, stopRun } from "./control.ts";
import type { EventLog } from "./eventLog.ts";
import { halved } from "./halve.ts";
import { summarizeRun } from "./list.ts";
import { memberResults } from "./memberResults.ts";
import type { ResumeChanges } from "./resumeChanges.ts";
import { hasRoom, type Share, shareOf } from "./room.ts";
import type { RunDirectory } from "./runDirectory.ts";
import { sweptExperiment } from "./runExperiment.ts";
import { spawnTrainer } from "./spawn.ts";
import { createMember, memberDirectory } from "./sweep.ts";

/** Stop request of the sweep's process, passed on to the members that are training. */
export interface SweepStop {
  requested?: string;
  pass?: (options: { readonly force: boolean }) => void;
}

/** Environment variable: threads of the engine, of a run that shares the machine with others. */
export const threadsVariable = "DISTILL_THREADS";

/** Polling interval of runs that train. */
const lookMs = 200;

/**
 * Trains the incomplete members of a sweep, as many at a time as there is room for, each in its own process, so that killing or
 * stopping one does not affect the others. Once all are trained, those of the combination that validation selects are reopened for the test
 * split. The same call starts and resumes a sweep.
 * @returns the exit code of the sweep's process
 */
export async function trainMembers(
  sweep: RunDirectory,
  job: Job,
  { log, stop }: { readonly log: EventLog; readonly stop: SweepStop },
): Promise<number> {
  const { members = [] } = job;
  const experiment = await sweptExperiment(sweep);
  const isTestWithheld = choosesByValidation(experiment);
  const turns = { sweep, log, stop, job, share: shareOf(experiment, members.length) };
  /** @param rung epochs after which they wait; absent: to the end of their training */
  const trainTo = (some: readonly Member[], rung?: number) =>
    takeTurns(some, turns, async (member, before) => {
      const run = memberDirectory(sweep, member);
      if (before !== undefined && (isTrained(before) || hasReached(before, rung))) return false;
      if (before !== undefined) await prepareResume(run.path, changesOf(job), { ...job, rung });
      else
        await createMember(sweep, job, {
          member,
          experiment: memberExperiment(experiment, member.settings, job.name),
          isTestWithheld,
          rung,
        });
      return true;
    });
  const last =
    experiment.sweep?.method === "halving"
      ? await halved(members, { sweep, log, stop, ...halvingOf(experiment.sweep), trainTo })
      : members;
  if (last !== undefined) await trainTo(last);
  await takeTurns(await chosen(sweep), { ...turns, test: true }, async (member, before) => {
    const run = memberDirectory(sweep, member);
    if (!isTestLeft(before)) return false;
    if (before?.member?.test === "held") await requestTest(run, job);
    else await prepareResume(run.path, changesOf(job), job);
    return true;
  });
  return conclude(sweep, members, { log, stop });
}

const hasReached = ({ member }: RunSummary, rung: number | undefined): boolean =>
  rung !== undefined && (member?.rung ?? 0) >= rung;

/** The test split is withheld only where there is something to select, and then read only for the selected runs. */
const choosesByValidation = (experiment: Experiment): boolean =>
  experiment.data.test !== undefined && experiment.sweep?.test !== "all" && points(experiment).length > 1;

/** The runs of the combination that is best on validation, once all are trained. A diverged run would diverge again. */
async function chosen(sweep: RunDirectory): Promise<readonly MemberResult[]> {
  const results = await memberResults(sweep);
  const isWhole = results.every(
    ({ summary }) => summary && (isSettled(summary) || summary.code === "not-finite"),
  );
  const best = isWhole ? (bestPoint(resultsOf(results))?.runs ?? []) : [];
  return best.filter(({ summary }) => summary && isTrained(summary));
}

interface Turns {
  readonly sweep: RunDirectory;
  readonly log: EventLog;
  readonly stop: SweepStop;
  readonly job: Job;
  readonly share: Share;
  readonly test?: true;
}

/** Trainers that are at work, by run directory. */
type Running = Map<string, Promise<unknown>>;

/**
 * Starts the trainers of runs in their order, each as soon as there is room for it, and waits for all of them.
 * @param prepare runs before a trainer starts; false: this run needs none
 */
async function takeTurns(
  members: readonly Member[],
  turns: Turns,
  prepare: (member: Member, before: RunSummary | undefined) => Promise<boolean>,
): Promise<void> {
  const { sweep, stop, share } = turns;
  const running: Running = new Map();
  stop.pass = (options) => {
    for (const path of running.keys()) stopRun(path, options);
  };
  const isOver = () => stop.requested !== undefined;
  const occupy = (path: string, ended: Promise<unknown>) =>
    running.set(
      path,
      ended.finally(() => running.delete(path)),
    );
  for (let left = members; left.length > 0 && !isOver(); ) {
    // After a kill their trainers may outlive the sweep's; what is to be done is seen once they end.
    const outlived: Member[] = [];
    for (const member of left) {
      await untilRoom(running, share, isOver);
      if (isOver()) break;
      const run = memberDirectory(sweep, member);
      const before = await summarizeRun(run.path);
      if (before?.state === "running") {
        outlived.push(member);
        occupy(run.path, settled(run.path));
      } else if (await prepare(member, before))
        await start(member, turns, (ended) => occupy(run.path, ended));
    }
    await Promise.all(running.values());
    left = outlived;
  }
}

async function untilRoom(running: Running, share: Share, isOver: () => boolean): Promise<void> {
  while (running.size > 0 && !isOver() && !(await hasRoom([...running.keys()], share)))
    await Promise.race([...running.values(), sleep(lookMs)]);
}

/** Starts the trainer of a run. @param occupy is given what resolves when it has ended */
async function start(
  { runId, settings }: Member,
  { sweep, log, stop, job: { members = [] }, share, test }: Turns,
  occupy: (ended: Promise<unknown>) => void,
): Promise<void> {
  const run = memberDirectory(sweep, { runId });
  const from = await stat(run.events).then(
    ({ size }) => size,
    () => 0,
  );
  const { ended } = await spawnTrainer({
    node: { path: process.execPath, environment: { [threadsVariable]: String(share.threads) } },
    runDirectory: run.path,
  });
  occupy(ended);
  log.append({
    type: "member",
    runId,
    index: members.findIndex((own) => own.runId === runId) + 1,
    count: members.length,
    settings,
    ...(test ? { test } : {}),
    from,
  });
  if (stop.requested !== undefined) stopRun(run.path);
}

/** An engine or device given on resume applies to the members too. */
function changesOf({ mode, overrides = {} }: Job): ResumeChanges {
  const named = ["engine", "device"].flatMap((key) => (key in overrides ? [[key, overrides[key]]] : []));
  return mode === "resume" ? Object.fromEntries(named) : {};
}

/** State of a member once no trainer works on it: after a kill its trainer may outlive the sweep's. */
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
  const completed = runs.filter((run) => run?.state === "completed" || run?.member?.halved).length;
  const isTestRead = !(await chosen(sweep)).some(({ summary }) => isTestLeft(summary));
  if (completed === members.length && isTestRead) {
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
    hint: `Fix the cause, then train the missing runs: distill resume ${sweep.id}`,
    step: completed,
  });
  return 1;
}
