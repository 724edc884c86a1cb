import * as vscode from "vscode";

/** On a remote machine or in a browser there is no file manager to show it in, but the Explorer has it. */
export async function reveal(uri: vscode.Uri): Promise<void> {
  const local = vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop;
  await vscode.commands.executeCommand(local ? "revealFileInOS" : "revealInExplorer", uri);
}
