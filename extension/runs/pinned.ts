import * as vscode from "vscode";

/** Runs pinned to the top of the tree; kept in the workspace state. */
export class PinnedRuns implements vscode.Disposable {
  static readonly #key = "distill.pinned";
  readonly #memory: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #ids: Set<string>;

  readonly onDidChange = this.#changed.event;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
    this.#ids = new Set(memory.get<string[]>(PinnedRuns.#key, []));
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  set(id: string, pinned: boolean): void {
    if (pinned) this.#ids.add(id);
    else this.#ids.delete(id);
    void this.#memory.update(PinnedRuns.#key, [...this.#ids]);
    this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
