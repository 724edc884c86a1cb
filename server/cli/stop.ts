import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { findRun } from "../api/findRun.ts";
import { cancelQueued } from "../executors/slurm.ts";
import type { RunSummary } from "../protocol.ts";
import { stopRun, suspended } from "../runs/control.ts";
import { summarizeRun } from "../runs/list.ts";
import { openRun, runDirectory } from "../runs/runDirectory.ts";
import { trainerOf } from "../runs/spawn.ts";
import { complain, type ExitCode, exit, print, printJson, type Terminal } from "../terminal/terminal.ts";
import { duration } from "../terminal/wording.ts";

/** A step takes less; a model whose loop does not end never answers. */
const patienceMs = 10_000;

export interface StopOptions {
  readonly runsDirectory?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/**
 * `distill stop RUN`: waits until the trainer has finished its step, written a checkpoint and ended. A second call meanwhile,
 * or `--force`, kills the trainer; one blocked in a native call reacts only to `--force`.
 */
export async function stop(
  reference: string,
  { runsDirectory, force = false, json = false }: StopOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const run = await openRun(await findRun(reference, runsDirectory));
  const { id, path } = run;
  const isCancelled = await cancelQueued(run);
  if (!isCancelled && stopRun(path, { force }) === undefined) {
    const summary = await summarizeRun(path);
    const { state = "interrupted", message } = summary ?? {};
    const why = state === "interrupted" && message !== undefined ? [message] : [];
    complain(terminal, `Run ${id} is not running: it is ${state}.`, ...why);
    if (json) printJson(terminal, summary ?? null);
    return exit.done;
  }
  let hintAfter = Date.now() + patienceMs;
  while (trainerOf(path) !== undefined) {
    // Slurm continues what it cancels.
    const standing = force || isCancelled ? undefined : suspended(path);
    if (standing !== undefined) {
      complain(
        terminal,
        standing.message,
        `Continue it (kill -CONT), or kill it, back to its last checkpoint: distill stop ${id} --force`,
      );
      return exit.failed;
    }
    if (!force && Date.now() > hintAfter) {
      hintAfter = Number.POSITIVE_INFINITY;
      complain(
        terminal,
        ...(await silence(path)),
        "The trainer stops as soon as it has finished its step.",
        `To kill it, back to its last checkpoint: distill stop ${id} --force`,
      );
    }
    await sleep(50);
  }
  const summary = await summarizeRun(path);
  if (json) printJson(terminal, summary ?? null);
  else print(terminal, `Run ${id} is ${summary ? standing(summary) : "gone"}.`);
  return exit.done;
}

/** What the trainer does, where it has reported nothing for long. */
async function silence(path: string): Promise<string[]> {
  const { mtimeMs = Date.now() } = (await stat(runDirectory(path).events).catch(() => undefined)) ?? {};
  const silentMs = Date.now() - mtimeMs;
  const { doing } = (await summarizeRun(path)) ?? {};
  return silentMs < patienceMs || doing === undefined
    ? []
    : [`The run has reported nothing for ${duration(silentMs / 1000)}; it is ${doing}.`];
}

const standing = ({ state, step, sweep }: RunSummary): string =>
  sweep ? `${state} with ${sweep.completed} of ${sweep.total} runs done` : `${state} at step ${step}`;
