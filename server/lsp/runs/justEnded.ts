import type { RunSummary } from "../../protocol.ts";

/** As long as a hand that has just pressed Stop may press again. */
const momentMs = 1000;

/** The experiment files a run of which has ended within the last moment. */
export class JustEnded {
  readonly #running = new Set<string>();
  readonly #ended = new Map<string, NodeJS.Timeout>();
  readonly #onOver: () => void;

  /** @param onOver the moment of one is over */
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
