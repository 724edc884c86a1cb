import path from "node:path";
import * as vscode from "vscode";
import { grouped } from "../../server/grouped.ts";
import { plainMarkdown as plain } from "../../server/markdown.ts";
import { ReadRunFacts, type RunFacts, type RunState, type RunSummary } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { Pace } from "../runs/pace.ts";
import type { PinnedRuns } from "../runs/pinned.ts";
import { isResumable, type RunList } from "../runs/runList.ts";
import {
  cautions,
  duration,
  fullName,
  metric,
  metricWords,
  progressWords,
  rowWords,
  runName,
  settingWords,
  startWords,
  stateWords,
  warned,
  whyFailed,
} from "../runs/wording.ts";

/**
 * The view waits for a pause of 200 ms before it draws a change, so changes at the pace of a training run would never
 * be drawn at all.
 */
const redrawMilliseconds = 1000;

/** A row of the tree: an experiment file, or one of its runs. Commands on rows receive it. */
export type Row =
  | { readonly kind: "experiment"; readonly file: string }
  | { readonly kind: "run"; readonly directory: string };

export const isRow = (value: unknown): value is Row =>
  typeof value === "object" && value !== null && "kind" in value && ("file" in value || "directory" in value);

/** What the editor runs when a row is clicked, and when Enter is pressed on it: the menus have the commands. */
const pressRow = "distill.tree.press";
/** Of the keys, which name no row: they mean the selected ones. */
const openSelected = "distill.tree.openSelected";
const deleteSelected = "distill.tree.deleteSelected";
/** Before a key selects the row that has the keyboard, which the editor then takes for a press of it. */
const forgetPressed = "distill.tree.forgetPressed";

export function showRunsTree(options: {
  readonly connection: Connection;
  readonly runs: RunList;
  readonly pinned: PinnedRuns;
  /** Shows a row's curves and leaves the keyboard in the tree. */
  readonly open: (row: Row) => void;
}): vscode.Disposable {
  const { connection, runs, pinned, open } = options;
  const changed = new vscode.EventEmitter<Row[] | undefined>();
  const rows = new KnownRows();
  const view = vscode.window.createTreeView<Row>("distill.runs", {
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getChildren: (row) =>
        (row === undefined ? experimentRows(runs) : runRows(row, runs, pinned)).map((it) => rows.known(it)),
      getTreeItem: (row) =>
        row.kind === "experiment" ? experimentItem(row.file, runs) : runItem(row, runs, pinned),
      // Asked when a row is hovered: what it says beyond the summary is read only then.
      resolveTreeItem: async (item, row) => {
        const run = row.kind === "run" ? runs.get(row.directory) : undefined;
        if (run === undefined) return item;
        const facts = await connection.ask(ReadRunFacts, { directory: run.directory });
        if (facts === undefined || "engine" in facts) item.tooltip = tooltip(run, facts?.engine ?? []);
        else item.tooltip = tooltip(run, [], facts.problem.message);
        return item;
      },
      getParent: (row) => {
        if (row.kind === "experiment") return undefined;
        const run = runs.get(row.directory);
        const sweep = run?.member && runs.get(run.member.sweep);
        if (sweep) return rows.known({ kind: "run", directory: sweep.directory });
        return run && rows.known({ kind: "experiment", file: run.experiment });
      },
    },
    canSelectMany: true,
    showCollapseAll: true,
  });
  const pace = new Pace(redrawMilliseconds, () => {
    // While a row is read anew the editor knows none of those below it, and a click on them names no row.
    const stale = rows.stale(drawnRows(runs, pinned));
    if (stale === undefined || stale.length > 0) changed.fire(stale);
    const running = runs.running().length;
    view.badge = running > 0 ? { value: running, tooltip: `${running} running` } : undefined;
  });
  const update = () => pace.ask();
  // A click selects; a second one on the same row opens it.
  let pressed: string | undefined;
  const keys = vscode.Disposable.from(
    vscode.commands.registerCommand(pressRow, (row: Row) => {
      if (pressed === keyOf(row)) open(row);
      pressed = keyOf(row);
    }),
    vscode.commands.registerCommand(forgetPressed, () => {
      pressed = undefined;
    }),
    vscode.commands.registerCommand(openSelected, () => {
      const [row] = view.selection;
      if (row?.kind === "run") open(row);
    }),
    vscode.commands.registerCommand(deleteSelected, async () => {
      const [row] = view.selection;
      if (row === undefined) return;
      await vscode.commands.executeCommand("distill.delete", row, [...view.selection]);
    }),
  );
  return vscode.Disposable.from(
    view,
    keys,
    changed,
    pace,
    runs.onDidChange(update),
    pinned.onDidChange(update),
  );
}

