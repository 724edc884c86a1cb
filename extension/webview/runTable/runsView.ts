import type { RunSummary } from "../../../server/protocol.ts";
import type { Annotation } from "../../panel/messages.ts";
import { element } from "../dom.ts";
import type { ShownRun } from "../page.ts";
import { type Column, columnsOf, type KnownSettings } from "./columns.ts";
import { Plot } from "./plots.ts";
import { bestByValidation, type Listed, listRows } from "./rows.ts";
import { RunTable, type TableActions } from "./runTable.ts";
import { scatterColumns } from "./scatterColumns.ts";
import { TableBar } from "./tableBar.ts";
import type { TableState } from "./tableState.ts";

export interface RunsViewState {
  readonly runs: readonly RunSummary[];
  readonly settings: KnownSettings | undefined;
  readonly state: TableState;
  readonly shown: ReadonlySet<string>;
  readonly strokeOf: (directory: string) => Pick<ShownRun, "colour" | "dash"> | undefined;
}

export interface RunsActions extends TableActions {
  /** Draws a run in the charts, or takes it out of them. */
  toggle(directory: string): void;
}

/** Most axes of parallel coordinates: with more, their names are cut to nothing. */
const mostAxes = 10;

/** The tab with all runs: filters above, the table or a plot of its columns below. */
export class RunsView {
  readonly root: HTMLElement;
  readonly #bar: TableBar;
  readonly #table: RunTable;
  readonly #plot: Plot;
  #columns:
    | { of: unknown; with: unknown; columns: readonly Column[]; best: ReadonlyMap<string, string> }
    | undefined;
  #listed: { of: unknown; with: unknown; state: TableState; listed: Listed } | undefined;

  constructor(actions: RunsActions) {
    this.#bar = new TableBar(actions.set);
    this.#table = new RunTable(actions);
    this.#plot = new Plot(actions.toggle);
    this.root = element("div", { class: "runs-view" }, [this.#bar.root, this.#table.root, this.#plot.root]);
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
    const axes = state.view === "scatter" ? scatterColumns(columns, state, listed.runs) : [];
    this.#bar.update({
      ...{ state, columns, axes, listed: listed.runs.length, all: runs.length },
      same: settings?.table.same,
    });
    const visible = columns.filter(({ id }) => !state.hidden.includes(id));
    this.#table.root.hidden = state.view !== undefined && state.view !== "table";
    this.#plot.root.hidden = !this.#table.root.hidden;
    if (state.view === "scatter" || state.view === "parallel") {
      const kind = state.view;
      const drawn = kind === "scatter" ? axes : parallelColumns(visible, listed);
      this.#plot.update({ kind, runs: listed.runs, columns: drawn, strokeOf });
      return;
    }
    this.#table.update({
      ...{ runs, listed: listed.runs, lines: listed.lines, state, best, shown, strokeOf },
      columns: visible,
    });
  }

  refuse(directory: string, annotation: Annotation): void {
    this.#table.refuse(directory, annotation);
  }
}

/** Settings from the left, and at the right end the metric that ranks runs. */
function parallelColumns(columns: readonly Column[], { runs }: Listed): Column[] {
  const differing = columns.filter(
    ({ id, value }) => id !== "started" && id !== "gain" && new Set(runs.map(value)).size > 1,
  );
  const metrics = differing.filter(({ kind }) => kind === "metric");
  const others = differing.filter(({ kind }) => kind !== "metric");
  return [...others, ...metrics.toReversed()].slice(-mostAxes);
}
