import { type FSWatcher, watch } from "chokidar";

/** A file, and the state of it that is known: see `stampOf`. */
export interface SeenFile {
  readonly file: string;
  readonly stamp: string;
}

/** Well below the second after which a person wonders. */
const everyMs = 400;

/**
 * Tells when a file that an open experiment names is no longer what is known of it. A watch says at once when one changes.
 * Besides, each is looked at by its path and held against what is known, so that nothing is missed, however quickly files come
 * and go, and whichever folders on the way are made, renamed or removed: watches belong to what a folder is, not to where it
 * is, and on a disk that other machines share none is told of what they write. The files are few.
 */
export class FileWatch {
  readonly #stampOf: (file: string) => Promise<string>;
  readonly #onChange: (uri: string) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #watcher: FSWatcher;
  /** Experiment → what is known of the files that it names. */
  readonly #seen = new Map<string, readonly SeenFile[]>();
  #isLooking = false;

  constructor(stampOf: (file: string) => Promise<string>, onChange: (uri: string) => void) {
    this.#stampOf = stampOf;
    this.#onChange = onChange;
    this.#timer = setInterval(() => void this.#look(), everyMs).unref();
    // A path may be a folder with a hundred thousand images, none of which is watched. Where a watch fails, looking goes on.
    const ignored = (path: string) => !this.#files().has(path);
    this.#watcher = watch([], { ignoreInitial: true, persistent: false, depth: 0, ignored })
      .on("all", () => void this.#look())
      .on("error", () => {});
  }

  set(uri: string, seen: readonly SeenFile[]): void {
    const before = this.#files();
    if (seen.length === 0) this.#seen.delete(uri);
    else this.#seen.set(uri, seen);
    const now = this.#files();
    this.#watcher.add([...now].filter((file) => !before.has(file)));
    this.#watcher.unwatch([...before].filter((file) => !now.has(file)));
  }

  close(): void {
    clearInterval(this.#timer);
    void this.#watcher.close();
  }

  #files(): ReadonlySet<string> {
    return new Set([...this.#seen.values()].flatMap((seen) => seen.map(({ file }) => file)));
  }

  /** On a share that does not answer a look takes long: there is never more than one. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const files = this.#files();
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
