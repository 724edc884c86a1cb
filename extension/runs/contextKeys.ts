import * as vscode from "vscode";
import type { Experiments } from "../experiments/experiments.ts";
import { isResumable } from "./resumable.ts";
import type { RunList } from "./runList.ts";

/** Keeps the `distill.*` context keys, on which menus, keys and welcome texts depend, up to date. */
export function keepContextKeys(runs: RunList, experiments: Experiments): vscode.Disposable {
  const known = new Map<string, boolean>();
  const set = (key: string, value: boolean) => {
    if (known.get(key) === value) return;
    known.set(key, value);
    void vscode.commands.executeCommand("setContext", `distill.${key}`, value);
  };
  const update = () => {
    const all = runs.all();
    const file = vscode.window.activeTextEditor?.document.uri.fsPath;
    set("hasExperiments", experiments.any ?? false);
    set("hasRuns", all.length > 0);
    // The others first: the window draws between two keys, and would draw the welcome text of an empty list.
    set("runsKnown", runs.loaded && experiments.any !== undefined);
    set(
      "hasRunning",
      all.some((run) => run.state === "running"),
    );
    set("hasResumable", all.some(isResumable));
    set(
      "fileRunning",
      all.some((run) => run.state === "running" && run.experiment === file),
    );
  };
  update();
  return vscode.Disposable.from(
    runs.onDidChange(update),
    experiments.onDidChange(update),
    vscode.window.onDidChangeActiveTextEditor(update),
  );
}
