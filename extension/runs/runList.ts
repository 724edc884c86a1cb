import * as vscode from "vscode";
import { ListRuns, type RunSummary } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";

/** The runs of the workspace, as the server last told them. The newest comes first. */
export class RunList implements vscode.Disposable {
  readonly #connection: Connection;
  readonly #runs = new Map<string, RunSummary>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #disposables: vscode.Disposable[];
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
        this.#changed.fire();
      }),
    ];
  }

  /** False until the server has answered once: an empty list says nothing before that. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /** By id as everywhere: ids begin with the time of the start, to the millisecond. */
  all(): RunSummary[] {
    return [...this.#runs.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  get(directory: string): RunSummary | undefined {
    return this.#runs.get(directory);
  }

  ofExperiment(file: string): RunSummary[] {
    return this.all().filter((run) => run.experiment === file);
  }

  /** Those that stand for themselves: what a sweep does with its runs is told of the sweep. */
  whole(): RunSummary[] {
    return this.all().filter(({ member }) => member === undefined || !this.#runs.has(member.sweep));
  }

  /** Those that have curves: all but sweeps, whose runs have them. */
  trained(): RunSummary[] {
    return this.all().filter(({ sweep }) => sweep === undefined);
  }

  /** The runs of a sweep that have begun, in order; any other run itself. */
  members(run: RunSummary): RunSummary[] {
    if (run.sweep === undefined) return [run];
    return run.sweep.members.flatMap((directory) => this.#runs.get(directory) ?? []);
  }

  /** The run that a file's curves are drawn from: the student that trains, else the newest. */
  current(file: string): RunSummary | undefined {
    const runs = this.trained().filter((run) => run.experiment === file && run.subject !== "teacher");
    return runs.find((run) => run.state === "running") ?? runs[0];
  }

  /** What is under way: a sweep is one thing, whichever of its runs is training. */
  running(): RunSummary[] {
    const running = this.all().filter((run) => run.state === "running");
    return running.filter(({ member }) => !running.some(({ directory }) => directory === member?.sweep));
  }

  async refresh(): Promise<void> {
    const runs = await this.#connection.ask(ListRuns, {});
    if (runs === undefined) return;
    this.#runs.clear();
    for (const run of runs) this.#runs.set(run.directory, run);
    this.#loaded = true;
    this.#changed.fire();
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }
}
