import { csvCell } from "../csvCell.ts";
import type { RunReport, SweepReport } from "./report.ts";
import { pathsOf } from "./sweepRows.ts";

/** Rows for a spreadsheet or a data frame (RFC 4180): one for each network and split of a run. */
export function csvReport({ name, runId, networks }: RunReport): string {
  const rows = networks.flatMap(({ network, learned: _, test, validation, ...costs }) =>
    Object.entries({ validation, test }).flatMap(([split, measured]) =>
      measured === undefined ? [] : [{ experiment: name, run: runId, network, split, ...costs, ...measured }],
    ),
  );
  return csv(rows);
}

/** A row for each run of a sweep; the cell of a parameter that a run does not have is empty. */
export function csvSweep({ name, runs }: SweepReport): string {
  const paths = pathsOf(runs);
  return csv(
    runs.map(({ runId, settings, state, metrics, parameters, seconds }) => ({
      experiment: name,
      run: runId,
      state,
      ...Object.fromEntries(paths.map((path) => [path, settings[path]])),
      parameters,
      seconds,
      ...metrics,
    })),
  );
}

function csv(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column]))];
  return `${lines.map((cells) => cells.map(csvCell).join(",")).join("\r\n")}\r\n`;
}
