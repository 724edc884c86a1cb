import * as vscode from "vscode";
import { FindNode } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { explain } from "../commands/runCommands.ts";
import { runOf, type Targets } from "../commands/target.ts";
import { runDistill } from "../engine/distillProcess.ts";
import { notify } from "../notify.ts";
import { isExaminable } from "../runs/examinable.ts";

/** Shows a run's student in a panel: the page that `distill export --format web` writes, whose policy lets it load nothing. */
export async function tryStudent(
  {
    connection,
    cli,
    targets,
    storage,
  }: {
    readonly connection: Connection;
    /** Path of the packed cli.mjs. */
    readonly cli: string;
    readonly targets: Targets;
    /** Folder of the extension's own files. */
    readonly storage: vscode.Uri;
  },
  args: readonly unknown[],
): Promise<void> {
  const run = await runOf(targets, args, {
    among: isExaminable,
    placeHolder: "Try the student of which run?",
    none: "There is no run that has ended and can be read.",
  });
  if (run === undefined) return;
  const node = await connection.request(FindNode, {});
  if ("problem" in node) {
    explain(node.problem);
    return;
  }
  const folder = vscode.Uri.joinPath(storage, "pages", run.id);
  const words = ["export", run.directory, "--format", "web", "--out", folder.fsPath];
  const title = `Making a page with the student of ${run.name}`;
  const ended = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () =>
    runDistill({ node, cli, args: words }),
  );
  if (ended.code !== 0) {
    notify("error", ended.stderr.replaceAll("\n", " "));
    return;
  }
  const page = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, "index.html"));
  await vscode.workspace.fs.delete(folder, { recursive: true });
  const panel = vscode.window.createWebviewPanel(
    "distill.student",
    `Try ${run.name}`,
    vscode.ViewColumn.Active,
    { enableScripts: true, localResourceRoots: [], retainContextWhenHidden: true },
  );
  panel.webview.html = new TextDecoder().decode(page);
}
