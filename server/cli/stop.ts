import { setTimeout as sleep } from "node:timers/promises";
import type { RunSummary } from "../protocol.ts";
import { stopRun, suspended } from "../runs/control.ts";
import { summarizeRun } from "../runs/list.ts";
import { openRun } from "../runs/runDirectory.ts";
import { trainerOf } from "../runs/spawn.ts";
import { complain, type ExitCode, exit, print, type Terminal } from "../terminal/terminal.ts";
import { findRun } from "./findRun.ts";

/** A step takes less; a model with a loop in it may take for ever, and hears nothing meanwhile. */
const patienceMs = 10_000;

export interface StopOptions {
  readonly runsDirectory?: string;
  readonly force?: boolean;
}

/**
 * `distill stop RUN`: waits until the trainer has finished its step, written a checkpoint and ended. Said again
 * meanwhile, or with `--force`, it ends the trainer at once; one that a native call holds hears `--force` alone.
 */
export async function stop(
  reference: string,
  { runsDirectory, force = false }: StopOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { id, path } = await openRun(await findRun(reference, runsDirectory));
  if (stopRun(path, { force }) === undefined) {
    const { state = "interrupted", message } = (await summarizeRun(path)) ?? {};
    const why = state === "interrupted" && message !== undefined ? [message] : [];
    complain(terminal, `Run ${id} is not running: it is ${state}.`, ...why);
    return exit.done;
  }
  let toldAfter = Date.now() + patienceMs;
  while (trainerOf(path) !== undefined) {
    const standing = force ? undefined : suspended(path);
    if (standing !== undefined) {
      complain(
        terminal,
        standing.message,
        `Let it go on (kill -CONT), or end it at once, back to its last checkpoint: distill stop ${id} --force`,
      );
      return exit.failed;
    }
    if (!force && Date.now() > toldAfter) {
      toldAfter = Number.POSITIVE_INFINITY;
      complain(
        terminal,
        "The trainer has not finished its step yet, and stops as soon as it has.",
        `To end it at once, back to its last checkpoint: distill stop ${id} --force`,
      );
    }
    await sleep(50);
  }
  const summary = await summarizeRun(path);
  print(terminal, `Run ${id} is ${summary ? standing(summary) : "gone"}.`);
  return exit.done;
}

const standing = ({ state, step, sweep }: RunSummary): string =>
  sweep ? `${state} with ${sweep.completed} of ${sweep.total} runs done` : `${state} at step ${step}`;
