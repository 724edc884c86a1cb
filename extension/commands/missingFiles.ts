import path from "node:path";
import * as vscode from "vscode";
import { type ChosenPath, CreateSampleData } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { isExperiment } from "../experiments/experiments.ts";
import { notify } from "../notify.ts";
import { explain, saved, trusted } from "./runCommands.ts";
import { experimentOf, type Targets } from "./target.ts";

/** What to do about files that an experiment names and that are not there. */
export function missingFileCommands({
  connection,
  targets,
  extension,
}: {
  readonly connection: Connection;
  readonly targets: Targets;
  readonly extension: vscode.Uri;
}) {
  return {
    chooseFile: (...args: unknown[]) => chooseFile(args[0] as ChosenPath | undefined),

    async createSampleData(...args: unknown[]): Promise<void> {
      const uri = await experimentOf(targets, args);
      if (uri === undefined || !trusted()) return;
      const file = await saved(uri);
      if (file === undefined) return;
      const answer = await connection.request(CreateSampleData, { uri: file.toString() });
      if ("problem" in answer) {
        explain(answer.problem);
        return;
      }
      const { created } = answer;
      const words = created.length === 0 ? "There is nothing to create." : `Created ${created.join(", ")}`;
      vscode.window.setStatusBarMessage(`$(beaker) ${words}`, 8000);
    },

    showTeacherGuide: () =>
      vscode.commands.executeCommand(
        "markdown.showPreview",
        vscode.Uri.joinPath(extension, "docs", "pytorch-to-browser.md"),
      ),
  };
}

/** Writes the path of a chosen file in place of one in the active experiment. */
async function chooseFile(place: ChosenPath | undefined): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (place === undefined || editor === undefined || !isExperiment(editor.document)) return;
  const { document } = editor;
  const { offset, length, isFolder } = place;
  const range = new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
  const before = document.getText(range);
  const isSaved = document.uri.scheme === "file";
  const folder = isSaved ? vscode.Uri.joinPath(document.uri, "..") : undefined;
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title: `Instead of ${before}`,
      openLabel: isFolder ? "Use This Folder" : "Use This File",
      canSelectFiles: !isFolder,
      canSelectFolders: isFolder,
      ...(folder && { defaultUri: folder }),
    })) ?? [];
  if (chosen === undefined) return;
  if (document.getText(range) !== before) {
    notify("warning", `The experiment has changed meanwhile, so ${before} was not replaced.`);
    return;
  }
  const written = folder ? path.relative(folder.fsPath, chosen.fsPath).replaceAll("\\", "/") : chosen.fsPath;
  await editor.edit((edit) => edit.replace(range, JSON.stringify(written)));
}
