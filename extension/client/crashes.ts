/** Crashes of a process, and whether they are too frequent to restart it. */
export class Crashes {
  readonly #most: number;
  readonly #withinMs: number;
  #times: number[] = [];

  /** @param options.most crashes allowed within the time */
  constructor(options: { readonly most: number; readonly withinMs: number }) {
    this.#most = options.most;
    this.#withinMs = options.withinMs;
  }

  /** @returns whether the process should be started again */
  note(now = Date.now()): boolean {
    this.#times = [...this.#times.filter((time) => now - time <= this.#withinMs), now];
    return this.#times.length <= this.#most;
  }

  /** Restarted by the user: earlier crashes do not count. */
  forget(): void {
    this.#times = [];
  }
}
