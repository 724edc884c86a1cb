import * as vscode from "vscode";
import { grouped } from "../../server/grouped.ts";
import type { RunEventsParams, RunSummary } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { fullName } from "../runs/wording.ts";

type RunEvent = RunEventsParams["events"][number];

/** What a trainer does once it has held data and teacher against what the run began with. */
const goesOn = new Set<string>(["cache", "train", "evaluate", "export"]);

/** Reports resumed runs once their trainers run: until then each may still refuse. */
export class ResumedRuns implements vscode.Disposable {
  readonly #asked = new Map<string, { readonly run: RunSummary; step: number | undefined }>();
  readonly #listening: vscode.Disposable;

  constructor(connection: Pick<Connection, "onRunEvents">) {
    this.#listening = connection.onRunEvents(({ directory, events }) => {
      for (const event of events) this.#take(directory, event);
    });
  }

  /** Before the run is asked to resume: its trainer may answer sooner than the server. */
  expect(run: RunSummary): void {
    this.#asked.set(run.directory, { run, step: undefined });
  }

  forget({ directory }: RunSummary): void {
    this.#asked.delete(directory);
  }

  #take(directory: string, event: RunEvent): void {
    const asked = this.#asked.get(directory);
    if (asked === undefined) return;
    if (event.type === "started" && event.subject === asked.run.subject) asked.step = event.step;
    const isOn = asked.run.sweep
      ? event.type === "member"
      : asked.step !== undefined && event.type === "phase" && goesOn.has(event.phase);
    if (!isOn) return;
    this.#asked.delete(directory);
    vscode.window.setStatusBarMessage(`$(debug-continue) ${resumedWords(asked.run, asked.step ?? 0)}`, 8000);
  }

  dispose(): void {
    this.#listening.dispose();
  }
}

function resumedWords(run: RunSummary, step: number): string {
  if (run.sweep) {
    const left = run.sweep.total - run.sweep.completed;
    return `${fullName(run)} goes on with the ${grouped(left)} that ${left === 1 ? "is" : "are"} missing`;
  }
  return step > 0
    ? `${fullName(run)} continues from its last checkpoint, at step ${grouped(step)}`
    : `${fullName(run)} starts from the beginning: it had no checkpoint yet`;
}
