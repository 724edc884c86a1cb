import { dirname } from "node:path";
import { type FSWatcher, watch } from "chokidar";

/** Tells when one of the files that experiments name has come, changed or gone. */
export class FileWatch {
  readonly #watcher: FSWatcher;
  /** Experiment → the files that it names. */
  readonly #files = new Map<string, ReadonlySet<string>>();
  readonly #folders = new Set<string>();

  constructor(onChange: (uri: string) => void) {
    // Folders, not files: what is not there yet has no other place to be noticed at.
    this.#watcher = watch([], {
      depth: 0,
      ignoreInitial: true,
      ignorePermissionErrors: true,
      // Beside them may lie a hundred thousand images.
      ignored: (path) => !this.#folders.has(path) && !this.#isNamed(path),
    });
    this.#watcher.on("all", (_, path) => {
      for (const [uri, files] of this.#files) if (files.has(path)) onChange(uri);
    });
    // A folder that cannot be watched is not worth a word: its files are looked at again with the next change of the text.
    this.#watcher.on("error", () => undefined);
  }

  set(uri: string, files: readonly string[]): void {
    if (files.length === 0) this.#files.delete(uri);
    else this.#files.set(uri, new Set(files));
    this.#followFolders();
  }

  close(): Promise<void> {
    return this.#watcher.close();
  }

  #followFolders(): void {
    const wanted = new Set(
      [...this.#files.values()].flatMap((files) => [...files].map((file) => dirname(file))),
    );
    const gone = [...this.#folders].filter((folder) => !wanted.has(folder));
    const fresh = [...wanted].filter((folder) => !this.#folders.has(folder));
    for (const folder of gone) this.#folders.delete(folder);
    for (const folder of fresh) this.#folders.add(folder);
    if (gone.length > 0) this.#watcher.unwatch(gone);
    if (fresh.length > 0) this.#watcher.add(fresh);
  }

  #isNamed(path: string): boolean {
    return [...this.#files.values()].some((files) => files.has(path));
  }
}
