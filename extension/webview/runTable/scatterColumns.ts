import type { Column } from "./columns.ts";
import type { TableState } from "./tableState.ts";

/** The columns chosen, else the first setting and the metric that ranks runs. */
export function scatterColumns(columns: readonly Column[], { across, up }: TableState): Column[] {
  const x =
    columns.find(({ id }) => id === across) ?? columns.find(({ kind }) => kind === "setting") ?? columns[0];
  const y =
    columns.find(({ id }) => id === up) ?? columns.find(({ kind }) => kind === "metric") ?? columns[0];
  return x === undefined || y === undefined ? [] : [x, y];
}
