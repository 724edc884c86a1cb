import path from "node:path";
import * as vscode from "vscode";
import { DeleteRun, ReadRunExperiment, type RunSummary } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { confirm, notify } from "../notify.ts";
import { isOrphan } from "../runs/orphan.ts";
import type { PinnedRuns } from "../runs/pinned.ts";
import { fullName, rowWords, runName } from "../runs/wording.ts";
import type { ComparedFiles } from "./comparedFiles.ts";
import type { LogDocuments } from "./logDocuments.ts";
import { reveal } from "./reveal.ts";
import { explain } from "./runCommands.ts";
import { experimentOf, namedRuns, pickExperiment, runOf, type Targets, tellUnreadable } from "./target.ts";

const noRuns = "There are no runs yet.";
const anyRun = () => true;

/** Commands on a run's files: open, reveal, copy, pin and delete, and a diff of two experiments. */
export function fileCommands({
  connection,
  targets,
  pinned,
  logs,
  compared,
}: {
  readonly connection: Connection;
  readonly targets: Targets;
  readonly pinned: PinnedRuns;
  readonly logs: LogDocuments;
  readonly compared: ComparedFiles;
}) {
  const pick = (args: readonly unknown[], placeHolder: string) =>
    runOf(targets, args, { among: anyRun, placeHolder, none: noRuns });
  /** A key that is kept pressed asks only once. */
  let isAsking = false;

  return {
    async showLog(...args: unknown[]): Promise<void> {
      const run = await pick(args, "Whose log?");
      if (run === undefined) return;
      await logs.show(run);
    },

    async revealExperiment(...args: unknown[]): Promise<void> {
      const uri = await experimentOf(targets, args);
      if (uri === undefined) return;
      const [run] = namedRuns(targets, args) ?? targets.runs.ofExperiment(uri.fsPath);
      if (run !== undefined && isOrphan(run)) {
        tellUnreadable(run); // It does not even say which experiment it was of.
        return;
      }
      await showExperiment(connection, uri, run);
    },

    async useAsExperiment(...args: unknown[]): Promise<void> {
      const run = await runOf(targets, args, {
        among: ({ state }) => state !== "unreadable",
        placeHolder: "Which run's experiment, as a file of its own?",
        none: noRuns,
      });
      if (run !== undefined) await openExperimentOf(connection, run);
    },

    async openRunFolder(...args: unknown[]): Promise<void> {
      const run = await pick(args, "Open the folder of which run?");
      if (run === undefined) return;
      await reveal(vscode.Uri.file(run.directory));
    },

    async copyRunId(...args: unknown[]): Promise<void> {
      const run = await pick(args, "Whose id?");
      if (run === undefined) return;
      await vscode.env.clipboard.writeText(run.id);
      vscode.window.setStatusBarMessage(`$(copy) Copied ${run.id}`, 3000);
    },

    pinRun: (...args: unknown[]): void => setPinned(args, true),
    unpinRun: (...args: unknown[]): void => setPinned(args, false),

    async delete(...args: unknown[]): Promise<void> {
      const runs = await chosenToDelete(targets, args);
      if (runs.length === 0 || isOneRunning(targets, runs) || isAsking) return;
      isAsking = true;
      try {
        await deleteRuns(connection, targets, runs);
      } finally {
        isAsking = false;
      }
    },

    compareFiles: (...args: unknown[]): Promise<void> => compareFiles(targets, compared, args),
  };

  function setPinned(args: readonly unknown[], on: boolean): void {
    for (const run of namedRuns(targets, args) ?? []) pinned.set(run.id, on);
  }
}

/** @param run the one to look for a copy in, where the file is gone */
async function showExperiment(
  connection: Connection,
  uri: vscode.Uri,
  run: RunSummary | undefined,
): Promise<void> {
  try {
    await vscode.window.showTextDocument(uri);
  } catch {
    const words = `${vscode.workspace.asRelativePath(uri)} does not exist any more.`;
    if (run === undefined) notify("warning", words);
    else
      notify("warning", `${words} ${fullName(run)} has a copy of it, with every default filled in.`, {
        "Open the Copy": () => openCopy(connection, run),
      });
  }
}

/** In the place of the file that is gone, where its paths are right: saving restores it. */
async function openCopy(connection: Connection, { directory, experiment }: RunSummary): Promise<void> {
  const answer = await connection.request(ReadRunExperiment, { directory });
  if ("problem" in answer) {
    explain(answer.problem);
    return;
  }
  const uri = vscode.Uri.file(experiment).with({ scheme: "untitled" });
  const editor = await vscode.window.showTextDocument(uri);
  if (editor.document.getText() !== "") return;
  await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), answer.text));
}

