import { command } from "../../server/protocol.ts";

/** The editor shows lenses a quarter of a second after it has got them; within as long again, a second click may hit. */
const momentMs = 600;

/** Texts whose lenses were Stop until a moment ago: a second click on it would start the next run. */
export class EndedLenses {
  readonly #running = new Set<string>();
  readonly #endedAt = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** @param commands those of all lenses that a text has now */
  note(text: string, commands: readonly (string | undefined)[]): void {
    if (commands.includes(command.stop)) this.#running.add(text);
    else if (this.#running.delete(text)) this.#endedAt.set(text, this.#now());
  }

  /** Whether a click on a lens of the text may have been meant for Stop. */
  has(text: string): boolean {
    const at = this.#endedAt.get(text);
    return at !== undefined && this.#now() - at < momentMs;
  }
}
