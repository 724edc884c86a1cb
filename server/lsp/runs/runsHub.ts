import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { RunEvent } from "../../../schemas/run-event.gen.ts";
import { waitingWords, waits } from "../../executors/place.ts";
import { placeOf, everyMs as queueMs, seeQueue } from "../../executors/slurmQueue.ts";
import type { RunSummary } from "../../protocol.ts";
import { isEnding } from "../../runs/follow.ts";
import { newReading, type SummaryCache } from "../../runs/knownLogs.ts";
import { besideOthers, listRuns, notifyChanges, summarizeRun } from "../../runs/list.ts";
import { eventBlocks } from "../../runs/logReader.ts";
import { runDirectory } from "../../runs/runDirectory.ts";
import { RunError } from "../../runs/runError.ts";
import { type RunChange, type RunsWatcher, watchRuns } from "../../runs/watch.ts";
import { inTurns } from "./turns.ts";

/** Shortest interval between updates of summaries; the first is sent at once, and that of a run that has ended. */
const batchMs = 100;
/** The same of new events, which charts draw: a frame. It is longer where a pass over the runs that grow takes longer. */
const eventsMs = 16;
/** Logs that are read at a time. */
const readers = 8;
/** A sweep is read with all of its runs: at once when one begins or ends, at most this often while it trains. */
const sweepMs = 1000;

/** Size of a log whose events are sent from the first on. */
const longestNews = 4 << 20;
/** A log is checked for damage in pieces of this size, between which the server answers requests. */
const pieceSize = 4 << 20;

export interface RunsListener {
  runsChanged(runs: readonly RunSummary[], removed: readonly string[]): void;
  runEvents(directory: string, events: readonly RunEvent[]): void;
}

/** The runs in every watched folder, kept up to date from their directories only. */
export class RunsHub {
  readonly #listener: RunsListener;
  readonly #cache: SummaryCache = new Map();
  readonly #runs = new Map<string, RunSummary>();
  readonly #watchers = new Map<string, RunsWatcher>();
  /** Byte offset after the last event sent, by run. */
  readonly #sentUntil = new Map<string, number>();
  /** When each sweep was read last. */
  readonly #sweeps = new Map<string, number>();
  #dirty = new Map<string, RunChange["what"]>();
  #flushing: Promise<void> | undefined;
  /** A run has ended: what is shown of it waits for nothing. */
  #isUrgent = false;
  #flushNow: (() => void) | undefined;
  #lastFlush = 0;
  /** Runs whose events are sent before their summary is read. */
  readonly #growing = new Set<string>();
  #lastSent = 0;
  #waiting: NodeJS.Timeout | undefined;
  #queueLook: NodeJS.Timeout | undefined;
  readonly #inTurn = inTurns(readers);
  /** Logs are being read. No log is by two at a time, so that its events are told in order. */
  #isSending = false;
  #closed = false;

