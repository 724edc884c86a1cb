import { type FSWatcher, readdirSync, type Stats, statSync, watch } from "node:fs";
import { join, resolve } from "node:path";
import { trainerOf } from "./spawn.ts";

export interface RunChange {
  /** Absolute path of the run directory. */
  readonly directory: string;
  /** `events`: the log has grown. `state`: a trainer came or went, the run is new, or its job or notes were edited. `removed`: the directory is gone. */
  readonly what: "events" | "state" | "removed";
}

export interface RunsWatcher {
  close(): void;
}

/** Polling interval of the folder of runs, which need not exist and can be replaced. */
const folderMs = 250;
/**
 * Polling interval of running runs: a killed trainer changes no file, and writes of other machines to a shared disk trigger no
 * watcher.
 */
const pulseMs = 1000;

/**
 * Reports every change of the runs in a folder from now on. Not batched, which is up to the caller. One watch per directory,
 * none on files: the system then names the file.
 */
export function watchRuns(runsDirectory: string, onChange: (change: RunChange) => void): RunsWatcher {
  const root = resolve(runsDirectory);
  const runs = new Map<string, WatchedRun>();
  let folder: { readonly watcher: FSWatcher | undefined; readonly inode: number } | undefined;

  const scan = ({ silently = false } = {}) => {
    const names = new Set(folderNames(root));
    for (const [name, run] of runs) {
      if (names.has(name)) continue;
      run.close();
      runs.delete(name);
      onChange({ directory: join(root, name), what: "removed" });
    }
    for (const name of names) {
      if (runs.has(name)) continue;
      const directory = join(root, name);
      runs.set(
        name,
        watchRun(directory, (what) => onChange({ directory, what })),
      );
      if (!silently) onChange({ directory, what: "state" });
    }
  };
  const pollFolder = ({ silently = false } = {}) => {
    const inode = entryAt(root)?.ino;
    if (inode === folder?.inode) return;
    folder?.watcher?.close();
    folder = inode === undefined ? undefined : { inode, watcher: watchFolder(root, () => scan()) };
    scan({ silently });
  };

  pollFolder({ silently: true });
  const polling = setInterval(pollFolder, folderMs);
  const pulse = setInterval(() => {
    // The only source of changes where the system allows no more watches.
    if (folder?.watcher === undefined) scan();
    for (const run of runs.values()) run.pulse();
  }, pulseMs);
  polling.unref();
  pulse.unref();
  return {
    close() {
      clearInterval(polling);
      clearInterval(pulse);
      folder?.watcher?.close();
      for (const run of runs.values()) run.close();
    },
  };
}

interface WatchedRun {
  /** Finds changes that trigger no watcher. */
  pulse(): void;
  close(): void;
}

function watchRun(directory: string, onChange: (what: "events" | "state") => void): WatchedRun {
  const events = join(directory, "events.jsonl");
  const job = join(directory, "job.json");
  const isAlive = () => {
    try {
      return trainerOf(directory) !== undefined;
    } catch {
      return false; // Not a lock: the run's summary reports it.
    }
  };
  const sizeOfLog = () => entryAt(events)?.size ?? 0;
  const timeOfJob = () => entryAt(job)?.mtimeMs;
  let alive = isAlive();
  let size = sizeOfLog();
  let jobAt = timeOfJob();
  const watcher = watchFolder(directory, (kind, name) => {
    if (name === "events.jsonl") {
      size = sizeOfLog();
      onChange("events");
    } else if (
      name === "notes.json" ||
      name === "job.json" ||
      (kind === "rename" && (name === "lock" || name === "trainer.pid"))
    ) {
      // Of the lock only that it appeared or disappeared: the heartbeat touches it.
      alive = isAlive();
      jobAt = timeOfJob();
      onChange("state");
    }
  });
  return {
    pulse() {
      if (!alive && watcher !== undefined) return;
      const now = { alive: isAlive(), size: sizeOfLog(), jobAt: timeOfJob() };
      if (now.size !== size) onChange("events");
      if (now.alive !== alive || now.jobAt !== jobAt) onChange("state");
      ({ alive, size, jobAt } = now);
    },
    close: () => watcher?.close(),
  };
}

/** undefined where the folder is gone, or the system allows no more watches. */
function watchFolder(
  path: string,
  onChange: (kind: string, name: string | null) => void,
): FSWatcher | undefined {
  try {
    const watcher = watch(path, { persistent: false }, onChange);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}

/** undefined for a path that does not exist or cannot be read, as a circular link. */
function entryAt(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function folderNames(root: string): string[] {
  try {
    const entries = readdirSync(root, { withFileTypes: true });
    return entries.flatMap((entry) =>
      entry.isDirectory() && !entry.name.startsWith(".") ? [entry.name] : [],
    );
  } catch {
    return []; // gone since
  }
}
