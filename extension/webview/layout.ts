import { restoreTable, type TableState } from "./runTable/tableState.ts";
import { isChoice, type PanelState } from "./state.ts";

/**
 * What of a person's choices belongs to the workspace and not to one panel: how the table of runs is arranged, and which sections of
 * charts are folded. What is searched, filtered or pinned ends with the panel.
 */
interface Layout {
  readonly runTable?: Pick<TableState, "view" | "hidden" | "sort" | "group" | "across" | "up">;
  readonly folded?: readonly string[];
}

export function layoutOf({ runTable, chartChoice }: PanelState): Layout {
  const { text: _, state: __, where: ___, pinned: ____, folded: _____, ...arranged } = runTable ?? {};
  return {
    ...(runTable === undefined ? {} : { runTable: { ...arranged, hidden: runTable.hidden } }),
    ...(chartChoice?.folded === undefined ? {} : { folded: chartChoice.folded }),
  };
}

/** A state of a new panel, with each part of a kept layout that is valid. */
export function withLayout(state: PanelState, kept: unknown): PanelState {
  const { runTable, folded } = Object(kept) as Partial<Record<keyof Layout, unknown>>;
  const table = restoreTable(runTable);
  const choice = { folded };
  return {
    ...state,
    ...(table === undefined ? {} : { runTable: table }),
    ...(folded !== undefined && isChoice(choice) ? { chartChoice: choice } : {}),
  };
}
