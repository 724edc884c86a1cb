import { csvCell } from "../csvCell.ts";
import { eventBlocks } from "../runs/logReader.ts";
import type { RunDirectory } from "../runs/runDirectory.ts";
import { scalarsOf } from "./scalars.ts";

/** A number of a log in long form. `time` is in Unix seconds, `epoch` has a fraction; `value` is null where it was not finite. */
export interface LogRow {
  readonly run: string;
  readonly seq: number;
  readonly time: number;
  readonly step: number;
  readonly epoch: number;
  readonly name: string;
  readonly value: number | null;
}

/** The order of the columns in every table of rows. */
export const logColumns = ["run", "seq", "time", "step", "epoch", "name", "value"] as const;

/** The numbers of runs, a block of the log a time. Steps that a resumed run took again stand twice; the later ones count. */
export async function* logRows(runs: readonly RunDirectory[]): AsyncGenerator<readonly LogRow[]> {
  for (const run of runs)
    for await (const { events } of eventBlocks(run.events)) {
      const rows = events.flatMap((event) =>
        event.type === "step" || event.type === "evaluation"
          ? [...scalarsOf(event)].map(([name, value]) => {
              const { seq, time, step, epoch } = event;
              return { run: run.id, seq, time: time / 1000, step, epoch, name, value };
            })
          : [],
      );
      if (rows.length > 0) yield rows;
    }
}

/** Rows as CSV (RFC 4180), a line a number; a null is an empty cell. */
export async function* csvOf(blocks: AsyncIterable<readonly LogRow[]>): AsyncGenerator<string> {
  yield `${logColumns.join(",")}\r\n`;
  for await (const rows of blocks)
    yield rows.map((row) => `${logColumns.map((name) => csvCell(row[name])).join(",")}\r\n`).join("");
}
