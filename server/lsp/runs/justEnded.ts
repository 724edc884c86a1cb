import type { RunSummary } from "../../protocol.ts";

/** Time in which a double click on Stop may hit again. */
const momentMs = 1000;

/** Experiment files with a run that has just ended. */
export class JustEnded {
  readonly #running = new Set<string>();
  readonly #ended = new Map<string, NodeJS.Timeout>();
  readonly #onOver: () => void;

  /** @param onOver called when that time is over */
  constructor(onOver: () => void) {
    this.#onOver = onOver;
  }

  note(runs: readonly RunSummary[]): void {
    for (const { directory, experiment, state } of runs) {
      if (state === "running") this.#running.add(directory);
      else if (this.#running.delete(directory)) this.#begin(experiment);
    }
  }

  has(file: string): boolean {
    return this.#ended.has(file);
  }

  #begin(file: string): void {
    clearTimeout(this.#ended.get(file));
    const timer = setTimeout(() => {
      this.#ended.delete(file);
      this.#onOver();
    }, momentMs);
    this.#ended.set(file, timer.unref());
  }
}
