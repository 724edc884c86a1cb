import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { suspension } from "../../server/processIdentity.ts";
import { prepareResume } from "../../server/runs/control.ts";
import { summarizeRun } from "../../server/runs/list.ts";
import { findNode } from "../../server/runs/node.ts";
import { runDirectory } from "../../server/runs/runDirectory.ts";
import { spawnTrainer, trainerOf } from "../../server/runs/spawn.ts";
import { dead, goOn } from "../../test/run/lives.ts";
import type { Scene } from "../../test/run/support.ts";
import { signal } from "../../test/support/signal.ts";
import { partsOf } from "./kinds.ts";

export type Environment = Readonly<Record<string, string>>;

const cli = fileURLToPath(new URL("../../bin/distill.mjs", import.meta.url));
const trainerPath = fileURLToPath(new URL("../../dist/trainer.mjs", import.meta.url));

/** Runs the built command line to its end. */
export async function distill(
  words: readonly string[],
  environment: Environment = {},
): Promise<{ code: number; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [cli, ...words],
      { env: { ...process.env, ...environment }, maxBuffer: 1 << 28 },
      (error, _, stderr) => resolve({ code: error === null ? 0 : Number(error.code ?? 1), stderr }),
    );
  });
}

/** The run of a scene, or its sweep, once it exists. */
export async function runOf({ runs }: Pick<Scene, "runs">): Promise<string | undefined> {
  const names = await readdir(runs).catch(() => []);
  const name = names.find((name) => /-[0-9a-f]{3}$/.test(name) && existsSync(join(runs, name, "job.json")));
  return name && join(runs, name);
}

/** Starts the built trainer of an interrupted run. */
export async function resume(run: string, environment: Environment): Promise<void> {
  await prepareResume(run);
  const node = await findNode();
  await spawnTrainer({
    node: { ...node, environment: { ...node.environment, ...environment } },
    runDirectory: runDirectory(run).path,
    trainerPath,
  });
}

/** Live trainers of a run, a sweep's own first. */
const trainers = (run: string): number[] => partsOf(run).flatMap((part) => trainerOf(part)?.pid ?? []);

/** Kills a run's trainers and waits until all are gone. @returns how many there were */
export async function killAll(
  run: string,
  which: (pids: readonly number[]) => readonly number[],
): Promise<number> {
  const pids = which(trainers(run));
  for (const pid of pids) signal(pid, "SIGKILL");
  await Promise.all(pids.map(dead));
  await over(run);
  return pids.length;
}

/**
 * Waits until a run has no trainer; members of a sweep may outlive it. Members suspended at the event that their
 * environment names are continued.
 */
export async function over(run: string): Promise<void> {
  for (let pids = trainers(run); pids.length > 0; pids = trainers(run)) {
    for (const pid of pids) if (suspension(pid) === "T") goOn(pid);
    await sleep(20);
  }
}

export const stateOf = async (run: string) => (await summarizeRun(run))?.state;

/** Newly logged events of the run and of a sweep's members. */
export class Logs {
  readonly #run: string;
  readonly #from: ReadonlyMap<string, number>;

  constructor(run: string, from: "now" | "beginning" = "now") {
    this.#run = run;
    this.#from = new Map(from === "now" ? partsOf(run).map((part) => [part, sizeOf(part)]) : []);
  }

  /** The newest events, whole lines only, with those of a sweep's last member at the end. */
  events(): RunEvent[] {
    return partsOf(this.#run).flatMap((part) => {
      if (sizeOf(part) === 0) return [];
      const text = readFileSync(join(part, "events.jsonl"))
        .subarray(this.#from.get(part) ?? 0)
        .toString();
      return text
        .slice(0, text.lastIndexOf("\n") + 1)
        .split("\n")
        .flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as RunEvent] : []));
    });
  }
}

const sizeOf = (run: string): number =>
  statSync(join(run, "events.jsonl"), { throwIfNoEntry: false })?.size ?? 0;

/** Phases of a trainer, in order. */
export const phases = [
  "starting",
  "preflight",
  "teacher",
  "training the teacher",
  "cache",
  "training the student",
  "training the student alone",
  "evaluate",
] as const;

export type Phase = (typeof phases)[number];

/** The phase of the last of these events. */
export function phaseOf(events: readonly RunEvent[]): Phase {
  const last = events.findLast((event) => event.type === "phase");
  if (last?.type !== "phase") return "starting";
  if (last.subject === "teacher") return "training the teacher";
  if (last.subject === "studentAlone") return "training the student alone";
  return last.phase === "train" ? "training the student" : (last.phase as Phase);
}

/** Waits until a trainer of a run is suspended. @returns its process; undefined where all end first */
export async function standsOrEnds(run: string): Promise<number | undefined> {
  for (;;) {
    const pids = trainers(run);
    const still = pids.find((pid) => suspension(pid) === "T");
    if (still !== undefined || pids.length === 0) return still;
    await sleep(3);
  }
}

/** Milliseconds of an undisturbed run in each phase. */
export function spansOf(events: readonly RunEvent[]): ReadonlyMap<Phase, number> {
  const spans = new Map<Phase, number>();
  for (const [index, event] of events.entries()) {
    const phase = phaseOf(events.slice(0, index));
    const took = event.time - (events[index - 1]?.time ?? event.time);
    spans.set(phase, (spans.get(phase) ?? 0) + Math.max(0, took));
  }
  return spans;
}

export async function assertCompleted(run: string): Promise<void> {
  const summary = await summarizeRun(run);
  assert.equal(summary?.state, "completed", `${summary?.message ?? ""} ${summary?.hint ?? ""}`);
}
