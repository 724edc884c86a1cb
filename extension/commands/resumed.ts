import * as vscode from "vscode";
import { grouped } from "../../server/grouped.ts";
import type { RunEventsParams, RunSummary } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { fullName } from "../runs/wording.ts";

type RunEvent = RunEventsParams["events"][number];

/** Phases that a trainer enters once it has compared data, teacher and starting weights with those that the run began with. */
const goesOn = new Set<string>(["cache", "train", "evaluate", "export"]);

/** Reports resumed runs once their trainers train: until then a trainer may still refuse. */
export class ResumedRuns implements vscode.Disposable {
  readonly #resuming = new Map<string, { readonly run: RunSummary; step: number | undefined }>();
  readonly #listening: vscode.Disposable;

  constructor(connection: Pick<Connection, "onRunEvents">) {
    this.#listening = connection.onRunEvents(({ directory, events }) => {
      for (const event of events) this.#take(directory, event);
    });
  }

  /** Call before requesting the resume: the trainer may report before the server answers. */
  expect(run: RunSummary): void {
    this.#resuming.set(run.directory, { run, step: undefined });
  }

  forget({ directory }: RunSummary): void {
    this.#resuming.delete(directory);
  }

  #take(directory: string, event: RunEvent): void {
    const resumed = this.#resuming.get(directory);
    if (resumed === undefined) return;
    if (event.type === "started" && event.subject === resumed.run.subject) resumed.step = event.step;
    const isOn = resumed.run.sweep
      ? event.type === "member"
      : resumed.step !== undefined && event.type === "phase" && goesOn.has(event.phase);
    if (!isOn) return;
    this.#resuming.delete(directory);
    vscode.window.setStatusBarMessage(
      `$(debug-continue) ${resumedWords(resumed.run, resumed.step ?? 0)}`,
      8000,
    );
  }

  dispose(): void {
    this.#listening.dispose();
  }
}

function resumedWords(run: RunSummary, step: number): string {
  if (run.sweep) {
    const left = run.sweep.total - run.sweep.completed;
    return `${fullName(run)} continues with its remaining ${left === 1 ? "run" : `${grouped(left)} runs`}`;
  }
  return step > 0
    ? `${fullName(run)} continues from its last checkpoint, at step ${grouped(step)}`
    : `${fullName(run)} starts from the beginning: it had no checkpoint yet`;
}
