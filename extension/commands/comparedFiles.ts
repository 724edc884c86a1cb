import path from "node:path";
import * as vscode from "vscode";
import { LayOut } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";

const scheme = "distill-compared";

/** A diff of experiments in one layout, so that it shows content and not formatting. */
export class ComparedFiles implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #connection: Connection;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #disposables: vscode.Disposable[];
  readonly onDidChange = this.#changed.event;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#disposables = [
      this.#changed,
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      vscode.workspace.onDidChangeTextDocument(({ document: { uri } }) => this.#changed.fire(laidOut(uri))),
      connection.onReady(() => {
        for (const { uri } of vscode.workspace.textDocuments)
          if (uri.scheme === scheme) this.#changed.fire(uri);
      }),
    ];
  }

  /** Where the server does not answer, the text as it is written. */
  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri.query));
    const text = document.getText();
    return (await this.#connection.ask(LayOut, { text }))?.text ?? text;
  }

  async show(left: vscode.Uri, right: vscode.Uri): Promise<void> {
    const title = `${path.basename(left.path)} ↔ ${path.basename(right.path)}`;
    await vscode.commands.executeCommand("vscode.diff", laidOut(left), laidOut(right), title);
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }
}

const laidOut = (uri: vscode.Uri): vscode.Uri => uri.with({ scheme, query: uri.toString() });
