import * as vscode from "vscode";
import { notify } from "../notify.ts";

/** On a remote machine or in a browser there is no file manager; the Explorer shows it instead. */
export async function reveal(uri: vscode.Uri): Promise<void> {
  const local = vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop;
  await vscode.commands.executeCommand(local ? "revealFileInOS" : "revealInExplorer", uri);
}

/**
 * Shows where something was written, with buttons to open it.
 * @param file the file to open, where it is another one
 */
export function showWhere(
  target: vscode.Uri,
  { file = target, more }: { readonly file?: vscode.Uri; readonly more?: string } = {},
): void {
  const words = `Exported to ${vscode.workspace.asRelativePath(target)}.`;
  notify("info", more === undefined ? words : `${words} ${more}`, {
    Open: () => vscode.commands.executeCommand("vscode.open", file),
    Reveal: () => reveal(target),
  });
}
