import * as vscode from "vscode";
import {
  CheckExperiment,
  ListRuns,
  type Problem,
  ResumeRun,
  type ResumeRunParams,
  type RunSummary,
  StartRun,
  type StartRunParams,
  StopRun,
} from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { type Answers, confirm, notify } from "../notify.ts";
import { isResumable } from "../runs/resumable.ts";
import { fullName } from "../runs/wording.ts";
import type { ResumedRuns } from "./resumed.ts";
import { pickTrainingPlace } from "./resumeElsewhere.ts";
import { experimentOf, runOf, type Targets } from "./target.ts";

/** Start, check, stop and resume. */
export function runCommands(connection: Connection, targets: Targets, resumed: ResumedRuns) {
  const start = starter(connection, targets);
  return {
    run: (...args: unknown[]) => start(args, {}),
    runWithCharts: (experiment: vscode.Uri) => start([experiment], {}, true),
    trainTeacher: (...args: unknown[]) => start(args, { subject: "teacher" }),
    check: (...args: unknown[]) => check(connection, targets, args),
    stop: stopper(connection, targets),
    ...resumeCommands(connection, targets, resumed),
  };
}

function starter(connection: Connection, targets: Targets) {
  const starting = new Set<string>();

  return async function start(
    args: readonly unknown[],
    what: Pick<StartRunParams, "subject">,
    opensCharts = vscode.workspace.getConfiguration("distill").get("openChartsOnRun", false),
  ): Promise<void> {
    const uri = await experimentOf(targets, args);
    if (uri === undefined || !trusted()) return;
    const key = uri.toString();
    if (starting.has(key)) return; // A second press before the first is answered means the same run.
    starting.add(key);
    try {
      const file = await saved(uri);
      if (file === undefined) return;
      const answer = await connection.request(StartRun, { uri: file.toString(), ...what });
      if ("problem" in answer) {
        explain(answer.problem);
        return;
      }
      await targets.runs.refresh();
      if (opensCharts) {
        await vscode.commands.executeCommand("distill.openCharts", {
          kind: "run",
          directory: answer.directory,
        });
      }
    } finally {
      starting.delete(key);
    }
  };
}

async function check(connection: Connection, targets: Targets, args: readonly unknown[]): Promise<void> {
  const uri = await experimentOf(targets, args);
  if (uri === undefined) return;
  const document = await vscode.workspace.openTextDocument(uri); // The server checks open documents.
  const result = await connection.request(CheckExperiment, { uri: document.uri.toString() });
  if (result.errors === 0 && result.warnings === 0) {
    vscode.window.setStatusBarMessage(
      `$(check) ${vscode.workspace.asRelativePath(uri)}: ${result.summary}`,
      5000,
    );
    return;
  }
  const words = `${vscode.workspace.asRelativePath(uri)}: ${result.summary}.`;
  notify(result.errors > 0 ? "error" : "warning", words, showProblems);
}

function stopper(connection: Connection, targets: Targets) {
  const stopping = new Set<string>();

  return async function stop(...args: unknown[]): Promise<void> {
    const run = await runOf(targets, args, {
      among: ({ state }) => state === "running",
      placeHolder: "Which run should finish its step and stop?",
      none: "Nothing is running.",
    });
    if (run === undefined) return;
    if (stopping.has(run.directory)) {
      if (await stillRuns(connection, run)) await endNow(connection, run);
      return;
    }
    stopping.add(run.directory);
    try {
      const { problem } = await connection.request(StopRun, { directory: run.directory });
      if (problem?.code === "suspended") {
        offerEnd(connection, run, problem);
        return;
      }
      if (problem !== undefined) {
        explain(problem);
        return;
      }
      const done = ended(targets, run.directory);
      const words = `$(debug-stop) ${fullName(run)} stops after this step and writes a checkpoint`;
      vscode.window.setStatusBarMessage(words, done);
      await done;
    } finally {
      stopping.delete(run.directory);
    }
  };
}

