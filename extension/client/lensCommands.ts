import * as vscode from "vscode";
import { EndedLenses } from "./endedLenses.ts";

/**
 * Commands of lenses, each registered with its arguments under a name of its own that stays. The editor keeps arguments
 * with the list of lenses that brought them; while a new list replaces an old one, as with every step of a run, a click
 * on a lens that is still drawn would find no arguments and end in "Actual command not found".
 */
export class LensCommands implements vscode.Disposable {
  readonly #ids = new Map<string, string>();
  readonly #disposables: vscode.Disposable[] = [];
  readonly #ended = new EndedLenses();

  /** @param text its URI, the first argument of the commands on its lenses */
  lasting(text: string, lenses: readonly vscode.CodeLens[]): vscode.CodeLens[] {
    this.#ended.note(
      text,
      lenses.map(({ command }) => command?.command),
    );
    return lenses.map(({ range, command }) =>
      command?.arguments?.length
        ? new vscode.CodeLens(range, { title: command.title, command: this.#idOf(command) })
        : new vscode.CodeLens(range, command),
    );
  }

  #idOf({ command, arguments: values = [] }: vscode.Command): string {
    const key = JSON.stringify([command, ...values]);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = `distill.lens.${this.#ids.size}`;
    this.#ids.set(key, id);
    this.#disposables.push(
      vscode.commands.registerCommand(id, () =>
        this.#ended.has(String(values[0])) ? undefined : vscode.commands.executeCommand(command, ...values),
      ),
    );
    return id;
  }

  dispose(): void {
    vscode.Disposable.from(...this.#disposables).dispose();
  }
}