  constructor(listener: RunsListener) {
    this.#listener = listener;
    notifyChanges(this.#cache);
  }

  /** Watches a folder of runs, which need not exist yet. Resolves when what is there already is known. */
  async add(runsFolder: string): Promise<void> {
    if (this.#watchers.has(runsFolder) || this.#closed) return;
    const watcher = watchRuns(runsFolder, (change) => this.#note(change));
    this.#watchers.set(runsFolder, watcher);
    const runs = await listRuns(runsFolder, this.#cache);
    for (const run of runs) this.#take(run);
    if (runs.length > 0 && !this.#closed) this.#listener.runsChanged(runs, []);
    void this.#checkLogs(runsFolder, runs);
  }

  /** Checks logs that a list skipped, and reports runs whose log is damaged. */
  async #checkLogs(runsFolder: string, runs: readonly RunSummary[]): Promise<void> {
    let checked = 0;
    for (const { directory } of runs) {
      for (let before = -1; !this.#closed; ) {
        const { check } = this.#cache.get(directory) ?? {};
        if (check === undefined || check.isDone || check.end === before) break;
        before = check.end;
        const run = await summarizeRun(directory, this.#cache, newReading(pieceSize));
        checked += pieceSize;
        if (run?.warnings?.some(({ code }) => code === "log-damaged"))
          this.#note({ directory, what: "state" });
      }
    }
    // Written for the next server, and for the command line.
    if (checked > 0 && !this.#closed) await listRuns(runsFolder, this.#cache).catch(() => {});
  }

  /** Every run, newest first: ids begin with the time. */
  all(): RunSummary[] {
    return [...this.#runs.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  of(experimentFile: string): RunSummary[] {
    return this.all().filter(({ experiment }) => experiment === experimentFile);
  }

  /** Reads every run again. */
  async list(): Promise<RunSummary[]> {
    for (const folder of this.#watchers.keys()) {
      // An unreadable folder does not affect the others.
      const runs = await listRuns(folder, this.#cache).catch(ifRefused([]));
      // One that was moved or deleted meanwhile has been reported.
      for (const run of runs) if (existsSync(run.directory)) this.#take(run);
    }
    return this.all();
  }

  /** A run that was started or resumed here is reported at once, without waiting for the watcher. */
  touch(directory: string): void {
    this.#note({ directory: runDirectory(directory).path, what: "state" });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#waiting);
    clearTimeout(this.#queueLook);
    for (const watcher of this.#watchers.values()) watcher.close();
  }

  /** Events from before the run was first seen are read with its series; later ones are sent. */
  #take(run: RunSummary): void {
    const isOnCluster = run.place !== undefined || this.#runs.get(run.directory)?.place !== undefined;
    this.#runs.set(run.directory, run);
    if (isOnCluster && !this.#closed) this.#queueLook ??= setTimeout(() => void this.#lookAtQueue(), queueMs);
    if (!this.#sentUntil.has(run.directory))
      this.#sentUntil.set(run.directory, this.#cache.get(run.directory)?.end ?? 0);
  }

  /** No file tells that a run waits for another reason, or again: the queue is looked at while a run is on the cluster. */
  async #lookAtQueue(): Promise<void> {
    await seeQueue();
    this.#queueLook = undefined;
    for (const run of this.#runs.values()) {
      const { directory, state, queued, place, member } = run;
      if (member === undefined) continue;
      const seen = placeOf(basename(member.sweep), member.index);
      if (place !== undefined) this.#take(run);
      const isMoved = queued ? waitingWords(seen) !== place : state !== "running" && waits(state, seen);
      if (isMoved) this.#note({ directory, what: "state" });
    }
  }

  #note({ directory, what }: RunChange): void {
    if (this.#closed) return;
    if (this.#dirty.get(directory) !== "removed" || what !== "events") this.#dirty.set(directory, what);
    this.#flushing ??= this.#flushSoon();
    if (what === "events" && this.#sentUntil.has(directory)) this.#sendSoon(directory);
  }

  #sendSoon(directory: string): void {
    if (this.#closed) return;
    this.#growing.add(directory);
    if (this.#isSending) return;
    this.#waiting ??= setTimeout(
      () => void this.#sendAll(),
      Math.max(0, this.#lastSent + eventsMs - Date.now()),
    );
  }

  /** What the runs that have grown logged since, several runs at a time. */
  async #sendAll(): Promise<void> {
    this.#waiting = undefined;
    this.#lastSent = Date.now();
    const growing = [...this.#growing];
    this.#growing.clear();
    this.#isSending = true;
    const ends = await Promise.allSettled(
      growing.map((run) => this.#inTurn(() => this.#readEvents(run).catch(ifRefused(undefined)))),
    );
    this.#isSending = false;
    for (const directory of this.#growing) this.#sendSoon(directory);
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }

  async #flushSoon(): Promise<void> {
    const wait = this.#isUrgent ? 0 : Math.max(0, this.#lastFlush + batchMs - Date.now());
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, wait);
      this.#flushNow = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#flushNow = undefined;
    this.#isUrgent = false;
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

  #hurry(): void {
    this.#isUrgent = this.#dirty.size > 0;
    this.#flushNow?.();
  }

  async #flush(dirty: ReadonlyMap<string, RunChange["what"]>): Promise<void> {
    const changed: RunSummary[] = [];
    const removed: string[] = [];
    for (const [directory, what] of dirty) {
      const known = this.#runs.get(directory);
      const run = what === "removed" ? undefined : await summarizeRun(directory, this.#cache);
      if (run) {
        // All events of a run that began while watching are sent; a long log was copied here, not written since.
        const { stamp } = this.#cache.get(directory) ?? {};
        if (known === undefined && !this.#sentUntil.has(directory) && (stamp?.size ?? 0) < longestNews)
          this.#sentUntil.set(directory, 0);
        this.#take(run);
        changed.push(run);
        if (run.state !== known?.state || this.#isDue(run)) this.#noteSweepOf(run);
      } else if (this.#runs.delete(directory)) {
        this.#sentUntil.delete(directory);
        removed.push(directory);
      }
    }
    if (this.#closed) return;
    const all = this.all();
    const news = changed.map((run) => besideOthers(run, all, this.#cache));
    for (const run of news) this.#take(run);
    if (news.length + removed.length > 0) this.#listener.runsChanged(news, removed);
    for (const { directory, state } of changed) if (state !== "unreadable") this.#sendSoon(directory);
  }

  #isDue({ member }: RunSummary): boolean {
    return member !== undefined && Date.now() - (this.#sweeps.get(member.sweep) ?? 0) > sweepMs;
  }

  #noteSweepOf({ member }: RunSummary): void {
    if (member === undefined) return;
    this.#sweeps.set(member.sweep, Date.now());
    this.#note({ directory: member.sweep, what: "state" });
  }

  async #readEvents(directory: string): Promise<void> {
    if (!this.#runs.has(directory)) return;
    const from = this.#sentUntil.get(directory) ?? 0;
    for await (const { events, offset } of eventBlocks(join(directory, "events.jsonl"), from)) {
      if (this.#closed) return;
      this.#sentUntil.set(directory, offset);
      if (events.length > 0) this.#listener.runEvents(directory, events);
      if (events.some(isEnding)) this.#hurry();
    }
  }
}

/** Fallback for data that a RunError prevents from being read, which the run's summary reports. */
const ifRefused =
  <T>(value: T) =>
  (error: unknown): T => {
    if (error instanceof RunError) return value;
    throw error;
  };
