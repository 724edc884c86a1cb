import path from "node:path";
import * as vscode from "vscode";
import { CreateExample } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { workspaceFolder } from "./newExperiment.ts";
import { explain, trusted } from "./runCommands.ts";

export interface TryIt {
  readonly connection: Connection;
  /** The extension's own folder, which all windows share. */
  readonly storage: vscode.Uri;
  /** Starts a run of the experiment and opens its charts. */
  readonly run: (experiment: vscode.Uri) => Promise<void>;
}

/**
 * Makes a folder with digits and an experiment, opens the experiment, starts it and opens its charts. A window without
 * a folder asks where, opens the new folder and continues there.
 */
export async function tryIt({ connection, storage, run }: TryIt): Promise<void> {
  const isEmptyWindow = (vscode.workspace.workspaceFolders ?? []).length === 0;
  if (!isEmptyWindow && !trusted()) return;
  const parent = isEmptyWindow ? await askFolder() : await workspaceFolder();
  if (parent === undefined) return;
  const answer = await connection.request(CreateExample, { parent: parent.fsPath });
  if ("problem" in answer) {
    explain(answer.problem);
    return;
  }
  if (isEmptyWindow) {
    await leave(storage, answer.file);
    await vscode.commands.executeCommand("vscode.openFolder", vscode.Uri.file(path.dirname(answer.file)));
    return;
  }
  await show(answer.file, run);
}

/** Continues in the window that was opened for a folder just created, once the folder is trusted. */
export async function goOnTrying({ storage, run }: Pick<TryIt, "storage" | "run">): Promise<void> {
  const file = await created(storage);
  const isHere = vscode.workspace.workspaceFolders?.some(
    ({ uri }) => file !== undefined && uri.fsPath === path.dirname(file),
  );
  if (file === undefined || !isHere) return;
  await vscode.workspace.fs.delete(mark(storage));
  await show(file, run);
}

/**
 * Names the experiment that a window without a folder has created, for the window that opens its folder. A file, since
 * opening a folder ends this window, and a memento's last change can be lost with it.
 */
const mark = (storage: vscode.Uri) => vscode.Uri.joinPath(storage, "created-experiment");

async function leave(storage: vscode.Uri, file: string): Promise<void> {
  await vscode.workspace.fs.createDirectory(storage);
  await vscode.workspace.fs.writeFile(mark(storage), new TextEncoder().encode(file));
}

async function created(storage: vscode.Uri): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(mark(storage)));
  } catch {
    return undefined;
  }
}

async function show(file: string, run: TryIt["run"]): Promise<void> {
  const experiment = vscode.Uri.file(file);
  await vscode.window.showTextDocument(experiment, { preview: false });
  await run(experiment);
}

async function askFolder(): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: "Where to Make the Folder with the Digits",
    openLabel: "Make It Here",
    canSelectFiles: false,
    canSelectFolders: true,
  });
  return chosen?.[0];
}
