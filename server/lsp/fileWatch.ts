/** A file, and the state of it that is known: see `stampOf`. */
export interface SeenFile {
  readonly file: string;
  readonly stamp: string;
}

/** Well below the second after which a person wonders. */
const everyMs = 400;

/**
 * Tells when a file that an open experiment names is no longer what is known of it. Each is looked at by its path and held
 * against what is known, so that nothing is missed, however quickly files come and go, and whichever folders on the way are
 * made, renamed or removed: watches on folders belong to what a folder is, not to where it is, and on a disk that other
 * machines share none is told of what they write. The files are few.
 */
export class FileWatch {
  readonly #stampOf: (file: string) => Promise<string>;
  readonly #onChange: (uri: string) => void;
  readonly #timer: NodeJS.Timeout;
  /** Experiment → what is known of the files that it names. */
  readonly #seen = new Map<string, readonly SeenFile[]>();
  #isLooking = false;

  constructor(stampOf: (file: string) => Promise<string>, onChange: (uri: string) => void) {
    this.#stampOf = stampOf;
    this.#onChange = onChange;
    this.#timer = setInterval(() => void this.#look(), everyMs).unref();
  }

  set(uri: string, seen: readonly SeenFile[]): void {
    if (seen.length === 0) this.#seen.delete(uri);
    else this.#seen.set(uri, seen);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** On a share that does not answer a look takes long: there is never more than one. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const files = new Set([...this.#seen.values()].flatMap((seen) => seen.map(({ file }) => file)));
    const now = new Map(
      await Promise.all(Array.from(files, async (file) => [file, await this.#stampOf(file)] as const)),
    );
    this.#isLooking = false;
    for (const [uri, seen] of this.#seen) {
      const isChanged = seen.some(({ file, stamp }) => now.has(file) && now.get(file) !== stamp);
      if (!isChanged) continue;
      // Told once of each state; whoever looks at the files says anew what is known of them.
      this.#seen.set(
        uri,
        seen.map(({ file, stamp }) => ({ file, stamp: now.get(file) ?? stamp })),
      );
      this.#onChange(uri);
    }
  }
}
