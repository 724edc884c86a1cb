import * as vscode from "vscode";
import type { RunSummary } from "../../server/protocol.ts";
import { namedRuns, type Targets } from "../commands/target.ts";

/**
 * The runs that the panel shows: those named, else the newest `atLeast` of the experiment that the command came from or that
 * is active, else the running ones, else the newest of all. A sweep counts as its runs, or as itself before the first one.
 * Empty where there are no runs: the panel then explains how to start one.
 */
export function shownBy(targets: Targets, args: readonly unknown[], atLeast = 1): string[] {
  const { runs } = targets;
  const named = namedRuns(targets, args);
  const file = fileOf(args);
  const whole = runs.whole();
  const ofFile = whole.filter(({ experiment }) => experiment === file);
  const running = runs.running();
  const candidates = args[0] === "running" ? [running, ofFile, whole] : [ofFile, running, whole];
  const drawn = (list: readonly RunSummary[]) =>
    list.flatMap((run) => (run.sweep?.members.length ? runs.members(run) : [run]));
  const chosen = named ?? candidates.find((list) => drawn(list).length >= atLeast) ?? whole;
  return drawn(named ? chosen : newest(chosen, atLeast, drawn)).map((run) => run.directory);
}

function fileOf([first]: readonly unknown[]): string | undefined {
  if (first instanceof vscode.Uri) return first.fsPath;
  if (typeof first === "string" && first.includes(":")) return vscode.Uri.parse(first).fsPath;
  return vscode.window.activeTextEditor?.document.uri.fsPath;
}

/** The newest runs that make `atLeast` curves; a sweep makes one per run. */
function newest(
  list: readonly RunSummary[],
  atLeast: number,
  drawn: (list: readonly RunSummary[]) => readonly RunSummary[],
): readonly RunSummary[] {
  const count = list.findIndex((_, index) => drawn(list.slice(0, index + 1)).length >= atLeast);
  return count < 0 ? list : list.slice(0, count + 1);
}
