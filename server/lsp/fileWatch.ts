import { type FSWatcher, watch } from "chokidar";

/** A file, and its known state: see `stampOf`. */
export interface StampedFile {
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
  readonly #stamps = new Map<string, readonly StampedFile[]>();
  #isPolling = false;

  constructor(stampOf: (file: string) => Promise<string>, onChange: (uri: string) => void) {
    this.#stampOf = stampOf;
    this.#onChange = onChange;
    this.#timer = setInterval(() => void this.#poll(), everyMs).unref();
    // A path may be a folder with a hundred thousand images, so its content is not watched. Where a watch fails, polling goes on.
    const ignored = (path: string) => !this.#files().has(path);
    this.#watcher = watch([], { ignoreInitial: true, persistent: false, depth: 0, ignored })
      .on("all", () => void this.#poll())
      .on("error", () => {});
  }

  set(uri: string, files: readonly StampedFile[]): void {
    const before = this.#files();
    if (files.length === 0) this.#stamps.delete(uri);
    else this.#stamps.set(uri, files);
    const now = this.#files();
    this.#watcher.add([...now].filter((file) => !before.has(file)));
    this.#watcher.unwatch([...before].filter((file) => !now.has(file)));
  }

  close(): void {
    clearInterval(this.#timer);
    void this.#watcher.close();
  }

  #files(): ReadonlySet<string> {
    return new Set([...this.#stamps.values()].flatMap((files) => files.map(({ file }) => file)));
  }

  /** On a share that does not answer a poll takes long: there is never more than one. */
  async #poll(): Promise<void> {
    if (this.#isPolling) return;
    this.#isPolling = true;
    const named = this.#files();
    const now = new Map(
      await Promise.all(Array.from(named, async (file) => [file, await this.#stampOf(file)] as const)),
    );
    this.#isPolling = false;
    for (const [uri, files] of this.#stamps) {
      const isChanged = files.some(({ file, stamp }) => now.has(file) && now.get(file) !== stamp);
      if (!isChanged) continue;
      // Each state is reported once; the next read of the files updates it.
      this.#stamps.set(
        uri,
        files.map(({ file, stamp }) => ({ file, stamp: now.get(file) ?? stamp })),
      );
      this.#onChange(uri);
    }
  }
}
