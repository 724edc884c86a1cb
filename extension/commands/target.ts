import path from "node:path";
import * as vscode from "vscode";
import { duration } from "../../server/duration.ts";
import type { RunSummary } from "../../server/protocol.ts";
import { type Experiments, isExperiment } from "../experiments/experiments.ts";
import { folderWords } from "../experiments/folderWords.ts";
import { notify } from "../notify.ts";
import { isOrphan } from "../runs/orphan.ts";
import type { RunList } from "../runs/runList.ts";
import {
  briefMetric,
  fullName,
  keyMetric,
  rowWords,
  stateWords,
  whenWords,
  whyFailed,
} from "../runs/wording.ts";
import { isRow, type Row } from "../tree/rowModel.ts";

/**
 * What a command acts on. The same command comes from the palette (no argument), a CodeLens (the file's URI, and the
 * run directory where it concerns a run), the tree (a row, and all selected rows), the menu of a run in the charts, a title bar or
 * the explorer (a Uri).
 */
export interface Targets {
  readonly runs: RunList;
  readonly experiments: Experiments;
}

/**
 * The click was on a row that the editor was just reading again, so neither the row nor the selection is passed.
 * Nothing is guessed then, neither from the active editor nor because only one run fits.
 */
const isLostRow = (args: readonly unknown[]): boolean => args.length > 1 && !args[0] && !args[1];

/** The experiment file; asks where arguments and active editor leave it open. */
export async function experimentOf(
  { runs, experiments }: Targets,
  args: readonly unknown[],
): Promise<vscode.Uri | undefined> {
  const [first] = args;
  if (first instanceof vscode.Uri) return first;
  if (typeof first === "string" && first.includes(":")) return vscode.Uri.parse(first);
  if (isRow(first)) {
    const file = first.kind === "experiment" ? first.file : runs.get(first.directory)?.experiment;
    return file === undefined ? undefined : vscode.Uri.file(file);
  }
  if (isOfPanel(first)) {
    const file = runs.get(String(first.run))?.experiment;
    return file === undefined ? undefined : vscode.Uri.file(file);
  }
  const active = vscode.window.activeTextEditor?.document;
  if (active !== undefined && isExperiment(active) && !isLostRow(args)) return active.uri;
  return pickExperiment(await experiments.files(), "Which experiment?");
}

export async function pickExperiment(
  files: readonly vscode.Uri[],
  placeHolder: string,
): Promise<vscode.Uri | undefined> {
  if (files.length === 0) {
    notify("info", "There is no experiment (*.distill.json) in this workspace.");
    return undefined;
  }
  if (files.length === 1) return files[0];
  const items = files.map((uri) => ({
    label: path.basename(uri.fsPath),
    description: folderWords(uri),
    uri,
  }));
  return (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true }))?.uri;
}

/** What the menu of a run in the charts passes: see runContext.ts. */
const isOfPanel = (value: unknown): value is { readonly run: unknown } =>
  typeof value === "object" && value !== null && "webviewSection" in value && "run" in value;

/**
 * The runs that the arguments name, undefined where they name none. A row of an experiment stands for all its runs,
 * several selected rows for all of theirs.
 */
export function namedRuns({ runs }: Targets, args: readonly unknown[]): RunSummary[] | undefined {
  const [first, second] = args;
  const named = isOfPanel(first) ? first.run : second;
  if (typeof named === "string") {
    const run = runs.get(named);
    return run && [run];
  }
  const rows: Row[] = Array.isArray(second) && second.every(isRow) ? second : isRow(first) ? [first] : [];
  if (rows.length === 0) return undefined;
  const directories = new Set(
    rows.flatMap((row) =>
      row.kind === "run" ? [row.directory] : runs.ofExperiment(row.file).map((run) => run.directory),
    ),
  );
  return runs.all().filter((run) => directories.has(run.directory));
}

export interface RunQuestion {
  /** Whether a run is eligible. */
  readonly among: (run: RunSummary) => boolean;
  readonly placeHolder: string;
  /** Message when no run is. */
  readonly none: string;
}

/** One run: the one named, the only one eligible (the active file's first), or the one that the person picks. */
export async function runOf(
  targets: Targets,
  args: readonly unknown[],
  { among, placeHolder, none }: RunQuestion,
): Promise<RunSummary | undefined> {
  const meant = namedRuns(targets, args);
  const named = meant?.filter(among);
  if (named !== undefined && named.length === 1) return named[0];
  const damaged = named?.length === 0 && meant?.find(({ state }) => state === "unreadable");
  if (damaged) {
    tellUnreadable(damaged);
    return undefined;
  }
  const active = vscode.window.activeTextEditor?.document;
  const all = targets.runs.all().filter(among);
  if (isLostRow(args) && all.length > 0) return pickRun(all, placeHolder);
  // Offers a sweep without its runs; a single run of a sweep is chosen in the tree.
  const fitting =
    named ?? all.filter(({ member }) => !all.some(({ directory }) => directory === member?.sweep));
  const isOfFile = (run: RunSummary): boolean => run.experiment === active?.uri.fsPath;
  // An orphan is in no file's list, so it is offered beside every one.
  const candidates = fitting.some(isOfFile)
    ? fitting.filter((run) => isOfFile(run) || isOrphan(run))
    : fitting;
  const [only] = candidates;
  if (only === undefined) {
    notify("info", none);
    return undefined;
  }
  // Where the file that is open trains, its run may be meant: that of another file is not taken without a question.
  const isOpenOneBusy = named === undefined && active !== undefined && trainsNow(targets, active.uri.fsPath);
  if (candidates.length === 1 && (!isOpenOneBusy || isOfFile(only))) return only;
  return pickRun(candidates, placeHolder);
}

const trainsNow = ({ runs }: Targets, file: string): boolean =>
  runs.ofExperiment(file).some(({ state }) => state === "running");

export const tellUnreadable = (run: RunSummary): void =>
  notify("warning", `${fullName(run)} cannot be read. ${whyFailed(run)}`);

const pickRun = async (runs: readonly RunSummary[], placeHolder: string): Promise<RunSummary | undefined> =>
  (await vscode.window.showQuickPick(runs.map(runItem), { placeHolder, matchOnDescription: true }))?.run;

function runItem(run: RunSummary): vscode.QuickPickItem & { run: RunSummary } {
  const key = keyMetric(run);
  const facts =
    run.state === "unreadable"
      ? [rowWords(run)]
      : [
          stateWords[run.state].toLowerCase(),
          ...(key ? [`${briefMetric(key)}`] : []),
          duration(run.elapsedSeconds),
        ];
  return {
    label: fullName(run),
    description: [whenWords(run), path.basename(run.experiment)].filter(Boolean).join(" · "),
    detail: facts.join(" · "),
    run,
  };
}
