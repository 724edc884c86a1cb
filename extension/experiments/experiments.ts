import * as vscode from "vscode";

const experimentPattern = "**/*.distill.json";
const leftOut = "**/{node_modules,.distill,.git}/**";

/** Where experiments are written. Elsewhere one is only shown, as an older version is beside the file that it is compared with. */
export const experimentSchemes: readonly string[] = ["file", "untitled"];

export const isExperiment = ({ languageId, uri }: vscode.TextDocument): boolean =>
  languageId === "distill" && experimentSchemes.includes(uri.scheme);

/** The workspace's experiment files. */
export class Experiments implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #disposables: vscode.Disposable[];
  #any: boolean | undefined;

  readonly onDidChange = this.#changed.event;

  constructor() {
    const watcher = vscode.workspace.createFileSystemWatcher(experimentPattern, false, true, false);
    const search = () => void this.#search();
    this.#disposables = [
      this.#changed,
      watcher,
      watcher.onDidCreate(search),
      watcher.onDidDelete(search),
      vscode.workspace.onDidOpenTextDocument((document) => isExperiment(document) && search()),
    ];
    search();
  }

  /** Undefined until the first search has ended. */
  get any(): boolean | undefined {
    return this.#any;
  }

  async files(): Promise<vscode.Uri[]> {
    const found = await vscode.workspace.findFiles(experimentPattern, leftOut);
    return found.sort((a, b) => a.path.localeCompare(b.path));
  }

  async #search(): Promise<void> {
    const open = vscode.workspace.textDocuments.some(isExperiment);
    const any = open || (await vscode.workspace.findFiles(experimentPattern, leftOut, 1)).length > 0;
    if (any === this.#any) return;
    this.#any = any;
    this.#changed.fire();
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }
}
