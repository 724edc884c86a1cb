import { csvCell } from "../csvCell.ts";
import { eventBlocks } from "../runs/logReader.ts";
import type { RunDirectory } from "../runs/runDirectory.ts";
import { scalarsOf } from "./scalars.ts";

/**
 * The numbers of runs in long form, as CSV (RFC 4180): `run,seq,time,step,epoch,name,value`, a line a number, time in Unix
 * seconds, a value that was not finite empty. Steps that a resumed run took again stand twice; the later ones count.
 */
export async function* logRows(runs: readonly RunDirectory[]): AsyncGenerator<string> {
  yield "run,seq,time,step,epoch,name,value\r\n";
  for (const run of runs)
    for await (const { events } of eventBlocks(run.events)) {
      const rows = events.flatMap((event) =>
        event.type === "step" || event.type === "evaluation"
          ? [...scalarsOf(event)].map(([name, value]) =>
              [run.id, event.seq, event.time / 1000, event.step, event.epoch, name, value]
                .map(csvCell)
                .join(","),
            )
          : [],
      );
      if (rows.length > 0) yield `${rows.join("\r\n")}\r\n`;
    }
}
