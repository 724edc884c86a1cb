import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { prepareResume } from "../../server/runs/control.ts";
import { summarizeRun } from "../../server/runs/list.ts";
import { findNode } from "../../server/runs/node.ts";
import type { RunDirectory } from "../../server/runs/runDirectory.ts";
import { spawnTrainer } from "../../server/runs/spawn.ts";

/** The process that trains a run that was just started. */
export async function adopt(run: RunDirectory): Promise<number> {
  for (;;) {
    const { pid } = JSON.parse(await readFile(join(run.path, "trainer.pid"), "utf8").catch(() => "{}")) as {
      pid?: number;
    };
    if (pid !== undefined) return pid;
    await sleep(5);
  }
}

/** Kills a trainer as a full machine or a person would, without a warning. */
export async function kill(life: number): Promise<void> {
  process.kill(life, "SIGKILL");
  await dead(life);
}

/** Starts the next process of a run whose last one was killed. */
export async function reborn(run: RunDirectory): Promise<number> {
  assert.equal((await summarizeRun(run.path))?.state, "interrupted");
  await prepareResume(run.path);
  return (await spawnTrainer({ node: await findNode(), runDirectory: run.path })).pid;
}

/** Waits until a process is gone, or waits for its parent only. */
export async function dead(pid: number): Promise<void> {
  const stat = async () => (await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")).split(") ")[1] ?? "";
  while (!["", "Z", "X"].includes((await stat()).charAt(0))) await sleep(5);
}
