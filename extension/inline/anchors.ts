import * as vscode from "vscode";
import { type Anchor, ReadAnchors } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { isExperiment } from "../experiments/experiments.ts";

/** Delay after a change, in ms: not a request for every key, and a new loss has its curve as soon as typing pauses. */
const settleMilliseconds = 150;

/** Places of curves in each open experiment; requested from the server once typing pauses. */
export class Anchors implements vscode.Disposable {
  readonly #connection: Connection;
  readonly #known = new Map<string, { version: number; anchors: readonly Anchor[] }>();
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #disposables: vscode.Disposable[];

  readonly onDidChange = this.#changed.event;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#disposables = [
      this.#changed,
      connection.onReady(() => this.#readVisible()),
      vscode.window.onDidChangeVisibleTextEditors(() => this.#readVisible()),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (isExperiment(document) && contentChanges.length > 0) this.#readSoon(document);
      }),
      vscode.workspace.onDidCloseTextDocument((document) => this.#known.delete(document.uri.toString())),
    ];
    this.#readVisible();
  }

  of(document: vscode.TextDocument): readonly Anchor[] {
    return this.#known.get(document.uri.toString())?.anchors ?? [];
  }

  #readVisible(): void {
    for (const { document } of vscode.window.visibleTextEditors) {
      if (!isExperiment(document)) continue;
      if (this.#known.get(document.uri.toString())?.version !== document.version) this.#readSoon(document, 0);
    }
  }

  #readSoon(document: vscode.TextDocument, milliseconds = settleMilliseconds): void {
    const uri = document.uri.toString();
    clearTimeout(this.#waiting.get(uri));
    this.#waiting.set(
      uri,
      setTimeout(() => {
        this.#waiting.delete(uri);
        void this.#read(document);
      }, milliseconds),
    );
  }

  async #read(document: vscode.TextDocument): Promise<void> {
    const version = document.version;
    const anchors = await this.#connection.ask(ReadAnchors, { uri: document.uri.toString() });
    // The text has changed meanwhile, so these places are outdated.
    if (anchors === undefined || document.isClosed || document.version !== version) return;
    this.#known.set(document.uri.toString(), { version, anchors });
    this.#changed.fire(document.uri);
  }

  dispose(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    for (const disposable of this.#disposables) disposable.dispose();
  }
}
