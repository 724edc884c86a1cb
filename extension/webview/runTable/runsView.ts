import type { RunSummary } from "../../../server/protocol.ts";
import { element } from "../dom.ts";
import type { ShownRun } from "../page.ts";
import { type Column, columnsOf, type KnownSettings } from "./columns.ts";
import { bestByValidation, type Listed, listRows } from "./rows.ts";
import { RunTable, type TableActions } from "./runTable.ts";
import { TableBar } from "./tableBar.ts";
import type { TableState } from "./tableState.ts";

export interface RunsViewState {
  readonly runs: readonly RunSummary[];
  readonly settings: KnownSettings | undefined;
  readonly state: TableState;
  readonly shown: ReadonlySet<string>;
  readonly strokeOf: (directory: string) => Pick<ShownRun, "colour" | "dash"> | undefined;
}

/** The tab with all runs: filters above, the table below. */
export class RunsView {
  readonly root: HTMLElement;
  readonly #bar: TableBar;
  readonly #table: RunTable;
  #columns:
    | { of: unknown; with: unknown; columns: readonly Column[]; best: ReadonlyMap<string, string> }
    | undefined;
  #listed: { of: unknown; with: unknown; state: TableState; listed: Listed } | undefined;

  constructor(actions: TableActions) {
    this.#bar = new TableBar(actions.set);
    this.#table = new RunTable(actions);
    this.root = element("div", { class: "runs-view" }, [this.#bar.root, this.#table.root]);
  }

  update({ runs, settings, state, shown, strokeOf }: RunsViewState): void {
    // Thousands of runs are filtered and sorted only where something of it has changed.
    if (this.#columns?.of !== runs || this.#columns.with !== settings)
      this.#columns = {
        of: runs,
        with: settings,
        columns: columnsOf(runs, settings),
        best: bestByValidation(runs),
      };
    const { columns, best } = this.#columns;
    if (this.#listed?.of !== runs || this.#listed.with !== columns || this.#listed.state !== state)
      this.#listed = { of: runs, with: columns, state, listed: listRows(runs, columns, state) };
    const { listed } = this.#listed;
    this.#bar.update({
      ...{ state, columns, listed: listed.runs.length, all: runs.length },
      same: settings?.table.same,
    });
    this.#table.update({
      ...{ runs, listed: listed.runs, lines: listed.lines, state, best, shown, strokeOf },
      columns: columns.filter(({ id }) => !state.hidden.includes(id)),
    });
  }
}
