/** Ends of a process that nobody asked for, and whether they come so often that starting it again leads nowhere. */
export class Crashes {
  readonly #most: number;
  readonly #withinMs: number;
  #times: number[] = [];

  /** @param options.most as many as this within the time are put up with */
  constructor(options: { readonly most: number; readonly withinMs: number }) {
    this.#most = options.most;
    this.#withinMs = options.withinMs;
  }

  /** @returns whether the process should be started again */
  note(now = Date.now()): boolean {
    this.#times = [...this.#times.filter((time) => now - time <= this.#withinMs), now];
    return this.#times.length <= this.#most;
  }

  /** A person has started it again: what was before does not count. */
  forget(): void {
    this.#times = [];
  }
}
