import { type FSWatcher, watch } from "chokidar";

/** A file, and its known state: see `stampOf`. */
export interface CachedFile {
  readonly file: string;
  readonly stamp: string;
}

/** Well below a noticeable second. */
const everyMs = 400;

/**
 * Reports changes of files that open experiments name. Watches report at once. Each path is also polled and compared with its
 * known state, because watches miss changes: they follow a folder's inode, not its path, and see no writes of other machines to
 * a shared disk. The files are few.
 */
export class FileWatch {
  readonly #stampOf: (file: string) => Promise<string>;
  readonly #onChange: (uri: string) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #watcher: FSWatcher;
  /** Experiment → known states of the files that it names. */
  readonly #seen = new Map<string, readonly CachedFile[]>();
  #isLooking = false;

  constructor(stampOf: (file: string) => Promise<string>, onChange: (uri: string) => void) {
    this.#stampOf = stampOf;
    this.#onChange = onChange;
    this.#timer = setInterval(() => void this.#look(), everyMs).unref();
    // A path may be a folder with a hundred thousand images, so its content is not watched. Where a watch fails, polling goes on.
    const ignored = (path: string) => !this.#files().has(path);
    this.#watcher = watch([], { ignoreInitial: true, persistent: false, depth: 0, ignored })
      .on("all", () => void this.#look())
      .on("error", () => {});
  }

  set(uri: string, seen: readonly CachedFile[]): void {
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

  /** On a share that does not answer a poll takes long: there is never more than one. */
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
      // Each state is reported once; the next read of the files updates it.
      this.#seen.set(
        uri,
        seen.map(({ file, stamp }) => ({ file, stamp: now.get(file) ?? stamp })),
      );
      this.#onChange(uri);
    }
  }
}
