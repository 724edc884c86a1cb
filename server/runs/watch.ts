import { basename, dirname, relative, resolve, sep } from "node:path";
import { watch } from "chokidar";
import { lockHolder } from "./lock.ts";

export interface RunChange {
  /** Absolute path of the run directory. */
  readonly directory: string;
  /** `events`: the log has grown. `state`: a trainer came or went, or the run is new. `removed`: the directory is gone. */
  readonly what: "events" | "state" | "removed";
}

export interface RunsWatcher {
  /** Resolves when everything that was there before is known; changes are reported from then on. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/** A killed trainer changes no file, so whether the trainers of running runs still live is looked up this often. */
const livenessMs = 1000;

/** Reports every change of the runs in a folder, which need not exist yet. Not batched: that is the caller's to choose. */
export function watchRuns(runsDirectory: string, onChange: (change: RunChange) => void): RunsWatcher {
  const root = resolve(runsDirectory);
  const alive = new Set<string>();
  const watcher = watch(root, {
    depth: 1,
    // Of a run directory only what tells its state: checkpoints and weights come and go by the megabyte.
    ignored: (path) => {
      const parts = relative(root, path).split(sep);
      return (
        parts.length > 2 ||
        (parts.length === 2 && !["events.jsonl", "lock", "job.json"].includes(parts[1] ?? ""))
      );
    },
  });
  watcher.on("all", (kind, path) => {
    const inRun = dirname(path) === root;
    const directory = inRun ? path : dirname(path);
    if (path === root || dirname(directory) !== root) return;
    if (kind === "unlinkDir" && inRun) {
      alive.delete(directory);
      onChange({ directory, what: "removed" });
    } else if (basename(path) === "events.jsonl" && kind === "change")
      onChange({ directory, what: "events" });
    else if (basename(path) === "lock") {
      if (kind === "change") return; // its heartbeat
      if (kind === "add") alive.add(directory);
      else alive.delete(directory);
      onChange({ directory, what: "state" });
    } else if (kind === "add" || kind === "change") onChange({ directory, what: "state" });
  });
  const pulse = setInterval(() => {
    for (const directory of alive) {
      if (lockHolder(directory) !== undefined) continue;
      alive.delete(directory);
      onChange({ directory, what: "state" });
    }
  }, livenessMs);
  pulse.unref();
  const ready = new Promise<void>((resolve) => {
    watcher.once("ready", () => resolve());
  });
  return {
    ready,
    async close() {
      clearInterval(pulse);
      await watcher.close();
    },
  };
}
