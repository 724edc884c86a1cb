import * as vscode from "vscode";
import { FindNode, type RunSummary } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { explain } from "../commands/runCommands.ts";
import { runOf, type Targets } from "../commands/target.ts";
import { runDistill } from "../engine/distillProcess.ts";
import { notify } from "../notify.ts";
import { isExaminable } from "../runs/examinable.ts";

interface Page {
  readonly connection: Connection;
  /** Path of the packed cli.mjs. */
  readonly cli: string;
  /** Folder of the extension's own files. */
  readonly storage: vscode.Uri;
}

/**
 * Shows a run's student in a panel: the page that `distill export --format web` writes, whose policy lets it load nothing. A student
 * that is shown, or about to be, has one panel.
 */
export function studentPanels({ targets, ...page }: Page & { readonly targets: Targets }) {
  const making = new Set<string>();
  const panels = new Map<string, { readonly panel: vscode.WebviewPanel; readonly step: number }>();

  return async function tryStudent(...args: unknown[]): Promise<void> {
    const run = await runOf(targets, args, {
      among: isExaminable,
      placeHolder: "Try the student of which run?",
      none: "There is no run that has ended and can be read.",
    });
    if (run === undefined || making.has(run.directory)) return;
    const { directory, step, name } = run;
    const shown = panels.get(directory);
    if (shown?.step === step) {
      shown.panel.reveal();
      return;
    }
    making.add(directory);
    try {
      const html = await makePage(run, page);
      if (html === undefined) return;
      shown?.panel.dispose(); // Of the student before the run was resumed.
      const panel = vscode.window.createWebviewPanel(
        "distill.student",
        `Try ${name}`,
        vscode.ViewColumn.Active,
        { enableScripts: true, localResourceRoots: [], retainContextWhenHidden: true },
      );
      panels.set(directory, { panel, step });
      panel.onDidDispose(() => panels.get(directory)?.panel === panel && panels.delete(directory));
      panel.webview.html = html;
    } finally {
      making.delete(directory);
    }
  };
}

/** @returns undefined where there is none, which is said */
async function makePage(run: RunSummary, { connection, cli, storage }: Page): Promise<string | undefined> {
  const node = await connection.request(FindNode, {});
  if ("problem" in node) {
    explain(node.problem);
    return undefined;
  }
  const folder = vscode.Uri.joinPath(storage, "pages", run.id);
  const words = ["export", run.directory, "--format", "web", "--out", folder.fsPath];
  const title = `Making a page with the student of ${run.name}`;
  const ended = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () =>
    runDistill({ node, cli, args: words }),
  );
  if (ended.code !== 0) {
    notify("error", ended.stderr.replaceAll("\n", " "));
    return undefined;
  }
  const page = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, "index.html"));
  await vscode.workspace.fs.delete(folder, { recursive: true });
  return new TextDecoder().decode(page);
}
