import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { prepareResume } from "../../server/runs/control.ts";
import { summarizeRun } from "../../server/runs/list.ts";
import { lockHolder } from "../../server/runs/lock.ts";
import { findNode } from "../../server/runs/node.ts";
import type { RunDirectory } from "../../server/runs/runDirectory.ts";
import { lastTrainer, spawnTrainer } from "../../server/runs/spawn.ts";
import { signal } from "../support/signal.ts";

/** The process that trains, or has trained, a run that was started by another. */
export const adopt = (run: string): number => lastTrainer(run)?.pid ?? assert.fail("no trainer");

/** Kills a trainer as a full machine or a person would, without a warning, if it has not ended by itself. */
export async function kill(life: number): Promise<void> {
  signal(life, "SIGKILL");
  await dead(life);
}

/** Starts the next process of a run whose last one was killed. */
export async function reborn(run: RunDirectory, environment: Record<string, string> = {}): Promise<number> {
  assert.equal((await summarizeRun(run.path))?.state, "interrupted");
  await prepareResume(run.path);
  const node = await findNode();
  const own = { ...node, environment: { ...node.environment, ...environment } };
  return (await spawnTrainer({ node: own, runDirectory: run.path })).pid;
}

/** The trainer of a run once it stands still, as SIGSTOP leaves it. */
export async function standing(run: string): Promise<number> {
  for (;;) {
    const pid = lockHolder(run)?.pid;
    if (pid !== undefined && (await status(pid, "State")).startsWith("T")) return pid;
    await sleep(5);
  }
}

/** Waits until a trainer that stands still has been asked to stop; it hears of that once it goes on. */
export async function askedToStop(pid: number): Promise<void> {
  const interrupt = 1n << 1n;
  const terminate = 1n << 14n;
  while ((BigInt(`0x0${await status(pid, "ShdPnd")}`) & (interrupt | terminate)) === 0n) await sleep(5);
}

export const goOn = (pid: number): void => signal(pid, "SIGCONT");

const status = async (pid: number, key: string): Promise<string> =>
  new RegExp(`^${key}:\\s*(.*)$`, "m").exec(
    await readFile(`/proc/${pid}/status`, "utf8").catch(() => ""),
  )?.[1] ?? "";

/** Waits until a process is gone, or waits for its parent only. */
export async function dead(pid: number): Promise<void> {
  const stat = async () => (await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")).split(") ")[1] ?? "";
  while (!["", "Z", "X"].includes((await stat()).charAt(0))) await sleep(5);
}
