import * as vscode from "vscode";
import { ListStartingPoints, languageId } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";

const ending = ".distill.json";

const tryItNow = {
  label: "$(rocket) Try it now",
  detail: "3,000 handwritten digits and an experiment on them, in a folder of their own: run at once.",
  text: undefined,
};

/** Asks for a starting point and a name, then writes and opens the file; without a folder, opens it untitled. */
export async function newExperiment(connection: Connection): Promise<void> {
  const points = await connection.request(ListStartingPoints, {});
  const chosen = await vscode.window.showQuickPick(
    [tryItNow, ...points.map(({ label, description, text }) => ({ label, detail: description, text }))],
    {
      title: "New Experiment",
      placeHolder: "Each starting point is complete and can be run once its files exist",
      matchOnDetail: true,
    },
  );
  if (chosen === undefined) return;
  if (chosen.text === undefined) {
    await vscode.commands.executeCommand("distill.tryIt");
    return;
  }
  const folder = await folderForNewFiles();
  if (folder === undefined) {
    const document = await vscode.workspace.openTextDocument({ language: languageId, content: chosen.text });
    await vscode.window.showTextDocument(document);
    return;
  }
  const name = await vscode.window.showInputBox({
    title: "New Experiment",
    prompt: `Name of the new file in ${vscode.workspace.asRelativePath(folder)}`,
    value: await freeName(folder),
    valueSelection: [0, "experiment".length],
    validateInput: async (value) => {
      if (value.trim() === "" || value.trim() === ending) return "An experiment needs a name.";
      if (/[\\:*?"<>|]/.test(value)) return 'A file name cannot contain \\ : * ? " < > |';
      return (await exists(target(folder, value))) ? "A file with this name already exists." : undefined;
    },
  });
  if (name === undefined) return;
  const file = target(folder, name);
  await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(chosen.text));
  await vscode.window.showTextDocument(file);
}

/** The folder of the active file, else the workspace folder (the one picked, where there are several). */
async function folderForNewFiles(): Promise<vscode.Uri | undefined> {
  const active = vscode.window.activeTextEditor?.document.uri;
  if (active?.scheme === "file" && vscode.workspace.getWorkspaceFolder(active) !== undefined) {
    return vscode.Uri.joinPath(active, "..");
  }
  return workspaceFolder();
}

/** The workspace's folder; the one picked, where there are several. */
export async function workspaceFolder(): Promise<vscode.Uri | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length > 1) return (await vscode.window.showWorkspaceFolderPick())?.uri;
  return folders[0]?.uri;
}

const target = (folder: vscode.Uri, name: string): vscode.Uri => {
  const trimmed = name.trim();
  return vscode.Uri.joinPath(
    folder,
    trimmed.endsWith(ending) ? trimmed : trimmed.replace(/\.json$/, "") + ending,
  );
};

async function freeName(folder: vscode.Uri): Promise<string> {
  for (let count = 1; ; count++) {
    const name = `experiment${count === 1 ? "" : `-${count}`}${ending}`;
    if (!(await exists(vscode.Uri.joinPath(folder, name)))) return name;
  }
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
