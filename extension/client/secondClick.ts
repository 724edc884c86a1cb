import { command } from "../../server/protocol.ts";

/** Within this of the first one a second click belongs to it, as systems have it. */
const doubleClickMs = 500;

/** Clicks on lenses: the second one of a double click on Stop may hit what has come in its place, and would start the next run. */
export class SecondClick {
  readonly #stopped = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Notes a click on a lens of a text. @returns whether it belongs to one on Stop */
  isOfStop(text: string, clicked: string): boolean {
    const at = this.#stopped.get(text);
    if (clicked === command.stop) this.#stopped.set(text, this.#now());
    return clicked !== command.stop && at !== undefined && this.#now() - at < doubleClickMs;
  }
}
