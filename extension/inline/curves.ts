import * as vscode from "vscode";
import { ReadSeries, type Series } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { Pace } from "../runs/pace.ts";

/** About one point per pixel of the inline chart; a sparkline uses fewer. */
const buckets = 240;
/** Four updates a second are enough in a text editor; the first comes at once. */
const redrawMilliseconds = 250;

export type RunCurves = Readonly<Record<string, Series>>;

/** Loss curves of the visible runs. Each update is a full reading by the server. */
export class Curves implements vscode.Disposable {
  readonly #connection: Connection;
  readonly #curves = new Map<string, RunCurves>();
  readonly #watched = new Map<string, Pace>();
  readonly #changed = new vscode.EventEmitter<string>();
  readonly #disposables: vscode.Disposable[];

  /** Fires with the run directory whose curves are new. */
  readonly onDidChange = this.#changed.event;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#disposables = [
      this.#changed,
      connection.onReady(() => {
        for (const pace of this.#watched.values()) pace.ask();
      }),
      connection.onRunEvents(({ directory }) => this.#watched.get(directory)?.ask()),
      connection.onRunsChanged(({ runs, removed }) => {
        for (const { directory } of runs) this.#watched.get(directory)?.ask();
        for (const directory of removed) this.#curves.delete(directory);
      }),
    ];
  }

  /** The run's current curves, which are kept up to date from the first call on. */
  of(directory: string): RunCurves | undefined {
    if (!this.#watched.has(directory)) {
      const pace = new Pace(redrawMilliseconds, () => this.#read(directory));
      this.#watched.set(directory, pace);
      pace.ask();
    }
    return this.#curves.get(directory);
  }

  /** Drops all runs but these. */
  keepOnly(directories: ReadonlySet<string>): void {
    for (const [directory, pace] of this.#watched) {
      if (directories.has(directory)) continue;
      pace.dispose();
      this.#watched.delete(directory);
      this.#curves.delete(directory);
    }
  }

  async #read(directory: string): Promise<void> {
    const known = Object.keys(this.#curves.get(directory) ?? {});
    let result = await this.#connection.ask(ReadSeries, { directory, series: known, buckets });
    if (result === undefined) return;
    const wanted = result.available.filter((name) => name === "loss" || /^terms\..+\.raw$/.test(name));
    if (wanted.some((name) => !known.includes(name))) {
      result = await this.#connection.ask(ReadSeries, { directory, series: wanted, buckets });
    }
    if (result === undefined || !this.#watched.has(directory)) return;
    this.#curves.set(directory, result.series);
    this.#changed.fire(directory);
  }

  dispose(): void {
    for (const pace of this.#watched.values()) pace.dispose();
    for (const disposable of this.#disposables) disposable.dispose();
  }
}