/** As a new file beside the run's own, which is the person's to save. Of a sweep that of its best run. */
async function openExperimentOf(connection: Connection, { directory, sweep }: RunSummary): Promise<void> {
  const answer = await connection.request(ReadRunExperiment, { directory: sweep?.best ?? directory });
  if ("problem" in answer) {
    explain(answer.problem);
    return;
  }
  const { file, name, text } = answer;
  const uri = await freeFile(path.join(path.dirname(file), name));
  const editor = await vscode.window.showTextDocument(uri.with({ scheme: "untitled" }));
  await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), text));
}

/** An experiment of this name, or with a number behind it, that is neither on the disk nor in an editor unsaved. */
async function freeFile(stem: string, number = 1): Promise<vscode.Uri> {
  const uri = vscode.Uri.file(`${stem}${number === 1 ? "" : `-${number}`}.distill.json`);
  const isOpen = vscode.workspace.textDocuments.some((document) => document.uri.fsPath === uri.fsPath);
  const isOnDisk = await Promise.resolve(vscode.workspace.fs.stat(uri)).then(
    () => true,
    () => false,
  );
  return isOpen || isOnDisk ? freeFile(stem, number + 1) : uri;
}

async function compareFiles(
  targets: Targets,
  compared: ComparedFiles,
  args: readonly unknown[],
): Promise<void> {
  const files = await targets.experiments.files();
  const [, second] = args;
  const selected = Array.isArray(second) ? second.filter((uri) => uri instanceof vscode.Uri) : [];
  const left = selected[0] ?? (await experimentOf(targets, args));
  if (left === undefined) return;
  const others = files.filter((uri) => uri.toString() !== left.toString());
  if (selected[1] === undefined && others.length === 0) {
    notify(
      "info",
      `There is no other experiment in this workspace to compare ${path.basename(left.path)} with.`,
    );
    return;
  }
  const right = selected[1] ?? (await pickExperiment(others, `Compare ${path.basename(left.path)} with?`));
  if (right === undefined) return;
  await compared.show(left, right);
}

/** Deleting a sweep deletes its runs. */
async function chosenToDelete(targets: Targets, args: readonly unknown[]): Promise<RunSummary[]> {
  const chosen = namedRuns(targets, args) ?? [
    await runOf(targets, args, {
      among: (run) => run.state !== "running",
      placeHolder: "Which run should be deleted?",
      none: "There is no run that has ended.",
    }),
  ];
  const named = chosen.filter((run) => run !== undefined);
  return [...new Set(named.flatMap((run) => [...targets.runs.members(run), run]))];
}

/** As the tree shows it: its name, its result, and its experiment. */
const rowOf = (run: RunSummary): string =>
  `${runName(run)} (${rowWords(run)}) of ${path.basename(run.experiment)}`;

/** Whether one of them trains now, which is said. */
function isOneRunning({ runs: all }: Targets, runs: readonly RunSummary[]): boolean {
  const running = runs.find(({ directory }) => all.get(directory)?.state === "running");
  if (running !== undefined)
    notify("warning", `${fullName(running)} is running. Stop it before you delete it.`);
  return running !== undefined;
}

async function deleteRuns(
  connection: Connection,
  targets: Targets,
  runs: readonly RunSummary[],
): Promise<void> {
  const sweep = runs.at(-1)?.sweep && runs.length > 1 ? runs.at(-1) : undefined;
  const isOneSweep = runs.every((run) => run === sweep || run.member?.sweep === sweep?.directory);
  const what =
    sweep && isOneSweep
      ? `the sweep ${rowOf(sweep)} with its ${runs.length - 1} runs`
      : runs.length === 1 && runs[0]
        ? `the run ${rowOf(runs[0])}`
        : `${runs.length} runs`;
  const isMeant = await confirm(`Delete ${what}?`, {
    detail: "This deletes its weights, checkpoints, curves and log. The experiment file stays.",
    button: "Move to Trash",
  });
  // Another window or a terminal may have resumed one meanwhile.
  if (!isMeant || isOneRunning(targets, runs)) return;
  const left: RunSummary[] = [];
  for (const run of runs) {
    try {
      await vscode.workspace.fs.delete(vscode.Uri.file(run.directory), { recursive: true, useTrash: true });
    } catch {
      left.push(run);
    }
  }
  if (left.length === 0) return;
  // Servers and containers often have no trash. Permanent deletion is a question of its own.
  const forGood = await confirm(
    `There is no trash on this machine. Delete ${left.length === 1 ? what : `${left.length} runs`} permanently?`,
    { detail: "This cannot be undone.", button: "Delete Permanently" },
  );
  if (!forGood) return;
  for (const run of left) {
    const { problem } = await connection.request(DeleteRun, { directory: run.directory });
    if (problem !== undefined) explain(problem);
  }
}
