import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { NewEvent } from "../../schemas/newEvent.ts";
import { openEventLog } from "../../server/runs/eventLog.ts";
import { createRun, type RunDirectory } from "../../server/runs/runDirectory.ts";

/** The time of the first event of a written log; each next one is a millisecond later. */
export const beginning = 1_700_000_000_000;

/** A folder with a run that nobody trained: its log has these events. */
export async function writtenRun(
  context: TestContext,
  { experiment = {}, events }: { readonly experiment?: object; readonly events: readonly NewEvent[] },
): Promise<{ readonly folder: string; readonly run: RunDirectory }> {
  const folder = await mkdtemp(join(tmpdir(), "written-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const run = await createRun({
    ...{ runsDirectory: join(folder, "runs"), experimentFile: join(folder, "a.distill.json") },
    ...{ name: "a", experiment },
  });
  writeLog(run, events);
  return { folder, run };
}

/** Appends to its log. */
export function writeLog({ events: path }: RunDirectory, events: readonly NewEvent[]): void {
  let now = beginning;
  const log = openEventLog(path, () => now++);
  for (const event of events) log.append(event);
  log.close();
}

export const started = (mode: "start" | "resume", step: number): NewEvent => ({
  ...{ type: "started", runId: "a", mode, step, totalSteps: 9 },
});

export const stepOf = (step: number, loss: number | null, more: object = {}): NewEvent => ({
  ...{ type: "step", step, epoch: step, loss, terms: {}, learningRate: 0.1, gradNorm: 1 },
  ...{ stepMs: 1, dataMs: 0, samplesPerSecond: 1 },
  ...more,
});

export const stopped: NewEvent = { type: "stopped", reason: "SIGTERM", step: 4 };
