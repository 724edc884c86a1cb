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
 * @param open whether the editor shows it or the program that the system has for it
 */
export function showWhere(
  target: vscode.Uri,
  {
    file = target,
    more,
    open = "inside",
    verb = "Exported",
  }: {
    readonly file?: vscode.Uri;
    readonly more?: string;
    readonly open?: "inside" | "outside";
    readonly verb?: "Exported" | "Written";
  } = {},
): void {
  const words = `${verb} to ${vscode.workspace.asRelativePath(target)}.`;
  notify("info", more === undefined ? words : `${words} ${more}`, {
    Open: () =>
      open === "outside"
        ? vscode.env.openExternal(file)
        : vscode.commands.executeCommand("vscode.open", file),
    Reveal: () => reveal(target),
  });
}