/** The rows that the editor has, each one object as long as it is there, and what they say. */
class KnownRows {
  readonly #rows = new Map<string, Row>();
  #drawn: ReadonlyMap<string, string> = new Map();

  known(row: Row): Row {
    const key = keyOf(row);
    const before = this.#rows.get(key);
    if (before === undefined) this.#rows.set(key, row);
    return before ?? row;
  }

  /** The rows that say something else than last time; undefined where rows came, went or moved, which is the whole tree. */
  stale(drawn: ReadonlyMap<string, string>): Row[] | undefined {
    const before = this.#drawn;
    this.#drawn = drawn;
    const keys = [...drawn.keys()];
    if (keys.length !== before.size || [...before.keys()].some((key, index) => key !== keys[index])) {
      for (const key of this.#rows.keys()) if (!drawn.has(key)) this.#rows.delete(key);
      return undefined;
    }
    return keys
      .filter((key) => before.get(key) !== drawn.get(key))
      .flatMap((key) => this.#rows.get(key) ?? []);
  }
}

const keyOf = (row: Row): string => (row.kind === "experiment" ? row.file : row.directory);

/** What each row says that can change, from top to bottom as if all were open. */
function drawnRows(runs: RunList, pinned: PinnedRuns): Map<string, string> {
  const drawn = new Map<string, string>();
  const add = (row: Row) => {
    const run = row.kind === "run" ? runs.get(row.directory) : undefined;
    drawn.set(
      keyOf(row),
      run ? `${contextOf(run, pinned.has(run.id))} ${runName(run)} ${rowWords(run)}` : "",
    );
    if (row.kind === "experiment" || run?.sweep) for (const below of runRows(row, runs, pinned)) add(below);
  };
  for (const row of experimentRows(runs)) add(row);
  return drawn;
}

function experimentRows(runs: RunList): Row[] {
  // Ordered by their newest run, so that what is being worked on stands on top.
  const files = new Set(runs.all().map((run) => run.experiment));
  return [...files].map((file) => ({ kind: "experiment", file }));
}

function runRows(row: Row, runs: RunList, pinned: PinnedRuns): Row[] {
  if (row.kind === "run") {
    const run = runs.get(row.directory);
    if (run?.sweep === undefined) return [];
    return runs.members(run).map(({ directory }) => ({ kind: "run", directory }));
  }
  return runs
    .whole()
    .filter((run) => run.experiment === row.file)
    .sort((a, b) => Number(pinned.has(b.id)) - Number(pinned.has(a.id)))
    .map(({ directory }) => ({ kind: "run", directory }));
}

function experimentItem(file: string, runs: RunList): vscode.TreeItem {
  const item = new vscode.TreeItem(path.basename(file), vscode.TreeItemCollapsibleState.Expanded);
  const folder = vscode.workspace.asRelativePath(path.dirname(file), false);
  const count = runs.trained().filter((run) => run.experiment === file).length;
  item.id = file;
  item.resourceUri = vscode.Uri.file(file);
  item.iconPath = vscode.ThemeIcon.File;
  item.description = folder === path.dirname(file) ? "" : folder;
  item.tooltip = `${file}\n${count} ${count === 1 ? "run" : "runs"}`;
  item.contextValue = "experiment";
  item.accessibilityInformation = { label: `Experiment ${path.basename(file)}, ${count} runs` };
  return item;
}

const icons: Readonly<Record<RunState, vscode.ThemeIcon>> = {
  running: new vscode.ThemeIcon("sync~spin", new vscode.ThemeColor("charts.blue")),
  completed: new vscode.ThemeIcon("pass", new vscode.ThemeColor("testing.iconPassed")),
  failed: new vscode.ThemeIcon("error", new vscode.ThemeColor("testing.iconFailed")),
  stopped: new vscode.ThemeIcon("debug-pause", new vscode.ThemeColor("disabledForeground")),
  unreadable: new vscode.ThemeIcon("question", new vscode.ThemeColor("disabledForeground")),
  interrupted: new vscode.ThemeIcon("debug-disconnect", new vscode.ThemeColor("list.warningForeground")),
};

/** Of a run that is completed: a green tick would say that all is well. */
const warnedIcon = new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"));

function runItem(row: Row & { kind: "run" }, runs: RunList, pinned: PinnedRuns): vscode.TreeItem {
  const run = runs.get(row.directory);
  if (run === undefined) return new vscode.TreeItem(path.basename(row.directory));
  const isPinned = pinned.has(run.id);
  const name = runName(run);
  const item = new vscode.TreeItem(name, collapsibleState(run));
  item.id = run.directory;
  item.iconPath = run.state === "completed" && warned(run) ? warnedIcon : icons[run.state];
  item.description = isPinned ? `pinned · ${rowWords(run)}` : rowWords(run);
  item.contextValue = contextOf(run, isPinned);
  item.command = { command: pressRow, title: "Open Charts", arguments: [row] };
  item.accessibilityInformation = {
    label: `${run.sweep ? "Sweep" : "Run"} of ${name}, ${stateWords[run.state]}, ${rowWords(run)}${isPinned ? ", pinned" : ""}`,
  };
  return item;
}

/** A sweep that is under way shows its runs; one that has ended is a line until somebody opens it. */
function collapsibleState({ sweep, state }: RunSummary): vscode.TreeItemCollapsibleState {
  if (sweep === undefined) return vscode.TreeItemCollapsibleState.None;
  return state === "running"
    ? vscode.TreeItemCollapsibleState.Expanded
    : vscode.TreeItemCollapsibleState.Collapsed;
}

/** Words that the `when` clauses of the row's actions look for. */
function contextOf(run: RunSummary, pinned: boolean): string {
  const words = ["run", run.state];
  if (run.state !== "running") words.push("ended");
  // What is exported and evaluated is a student, and a sweep has none of its own.
  words.push(run.sweep ? "sweep" : "single");
  if (isResumable(run)) words.push("resumable");
  words.push(pinned ? "pinned" : "unpinned");
  return words.join(" ");
}

function tooltip(run: RunSummary, engine: RunFacts["engine"], damage?: string): vscode.MarkdownString {
  const text = new vscode.MarkdownString(undefined, true);
  text.appendMarkdown(`**${plain(fullName(run))}** \u2014 ${stateWords[run.state]}\n\n`);
  if (run.state === "running") text.appendMarkdown(`${progressWords(run)}\n\n`);
  // Of one that was stopped it says by which signal.
  if (run.message !== undefined && run.state !== "stopped")
    text.appendMarkdown(`$(warning) ${plain(whyFailed(run))}\n\n`);
  // Of one that cannot be read at all, the message has said it.
  if (damage !== undefined && run.state !== "unreadable")
    text.appendMarkdown(`$(warning) ${plain(damage)}\n\n`);
  const rows = Object.entries(run.metrics)
    .filter(([name]) => isGist(name))
    .map(([name, value]) => [plain(metricWords(name)), metric(name, value)] as const);
  const settings = Object.entries(run.member?.settings ?? {}).map(
    ([path, value]) => [plain(path), plain(settingWords(value))] as const,
  );
  if (run.changes)
    text.appendMarkdown(`Against the run before it: ${run.changes.map(plain).join(" · ")}\n\n`);
  for (const caution of [...(warned(run)?.full ?? []), ...cautions(run)])
    text.appendMarkdown(`$(warning) ${plain(caution)}\n\n`);
  const facts = [
    ...settings,
    ...rows,
    ...(run.gain ? [["student − alone", plain(run.gain.text)] as const] : []),
    ...(run.parameters === undefined ? [] : [["parameters", grouped(run.parameters)] as const]),
    ...Object.entries(run.sources ?? {}).map(([name, words]) => [plain(name), plain(words)] as const),
    ...engine.map(([name, words]) => [plain(name), plain(words)] as const),
    ["started", plain(startWords(run.startedAt))] as const,
    ["elapsed", duration(run.elapsedSeconds)] as const,
    ["id", plain(run.id)] as const,
  ];
  text.appendMarkdown(
    ["| | |", "|---|---|", ...facts.map(([name, value]) => `| ${name} | ${value} |`)].join("\n"),
  );
  return text;
}

/** What fits under the mouse; all that was measured is in the table of Compare. */
const isGist = (name: string): boolean =>
  /^train\.loss$|^(validation|test)\.(accuracy|nll|ece|gapRecovered)$|\.accuracy$/.test(name);
