import type { RunSummary } from "../../protocol.ts";

/**
 * Seconds that a step of the student took in the newest whole run of an experiment, with all that the run did beside its steps;
 * undefined where there is none.
 * @param runs newest first
 */
export function stepSecondsOf(runs: readonly RunSummary[]): number | undefined {
  const run = runs.find(
    ({ state, step, sweep, subject }) =>
      state === "completed" && step > 0 && sweep === undefined && subject === undefined,
  );
  return run && run.elapsedSeconds / run.step;
}
