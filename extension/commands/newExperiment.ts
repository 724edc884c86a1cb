import path from "node:path";
import * as vscode from "vscode";
import { inQuotes } from "../../server/codeSpans.ts";
import { ListStartingPoints, languageId, type StartingPoint } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { folderWords } from "../experiments/folderWords.ts";
import { notify } from "../notify.ts";

const ending = ".distill.json";

/** An entry of the list: a starting point, or what it leads to in the place of one. */
interface Entry extends vscode.QuickPickItem {
  readonly point?: StartingPoint;
  readonly act?: () => unknown;
}

const tryItNow: Entry = {
  label: "$(rocket) Try it now",
  detail: "3,000 handwritten digits and an experiment on them, in a folder of their own: run at once.",
  act: () => vscode.commands.executeCommand("distill.tryIt"),
};

const trustFirst: Entry = {
  label: "$(shield) Manage workspace trust",
  detail: "Before the folder is trusted nothing in it is read, so no experiment on its files is offered.",
  act: () => vscode.commands.executeCommand("workbench.trust.manage"),
};

/** Most files of the folder of which it is said why they are in no experiment. */
const mostLeftOut = 6;

/**
 * Asks for a starting point and a name, then writes and opens the file; without a folder, opens it untitled. Experiments on
 * what lies in the folder come first.
 */
export async function newExperiment(connection: Connection): Promise<void> {
  const folder = await folderForNewFiles();
  const hasFolders = (vscode.workspace.workspaceFolders ?? []).length > 0;
  if (folder === undefined && hasFolders) return; // None of several was picked.
  const chosen = await vscode.window.showQuickPick(entries(connection, folder), {
    title: "New Experiment",
    placeHolder: "Each starting point is complete and can be run once its files exist",
    matchOnDetail: true,
  });
  if (chosen === undefined) return;
  const { point } = chosen;
  if (point === undefined) {
    await chosen.act?.();
    return;
  }
  if (folder === undefined) {
    await openUnsaved(point);
    return;
  }
  const proposed = await freeName(folder, point.name);
  const name = await vscode.window.showInputBox({
    title: "New Experiment",
    prompt: `Name of the new file in ${folderWords(vscode.Uri.joinPath(folder, proposed)) || path.basename(folder.fsPath)}`,
    value: proposed,
    valueSelection: [0, proposed.length - ending.length],
    validateInput: async (value) => {
      if (value.trim() === "" || value.trim() === ending) return "An experiment needs a name.";
      if (/[\\:*?"<>|]/.test(value)) return 'A file name cannot contain \\ : * ? " < > |';
      return (await exists(target(folder, value))) ? "A file with this name already exists." : undefined;
    },
  });
  if (name === undefined) return;
  const file = target(folder, name);
  const { beside } = point;
  const module = beside && vscode.Uri.joinPath(folder, beside.name);
  try {
    // One that is there stays: it may be a person's own.
    if (module && beside && !(await exists(module)))
      await vscode.workspace.fs.writeFile(module, new TextEncoder().encode(beside.text));
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(point.text));
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^Error: /, "") : String(error);
    notify(
      "error",
      `${path.basename(file.fsPath)} could not be written, so it is open without a file. ${why}`,
    );
    await openUnsaved(point);
    return;
  }
  await vscode.window.showTextDocument(file);
  if (point.isIncomplete) await vscode.commands.executeCommand("distill.createSampleData", file);
}

async function openUnsaved({ text }: StartingPoint): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ language: languageId, content: text });
  await vscode.window.showTextDocument(document);
}

async function entries(connection: Connection, folder: vscode.Uri | undefined): Promise<Entry[]> {
  const root = folder && (vscode.workspace.getWorkspaceFolder(folder)?.uri ?? folder);
  const around = folder && root && { folder: folder.fsPath, root: root.fsPath };
  const answer = await connection.request(ListStartingPoints, around ? { around } : {});
  // Without a folder there is no place for a second file.
  const points = answer.points.filter(({ beside }) => around !== undefined || beside === undefined);
  const asEntry = (point: StartingPoint): Entry => ({
    label: plain(point.label),
    detail: plain(point.description),
    point,
  });
  const separator = (label: string): Entry => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const found = points.filter(({ name }) => name !== undefined).map(asEntry);
  const others = points.filter(({ name }) => name === undefined).map(asEntry);
  const lacking = answer.leftOut.slice(0, mostLeftOut).map(({ path: name, why }): Entry => {
    const uri = root && vscode.Uri.joinPath(root, name);
    return {
      label: `$(circle-slash) ${plain(name === "." ? "This folder" : name)}`,
      detail: `In no experiment, ${plain(inQuotes(why))}`,
      act: async () => {
        await vscode.commands.executeCommand("revealInExplorer", uri);
        notify("info", `${name === "." ? "This folder" : name} is in no experiment, ${why}.`); // The list cuts it.
      },
    };
  });
  if (root !== undefined && !vscode.workspace.isTrusted) lacking.push(trustFirst);
  const general = [tryItNow, ...others];
  if (found.length === 0 && lacking.length === 0) return general;
  const inFolder = lacking.length === 0 ? [] : [separator("in this folder"), ...lacking];
  const aside = [separator("other starting points"), ...general];
  return found.length === 0
    ? [...inFolder, ...aside]
    : [separator("on what is in this folder"), ...found, ...aside, ...inFolder];
}

/** A name of a file must not draw an icon. */
const plain = (text: string): string => text.replaceAll("$(", "$\u200b(");

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

async function freeName(folder: vscode.Uri, own = "experiment"): Promise<string> {
  for (let count = 1; ; count++) {
    const name = `${own}${count === 1 ? "" : `-${count}`}${ending}`;
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
