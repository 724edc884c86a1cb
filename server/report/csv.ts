import { csvCell } from "../csvCell.ts";
import { gainName } from "../tasks/tasks.ts";
import type { NetworkReport } from "./networks.ts";
import type { RunReport, SweepReport } from "./report.ts";

/** Rows for a spreadsheet or a data frame (RFC 4180): one for each network and split of a run. */
export const csvReport = ({ gain, gapRecovered, split, ...report }: RunReport): string =>
  csv(
    rowsOf({
      ...report,
      gained: {
        ...(gain ? { [`${gain.split}.${gainName(gain.metric)}`]: gain.difference } : {}),
        ...(typeof gapRecovered === "number" ? { [`${split}.gapRecovered`]: gapRecovered } : {}),
      },
    }),
  );

/** The same rows for each run of a sweep, with what varies; one row of a run that has measured nothing. */
export const csvSweep = ({ name, runs }: SweepReport): string =>
  csv(runs.flatMap(({ metrics, ...run }) => rowsOf({ name, ...run, gained: metrics })));

interface ReportedRun {
  readonly name: string;
  readonly runId: string;
  readonly state?: string;
  readonly seconds?: number;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly networks: readonly NetworkReport[];
  /** Of the student over itself alone, by `<split>.<name>`, among other metrics. */
  readonly gained: Readonly<Record<string, number>>;
}

type Row = Readonly<Record<string, unknown>>;

function rowsOf({ name, runId, state, seconds, settings, networks, gained }: ReportedRun): Row[] {
  const run = { experiment: name, run: runId, state, seconds, ...settings };
  const rows = networks.flatMap(({ network, learned: _, test, validation, ...costs }) =>
    Object.entries({ validation, test }).flatMap(([split, measured]) =>
      measured === undefined
        ? []
        : [
            {
              ...run,
              network,
              split,
              ...noCosts,
              ...costs,
              ...measured,
              ...(network === "student" ? gainsOn(split, gained) : {}),
            },
          ],
    ),
  );
  return rows.length > 0 ? rows : [{ ...run, network: undefined, split: undefined, ...noCosts }];
}

/** Their columns, in this order, whatever was measured first. */
const noCosts = {
  parameters: undefined,
  bytes: undefined,
  flops: undefined,
  latencyMs: undefined,
  latencyP95Ms: undefined,
};

const gainsOn = (split: string, gained: ReportedRun["gained"]): Row =>
  Object.fromEntries(
    Object.entries(gained).flatMap(([name, value]) => {
      const [of, ...words] = name.split(".");
      return of === split && /^gain$|^gain\.|^gapRecovered$/.test(words.join("."))
        ? [[words.join("."), value]]
        : [];
    }),
  );

function csv(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column]))];
  return `${lines.map((cells) => cells.map(csvCell).join(",")).join("\r\n")}\r\n`;
}
