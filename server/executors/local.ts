import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Member } from "../../schemas/run-files.gen.ts";
import type { RunSummary } from "../protocol.ts";
import { stopRun } from "../runs/control.ts";
import { summarizeRun } from "../runs/list.ts";
import { hasRoom, type Share, shareOf } from "../runs/room.ts";
import { spawnTrainer } from "../runs/spawn.ts";
import { memberDirectory } from "../runs/sweep.ts";
import {
  allThreads,
  type Executor,
  type Prepare,
  type Turn,
  teacherThreadsVariable,
  threadsVariable,
} from "./executor.ts";
import { fillHere } from "./localShards.ts";

/** On this machine: starts each trainer as soon as there is room for it. */
export const local = { train, stream, fill: fillHere } satisfies Executor;

/** Polling interval of runs that train. */
const lookMs = 200;

/** Trainers that are at work, by run directory. */
type Running = Map<string, Promise<unknown>>;

async function train(members: readonly Member[], turn: Turn, prepare: Prepare): Promise<void> {
  const here = occupied(turn);
  for (let left = members; left.length > 0 && !here.isOver(); ) {
    // After a kill their trainers may outlive the sweep's; what is to be done is seen once they end.
    const outlived: Member[] = [];
    for (const member of left) {
      await here.untilRoom();
      if (here.isOver()) break;
      if (!(await here.begin(member, prepare))) outlived.push(member);
    }
    await Promise.all(here.running.values());
    left = outlived;
  }
}

async function stream(next: () => Promise<Member | undefined>, turn: Turn, prepare: Prepare): Promise<void> {
  const here = occupied(turn);
  const outlived: Member[] = [];
  while (!here.isOver()) {
    await here.untilRoom();
    if (here.isOver()) break;
    // One that ends while it is asked for the next changes what that is.
    const isEmpty = here.running.size === 0;
    const member = (isEmpty ? outlived.pop() : undefined) ?? (await next());
    if (member !== undefined) {
      if (!(await here.begin(member, prepare))) outlived.push(member);
    } else if (isEmpty) break;
    else if (here.running.size > 0) await Promise.race(here.running.values());
  }
  await Promise.all(here.running.values());
}

/** The places of a sweep on this machine, and the trainers that have them. */
function occupied(turn: Turn) {
  const { sweep, stop, experiment, job } = turn;
  const share = shareOf(experiment, job.planned ?? job.members?.length ?? 0);
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
  return {
    running,
    isOver,
    untilRoom: () => untilRoom(running, share, isOver),
    /** @returns false: a trainer that a former process of the sweep has started works on it */
    async begin(member: Member, prepare: Prepare): Promise<boolean> {
      const run = memberDirectory(sweep, member);
      const before = await summarizeRun(run.path);
      if (before?.state === "running") {
        occupy(run.path, settled(run.path));
        return false;
      }
      if (await prepare(member, before))
        await start(member, { turn, share }, (ended) => occupy(run.path, ended));
      return true;
    },
  };
}

async function untilRoom(running: Running, share: Share, isOver: () => boolean): Promise<void> {
  while (running.size > 0 && !isOver() && !(await hasRoom([...running.keys()], share)))
    await Promise.race([...running.values(), sleep(lookMs)]);
}

/** Starts the trainer of a run. @param occupy is given what resolves when it has ended */
async function start(
  { runId, settings }: Member,
  { turn, share }: { readonly turn: Turn; readonly share: Share },
  occupy: (ended: Promise<unknown>) => void,
): Promise<void> {
  const { sweep, log, stop, job, test } = turn;
  const { members = [], planned = members.length } = job;
  const run = memberDirectory(sweep, { runId });
  const from = await stat(run.events).then(
    ({ size }) => size,
    () => 0,
  );
  const { ended } = await spawnTrainer({
    node: {
      path: process.execPath,
      environment: {
        [threadsVariable]: String(share.threads),
        // However many train at once, the others wait for it: its outputs are the same.
        [teacherThreadsVariable]: String(allThreads()),
      },
    },
    runDirectory: run.path,
  });
  occupy(ended);
  log.append({
    type: "member",
    runId,
    index: members.findIndex((own) => own.runId === runId) + 1,
    count: planned,
    settings,
    ...(test ? { test } : {}),
    from,
  });
  if (stop.requested !== undefined) stopRun(run.path);
}

/** State of a member once no trainer works on it: after a kill its trainer may outlive the sweep's. */
async function settled(path: string): Promise<RunSummary | undefined> {
  for (;;) {
    const summary = await summarizeRun(path);
    if (summary?.state !== "running") return summary;
    await sleep(lookMs);
  }
}
