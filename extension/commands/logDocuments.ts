import path from "node:path";
import * as vscode from "vscode";
import { ReadTrainerLog, type RunSummary } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { notify } from "../notify.ts";
import type { RunList } from "../runs/runList.ts";
import { whyFailed } from "../runs/wording.ts";
import { explain } from "./runCommands.ts";

const scheme = "distill-log";

/** Trainers' output as virtual documents: the server reads the files and follows no links. */
export class LogDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #connection: Connection;
  readonly #runs: RunList;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #disposables: vscode.Disposable[];
  readonly onDidChange = this.#changed.event;

  constructor(connection: Connection, runs: RunList) {
    this.#connection = connection;
    this.#runs = runs;
    this.#disposables = [
      this.#changed,
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      // An open document is read again with each change of its run.
      connection.onRunsChanged(({ runs }) => {
        const news = new Set(runs.map(({ directory }) => uriOf(directory).toString()));
        for (const { uri } of vscode.workspace.textDocuments)
          if (news.has(uri.toString())) this.#changed.fire(uri);
      }),
    ];
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const directory = path.dirname(uri.fsPath);
    const log = await this.#connection.ask(ReadTrainerLog, { directory });
    const printed = (log !== undefined && "text" in log && log.text) || "The trainer has printed nothing.\n";
    const run = this.#runs.get(directory);
    // A trainer reports failures in its events and prints everything else.
    return run?.state === "failed" ? `Failed: ${whyFailed(run)}\n\n${printed}` : printed;
  }

  /** Opens the document at its end, or shows why it cannot be read. */
  async show(run: RunSummary): Promise<void> {
    const log = await this.#connection.request(ReadTrainerLog, { directory: run.directory });
    if ("problem" in log) {
      explain(log.problem);
      return;
    }
    if (log.text === undefined) {
      notify("info", `${run.name} has not written a log.`);
      return;
    }
    const uri = uriOf(run.directory);
    this.#changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    const editor = await vscode.window.showTextDocument(document, { preview: true });
    editor.revealRange(document.lineAt(document.lineCount - 1).range);
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }
}

const uriOf = (directory: string): vscode.Uri => vscode.Uri.file(`${directory}/trainer.log`).with({ scheme });
