import path from "node:path";
import * as vscode from "vscode";

/**
 * The folder of a file, as a person tells it from others: empty for the one folder of a workspace and outside of it; among several, the
 * folder's name stands before it.
 */
export function folderWords(file: vscode.Uri): string {
  const own = vscode.workspace.getWorkspaceFolder(file);
  if (own === undefined) return "";
  const isOnly = vscode.workspace.workspaceFolders?.length === 1;
  const below = path.posix.relative(own.uri.path, path.posix.dirname(file.path));
  return [isOnly ? "" : own.name, below].filter(Boolean).join("/");
}
