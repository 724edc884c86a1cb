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

/** The built command line, run to its end. */
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

/** The run of a scene, or its sweep, once it has been made. */
export async function runOf({ runs }: Pick<Scene, "runs">): Promise<string | undefined> {
  const names = await readdir(runs).catch(() => []);
  const name = names.find((name) => /-[0-9a-f]{3}$/.test(name) && existsSync(join(runs, name, "job.json")));
  return name && join(runs, name);
}

/** Starts the built trainer of a run that has been interrupted. */
export async function resume(run: string, environment: Environment): Promise<void> {
  await prepareResume(run);
  const node = await findNode();
  await spawnTrainer({
    node: { ...node, environment: { ...node.environment, ...environment } },
    runDirectory: runDirectory(run).path,
    trainerPath,
  });
}

/** The trainers of a run that live: of a sweep its own first. */
const trainers = (run: string): number[] => partsOf(run).flatMap((part) => trainerOf(part)?.pid ?? []);

/** Kills trainers of a run, and waits until none is left. @returns how many of them lived */
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
 * Waits until no trainer of a run lives: a sweep's may have outlived the sweep. Each run of a sweep stands still at the event
 * that its environment names, so those that do are let go on.
 */
export async function over(run: string): Promise<void> {
  for (let pids = trainers(run); pids.length > 0; pids = trainers(run)) {
    for (const pid of pids) if (suspension(pid) === "T") goOn(pid);
    await sleep(20);
  }
}

export const stateOf = async (run: string) => (await summarizeRun(run))?.state;

/** A look at what has been logged since, in the run and in those of a sweep. */
export class Logs {
  readonly #run: string;
  readonly #from: ReadonlyMap<string, number>;

  constructor(run: string, from: "now" | "beginning" = "now") {
    this.#run = run;
    this.#from = new Map(from === "now" ? partsOf(run).map((part) => [part, sizeOf(part)]) : []);
  }

  /** The newest events, whole lines only, those of a sweep's last run at the end. */
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

/** What a trainer does one after the other. */
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

/** The phase that the last of these events is in. */
export function phaseOf(events: readonly RunEvent[]): Phase {
  const last = events.findLast((event) => event.type === "phase");
  if (last?.type !== "phase") return "starting";
  if (last.subject === "teacher") return "training the teacher";
  if (last.subject === "studentAlone") return "training the student alone";
  return last.phase === "train" ? "training the student" : (last.phase as Phase);
}

/** Waits until a trainer of a run stands still. @returns its process; undefined where all are over before */
export async function standsOrEnds(run: string): Promise<number | undefined> {
  for (;;) {
    const pids = trainers(run);
    const still = pids.find((pid) => suspension(pid) === "T");
    if (still !== undefined || pids.length === 0) return still;
    await sleep(3);
  }
}

/** Milliseconds that an undisturbed run was in each phase. */
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