function resumeCommands(connection: Connection, targets: Targets, resumed: ResumedRuns) {
  async function resumable(args: readonly unknown[]): Promise<RunSummary | undefined> {
    const run = await runOf(targets, args, {
      among: isResumable,
      placeHolder: "Which run should continue from its last checkpoint?",
      none: "There is no run to resume: none was stopped, interrupted or failed.",
    });
    return run !== undefined && trusted() ? run : undefined;
  }

  async function goOn(run: RunSummary, place: Omit<ResumeRunParams, "directory"> = {}): Promise<void> {
    resumed.expect(run);
    const answer = await connection.request(ResumeRun, { directory: run.directory, ...place });
    if ("problem" in answer) {
      resumed.forget(run);
      explain(answer.problem, run);
      return;
    }
    await targets.runs.refresh();
  }

  return {
    async resume(...args: unknown[]): Promise<void> {
      const run = await resumable(args);
      if (run !== undefined) await goOn(run);
    },

    async resumeWithChangedData(...args: unknown[]): Promise<void> {
      const run = await resumable(args);
      if (run !== undefined) await goOn(run, { acceptChangedData: true });
    },

    async resumeElsewhere(...args: unknown[]): Promise<void> {
      const run = await resumable(args);
      const place = run && (await pickTrainingPlace(connection, run));
      if (place) await goOn(run, place);
    },
  };
}

/** Asks the server: the notice that a run has ended may still be on its way when the person presses again. */
async function stillRuns(connection: Connection, { directory }: RunSummary): Promise<boolean> {
  const runs = await connection.request(ListRuns, {});
  return runs.some((run) => run.directory === directory && run.state === "running");
}

/** A second stop kills the trainer, which loses steps, so it asks first. */
async function endNow(connection: Connection, run: RunSummary): Promise<void> {
  const ends = await confirm(`${fullName(run)} is still finishing its step. End it now?`, {
    detail: "The steps since the last checkpoint are lost. The run can be resumed from there.",
    button: endWords,
  });
  if (ends) await end(connection, run);
}

/** A suspended trainer handles the stop when it continues. */
function offerEnd(connection: Connection, run: RunSummary, { message }: Problem): void {
  notify("warning", `${message} Ending it now loses the steps since its last checkpoint.`, {
    [endWords]: () => end(connection, run),
  });
}

async function end(connection: Connection, { directory }: RunSummary): Promise<void> {
  const { problem } = await connection.request(StopRun, { directory, force: true });
  if (problem !== undefined) explain(problem);
}

const endWords = "End Now";

/** Lasts until the run has ended, so that a second stop is recognised as one. */
function ended({ runs }: Targets, directory: string): Promise<void> {
  if (runs.get(directory)?.state !== "running") return Promise.resolve();
  return new Promise((resolve) => {
    const listening = runs.onDidChange(() => {
      if (runs.get(directory)?.state === "running") return;
      listening.dispose();
      resolve();
    });
  });
}

/**
 * Saves the document first, because training and evaluation read the file on disk. An untitled document gets a file.
 * @returns the saved file; undefined where nothing was saved
 */
export async function saved(uri: vscode.Uri): Promise<vscode.Uri | undefined> {
  if (uri.scheme === "untitled") {
    const file = await vscode.workspace.save(uri);
    if (file?.path.endsWith(".distill.json")) return file;
    notify(
      "info",
      "Save the experiment as a *.distill.json file first: its paths start at its folder, and its runs are kept there.",
    );
    return undefined;
  }
  const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri.toString());
  return !document?.isDirty || (await document.save()) ? uri : undefined;
}

/** Whether programs may be run in this workspace; shows a message where not. */
export function trusted(): boolean {
  if (vscode.workspace.isTrusted) return true;
  notify(
    "warning",
    "Running an experiment reads data and writes files with your rights. This workspace is not trusted yet.",
    { "Manage Workspace Trust": () => vscode.commands.executeCommand("workbench.trust.manage") },
  );
  return false;
}

/**
 * Shows an error with its hint and a button.
 * @param run the run that could not continue; another engine may be able to
 */
export function explain({ code, message, hint }: Problem, run?: RunSummary): void {
  const words = hint === undefined ? message : `${message} ${hint}`;
  notify("error", words, waysOutOf(code, run));
}

function waysOutOf(code: string, run: RunSummary | undefined): Answers {
  if (code.startsWith("engine-")) {
    const row = { kind: "run", directory: run?.directory };
    return {
      "Install Engine": () => vscode.commands.executeCommand("distill.installEngine"),
      ...(run && { [resumeElsewhere]: () => vscode.commands.executeCommand("distill.resumeElsewhere", row) }),
    };
  }
  if (/node/i.test(code)) {
    const settings = () =>
      vscode.commands.executeCommand("workbench.action.openSettings", "distill.nodePath");
    return { "Open Settings": settings };
  }
  return code === "wrong-file" ? showProblems : {}; // Nothing else is underlined in a text.
}

/** The button for a run whose data, teacher or starting weights have changed since it began. */
export const resumeWithChangedData = "Resume with Changed Data";

/** The button that opens the list of engines. */
export const resumeElsewhere = "Another Engine…";

const showProblems: Answers = {
  "Show Problems": () => vscode.commands.executeCommand("workbench.actions.view.problems"),
};
