import path from "node:path";
import * as vscode from "vscode";
import { CreateExample } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { workspaceFolder } from "./newExperiment.ts";
import { explain, trusted } from "./runCommands.ts";

/** The folder that a window without one has created, to be gone on with in the window that opens it. */
const createdKey = "distill.tryIt.created";

export interface TryIt {
  readonly connection: Connection;
  readonly memory: vscode.Memento;
  /** Starts a run of the experiment and opens its charts. */
  readonly run: (experiment: vscode.Uri) => Promise<void>;
}

/**
 * Makes a folder with digits and an experiment, opens the experiment, starts it and opens its charts. A window without
 * a folder asks where, opens the new folder and goes on there.
 */
export async function tryIt({ connection, memory, run }: TryIt): Promise<void> {
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
    await memory.update(createdKey, answer.file);
    await vscode.commands.executeCommand("vscode.openFolder", vscode.Uri.file(path.dirname(answer.file)));
    return;
  }
  await show(answer.file, run);
}

/** Goes on in the window that was opened for a folder just created, once the folder is trusted. */
export async function goOnTrying({ memory, run }: Pick<TryIt, "memory" | "run">): Promise<void> {
  const file = memory.get<string>(createdKey);
  const isHere = vscode.workspace.workspaceFolders?.some(
    ({ uri }) => file !== undefined && uri.fsPath === path.dirname(file),
  );
  if (file === undefined || !isHere) return;
  await memory.update(createdKey, undefined);
  await show(file, run);
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
