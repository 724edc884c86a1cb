import type * as vscode from "vscode";

/**
 * Runs a job at most once per interval and never twice at a time; requests in between cause one more run afterwards.
 */
export class Pace implements vscode.Disposable {
  readonly #milliseconds: number;
  readonly #job: () => void | Promise<void>;
  #busy = false;
  #again = false;
  #disposed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(milliseconds: number, job: () => void | Promise<void>) {
    this.#milliseconds = milliseconds;
    this.#job = job;
  }

  /** The first run starts at once. */
  ask(): void {
    if (this.#disposed) return;
    if (this.#busy) this.#again = true;
    else void this.#run();
  }

  async #run(): Promise<void> {
    this.#busy = true;
    try {
      await this.#job();
    } catch (error) {
      // The next one is tried all the same.
      console.error(error);
    }
    if (this.#disposed) return;
    this.#timer = setTimeout(() => {
      this.#busy = false;
      if (!this.#again) return;
      this.#again = false;
      this.ask();
    }, this.#milliseconds);
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
  }
}
