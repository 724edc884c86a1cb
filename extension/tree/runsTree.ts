import path from "node:path";
import * as vscode from "vscode";
import { ReadRunFacts } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { Pace } from "../runs/pace.ts";
import type { PinnedRuns } from "../runs/pinned.ts";
import type { RunList } from "../runs/runList.ts";
import { experimentItem, runItem, tooltip } from "./rowItem.ts";
import { keyOf, type Row, type RowModel, rowModel } from "./rowModel.ts";

/**
 * The view waits for a pause of 200 ms before it draws a change, so changes at the pace of training would never be
 * drawn.
 */
const redrawMilliseconds = 1000;

/** Runs on a click on a row, and on Enter: the menus have the other commands. */
const pressRow = "distill.tree.press";
/** Bound to keys, which pass no row: they act on the selection. */
const openSelected = "distill.tree.openSelected";
const deleteSelected = "distill.tree.deleteSelected";
/** Set before a key selects the focused row, which the editor would take for a click on it. */
const forgetPressed = "distill.tree.forgetPressed";

export function showRunsTree(options: {
  readonly connection: Connection;
  readonly runs: RunList;
  readonly pinned: PinnedRuns;
  /** Shows a row's curves and keeps the focus in the tree. */
  readonly open: (row: Row) => void;
}): vscode.Disposable {
  const { connection, runs, pinned, open } = options;
  const changed = new vscode.EventEmitter<Row[] | undefined>();
  const model = rowModel(runs, pinned);
  const view = vscode.window.createTreeView<Row>("distill.runs", {
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getChildren: (row) => model.children(row),
      getTreeItem: (row) => itemOf(row, model),
      getParent: (row) => model.parent(row),
      // The tooltip's data beyond the summary is read only on hover.
      resolveTreeItem: async (item, row) => {
        const run = model.run(row);
        if (run === undefined) return item;
        const facts = await connection.ask(ReadRunFacts, { directory: run.directory });
        if (facts === undefined || "engine" in facts) item.tooltip = tooltip(run, facts?.engine ?? []);
        else item.tooltip = tooltip(run, [], facts.problem.message);
        return item;
      },
    },
    canSelectMany: true,
    showCollapseAll: true,
  });
  const pace = new Pace(redrawMilliseconds, () => {
    // While the editor reads a row again, it knows none of the rows below it, and a click on them passes no row.
    const stale = model.changed();
    if (stale === undefined || stale.length > 0) changed.fire(stale);
    const running = model.running();
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

function itemOf(row: Row, model: RowModel): vscode.TreeItem {
  if (row.kind === "experiment") return experimentItem(row.file, model.trained(row.file));
  const run = model.run(row);
  if (run === undefined) return new vscode.TreeItem(path.basename(row.directory));
  const command = { command: pressRow, title: "Open Charts", arguments: [row] };
  return runItem(run, { isPinned: model.isPinned(run), command });
}
