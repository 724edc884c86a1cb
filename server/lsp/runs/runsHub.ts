import { join } from "node:path";
import type { RunEvent } from "../../../schemas/run-event.gen.ts";
import type { RunSummary } from "../../protocol.ts";
import { newReading, type SummaryCache } from "../../runs/knownLogs.ts";
import { besideOthers, listRuns, summarizeRun, tellChanges } from "../../runs/list.ts";
import { eventBlocks } from "../../runs/logReader.ts";
import { runDirectory } from "../../runs/runDirectory.ts";
import { RunError } from "../../runs/runError.ts";
import { type RunChange, type RunsWatcher, watchRuns } from "../../runs/watch.ts";

/** News goes out at most so often, and at once where it was quiet before. */
const batchMs = 100;
/** A sweep is looked at with all of its runs: at once when one of them begins or ends, at most so often while it trains. */
const sweepMs = 1000;

/** Bytes of a log that is told from its first event on. */
const longestNews = 4 << 20;
/** A log is looked through for damage so many bytes at a time; between two of them the server answers. */
const pieceSize = 4 << 20;

export interface RunsListener {
  runsChanged(runs: readonly RunSummary[], removed: readonly string[]): void;
  runEvents(directory: string, events: readonly RunEvent[]): void;
}

/** The runs in every folder that is watched, kept up to date from their directories alone. */
export class RunsHub {
  readonly #listener: RunsListener;
  readonly #cache: SummaryCache = new Map();
  readonly #runs = new Map<string, RunSummary>();
  readonly #watchers = new Map<string, RunsWatcher>();
  /** Byte offset behind the last event that was told, by run. */
  readonly #told = new Map<string, number>();
  /** When each sweep was looked at last. */
  readonly #sweeps = new Map<string, number>();
  #dirty = new Map<string, RunChange["what"]>();
  #flushing: Promise<void> | undefined;
  #lastFlush = 0;
  #closed = false;

  constructor(listener: RunsListener) {
    this.#listener = listener;
    tellChanges(this.#cache);
  }

  /** Watches a folder of runs, which need not exist yet. Resolves when what is there already is known. */
  async add(runsFolder: string): Promise<void> {
    if (this.#watchers.has(runsFolder) || this.#closed) return;
    const watcher = watchRuns(runsFolder, (change) => this.#note(change));
    this.#watchers.set(runsFolder, watcher);
    const runs = await listRuns(runsFolder, this.#cache);
    for (const run of runs) this.#take(run);
    if (runs.length > 0 && !this.#closed) this.#listener.runsChanged(runs, []);
    void this.#lookThrough(runsFolder, runs);
  }

  /** Looks through what a list had no time for, and tells of runs whose log is damaged. */
  async #lookThrough(runsFolder: string, runs: readonly RunSummary[]): Promise<void> {
    let looked = 0;
    for (const { directory } of runs) {
      for (let before = -1; !this.#closed; ) {
        const { check } = this.#cache.get(directory) ?? {};
        if (check === undefined || check.isDone || check.end === before) break;
        before = check.end;
        const run = await summarizeRun(directory, this.#cache, newReading(pieceSize));
        looked += pieceSize;
        if (run?.warnings?.some(({ code }) => code === "log-damaged"))
          this.#note({ directory, what: "state" });
      }
    }
    // Kept for the next server, and for the command line.
    if (looked > 0 && !this.#closed) await listRuns(runsFolder, this.#cache).catch(() => {});
  }

  /** Every run, newest first: ids begin with the time. */
  all(): RunSummary[] {
    return [...this.#runs.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  of(experimentFile: string): RunSummary[] {
    return this.all().filter(({ experiment }) => experiment === experimentFile);
  }

  /** Looks at every run anew. */
  async list(): Promise<RunSummary[]> {
    for (const folder of this.#watchers.keys()) {
      // A folder that may not be read takes none of the others with it.
      const runs = await listRuns(folder, this.#cache).catch(ifRefused([]));
      for (const run of runs) this.#take(run);
    }
    return this.all();
  }

  /** A run that was started or resumed here: it is told of at once, without waiting for the watcher. */
  touch(directory: string): void {
    this.#note({ directory: runDirectory(directory).path, what: "state" });
  }

  close(): void {
    this.#closed = true;
    for (const watcher of this.#watchers.values()) watcher.close();
  }

  /** What was written before the run was first seen is read with its series; its events are told from there on. */
  #take(run: RunSummary): void {
    this.#runs.set(run.directory, run);
    if (!this.#told.has(run.directory))
      this.#told.set(run.directory, this.#cache.get(run.directory)?.end ?? 0);
  }

  #note({ directory, what }: RunChange): void {
    if (this.#closed) return;
    if (this.#dirty.get(directory) !== "removed" || what !== "events") this.#dirty.set(directory, what);
    this.#flushing ??= this.#flushSoon();
  }

  async #flushSoon(): Promise<void> {
    const wait = Math.max(0, this.#lastFlush + batchMs - Date.now());
    await new Promise((resolve) => setTimeout(resolve, wait));
    this.#lastFlush = Date.now();
    const dirty = this.#dirty;
    this.#dirty = new Map();
    try {
      await this.#flush(dirty);
    } finally {
      this.#flushing = undefined;
      if (this.#dirty.size > 0 && !this.#closed) this.#flushing = this.#flushSoon();
    }
  }

  async #flush(dirty: ReadonlyMap<string, RunChange["what"]>): Promise<void> {
    const changed: RunSummary[] = [];
    const removed: string[] = [];
    for (const [directory, what] of dirty) {
      const known = this.#runs.get(directory);
      const run = what === "removed" ? undefined : await summarizeRun(directory, this.#cache);
      if (run) {
        // Of a run that began while this was watching, every event is told, from the first one on; a long log was not
        // written since, but put here.
        const { stamp } = this.#cache.get(directory) ?? {};
        if (known === undefined && !this.#told.has(directory) && (stamp?.size ?? 0) < longestNews)
          this.#told.set(directory, 0);
        this.#take(run);
        changed.push(run);
        if (run.state !== known?.state || this.#isDue(run)) this.#noteSweepOf(run);
      } else if (this.#runs.delete(directory)) {
        this.#told.delete(directory);
        removed.push(directory);
      }
    }
    if (this.#closed) return;
    const all = this.all();
    const news = changed.map((run) => besideOthers(run, all, this.#cache));
    for (const run of news) this.#take(run);
    if (news.length + removed.length > 0) this.#listener.runsChanged(news, removed);
    for (const { directory, state } of changed)
      if (state !== "unreadable") await this.#tellEvents(directory).catch(ifRefused(undefined));
  }

  #isDue({ member }: RunSummary): boolean {
    return member !== undefined && Date.now() - (this.#sweeps.get(member.sweep) ?? 0) > sweepMs;
  }

  #noteSweepOf({ member }: RunSummary): void {
    if (member === undefined) return;
    this.#sweeps.set(member.sweep, Date.now());
    this.#note({ directory: member.sweep, what: "state" });
  }

  async #tellEvents(directory: string): Promise<void> {
    const from = this.#told.get(directory) ?? 0;
    for await (const { events, offset } of eventBlocks(join(directory, "events.jsonl"), from)) {
      if (this.#closed) return;
      this.#told.set(directory, offset);
      if (events.length > 0) this.#listener.runEvents(directory, events);
    }
  }
}

/** In place of what a RunError keeps from being read, which the run's summary tells. */
const ifRefused =
  <T>(value: T) =>
  (error: unknown): T => {
    if (error instanceof RunError) return value;
    throw error;
  };
