import type { RunSummary } from "../../../server/protocol.ts";
import type { Column } from "./columns.ts";
import type { TableState } from "./tableState.ts";

/** The columns chosen, else the size of students where it differs, or the first setting, and the metric that ranks runs. */
export function scatterColumns(
  columns: readonly Column[],
  { across, up }: TableState,
  runs: readonly RunSummary[],
): Column[] {
  const size = columns.find(({ id }) => id === "parameters");
  const isOneSize = new Set(runs.flatMap((run) => size?.value(run) ?? [])).size < 2;
  const x =
    columns.find(({ id }) => id === across) ??
    (isOneSize ? columns.find(({ kind }) => kind === "setting") : size) ??
    columns[0];
  const y =
    columns.find(({ id }) => id === up) ?? columns.find(({ kind }) => kind === "metric") ?? columns[0];
  return x === undefined || y === undefined ? [] : [x, y];
}
