import type { Experiment } from "./experiments.ts";

/**
 * Whether lenses of open texts have changed. VS Code starts its wait of 250 ms anew with each refresh, so one that brings nothing, as
 * when a run that has ended gives up its lock, would hold up the one that does.
 */
export class LensNews {
  readonly #lensesOf: (experiment: Experiment) => unknown;
  #known = "";

  constructor(lensesOf: (experiment: Experiment) => unknown) {
    this.#lensesOf = lensesOf;
  }

  /** Whether they say something else than when this was asked last. */
  has(open: readonly Experiment[]): boolean {
    const now = JSON.stringify(open.map((experiment) => [experiment.uri, this.#lensesOf(experiment)]));
    const isNew = now !== this.#known;
    this.#known = now;
    return isNew;
  }
}
