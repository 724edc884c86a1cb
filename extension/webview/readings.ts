import type { SeriesResult } from "../../server/protocol.ts";
import { host } from "./host.ts";

/**
 * Requests series from the host; an answer has its request's number. A new request with the same key supersedes the old
 * one.
 */
export class Readings {
  readonly #waiting = new Map<number, { key: string; done: (result: SeriesResult) => void }>();
  #next = 1;

  /** @param key a request supersedes earlier ones with the same key */
  read(
    key: string,
    question: {
      directory: string;
      series: readonly string[];
      range?: readonly [number, number];
      buckets: number;
    },
    done: (result: SeriesResult) => void,
  ): void {
    for (const [number, waiting] of this.#waiting) if (waiting.key === key) this.#waiting.delete(number);
    const request = this.#next++;
    this.#waiting.set(request, { key, done });
    host.postMessage({ type: "read", request, ...question });
  }

  answer(request: number, result: SeriesResult): void {
    const waiting = this.#waiting.get(request);
    this.#waiting.delete(request);
    waiting?.done(result);
  }

  drop(request: number): void {
    this.#waiting.delete(request);
  }

  get areWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  isWaiting(key: string): boolean {
    return [...this.#waiting.values()].some((waiting) => waiting.key === key);
  }

  forget(): void {
    this.#waiting.clear();
  }
}
