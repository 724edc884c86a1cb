import * as vscode from "vscode";
import { SecondClick } from "./secondClick.ts";

/**
 * Commands of lenses, each registered with its arguments under a name of its own that stays. The editor keeps arguments
 * with the list of lenses that brought them; while a new list replaces an old one, as with every step of a run, a click
 * on a lens that is still drawn would find no arguments and end in "Actual command not found".
 */
export class LensCommands implements vscode.Disposable {
  readonly #ids = new Map<string, string>();
  readonly #disposables: vscode.Disposable[] = [];
  readonly #clicks = new SecondClick();

  lasting(lens: vscode.CodeLens): vscode.CodeLens {
    const { command } = lens;
    if (!command?.arguments?.length) return lens;
    return new vscode.CodeLens(lens.range, { title: command.title, command: this.#idOf(command) });
  }

  #idOf({ command, arguments: values = [] }: vscode.Command): string {
    const key = JSON.stringify([command, ...values]);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = `distill.lens.${this.#ids.size}`;
    this.#ids.set(key, id);
    this.#disposables.push(
      vscode.commands.registerCommand(id, () =>
        this.#clicks.isOfStop(String(values[0]), command)
          ? undefined
          : vscode.commands.executeCommand(command, ...values),
      ),
    );
    return id;
  }

  dispose(): void {
    vscode.Disposable.from(...this.#disposables).dispose();
  }
}
