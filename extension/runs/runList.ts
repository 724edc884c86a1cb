import * as vscode from "vscode";
import { ListRuns, type RunSummary } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";

/** The workspace's runs as the server last listed them, newest first. */
export class RunList implements vscode.Disposable {
  readonly #connection: Connection;
  readonly #runs = new Map<string, RunSummary>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #disposables: vscode.Disposable[];
  /** In order; undefined since the last change. */
  #all: readonly RunSummary[] | undefined;
  #loaded = false;

  readonly onDidChange = this.#changed.event;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#disposables = [
      this.#changed,
      connection.onReady(() => void this.refresh()),
      connection.onRunsChanged(({ runs, removed }) => {
        for (const directory of removed) this.#runs.delete(directory);
        for (const run of runs) this.#runs.set(run.directory, run);
        this.#all = undefined;
        this.#changed.fire();
      }),
    ];
  }

  /** False until the server's first answer: before it, an empty list means nothing. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /** By id: ids begin with the start time in milliseconds. */
  all(): readonly RunSummary[] {
    this.#all ??= [...this.#runs.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
    return this.#all;
  }

  get(directory: string): RunSummary | undefined {
    return this.#runs.get(directory);
  }

  ofExperiment(file: string): RunSummary[] {
    return this.all().filter((run) => run.experiment === file);
  }

  /** Runs without the members of sweeps, which are shown with their sweep. */
  whole(): RunSummary[] {
    return this.all().filter(({ member }) => member === undefined || !this.#runs.has(member.sweep));
  }

  /** Runs with curves: all but sweeps, whose members have them. */
  trained(): RunSummary[] {
    return this.all().filter(({ sweep }) => sweep === undefined);
  }

  /** What sweeps have found, by their directories. */
  answers(): Record<string, string> {
    const found = this.all().flatMap(({ directory, sweep }) =>
      sweep?.answer === undefined ? [] : [[directory, sweep.answer] as const],
    );
    return Object.fromEntries(found);
  }

  /** The members of a sweep that have begun, in order; any other run itself. */
  members(run: RunSummary): RunSummary[] {
    if (run.sweep === undefined) return [run];
    return run.sweep.members.flatMap((directory) => this.#runs.get(directory) ?? []);
  }

  /** The run whose curves a file shows: the one that trains a student, else the newest. */
  current(file: string): RunSummary | undefined {
    const runs = this.trained().filter((run) => run.experiment === file && run.subject !== "teacher");
    return runs.find((run) => run.state === "running") ?? runs[0];
  }

  /** Runs in progress; a sweep counts once, whichever member trains. */
  running(): RunSummary[] {
    const running = this.all().filter((run) => run.state === "running");
    return running.filter(({ member }) => !running.some(({ directory }) => directory === member?.sweep));
  }

  async refresh(): Promise<void> {
    const runs = await this.#connection.ask(ListRuns, {});
    if (runs !== undefined) this.#replace(runs);
  }

  /** On a person's command: restarts a server that was given up. @returns how many there are */
  async readAgain(): Promise<number> {
    const runs = await this.#connection.request(ListRuns, {});
    this.#replace(runs);
    return runs.length;
  }

  #replace(runs: readonly RunSummary[]): void {
    this.#runs.clear();
    for (const run of runs) this.#runs.set(run.directory, run);
    this.#all = undefined;
    this.#loaded = true;
    this.#changed.fire();
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }
}
