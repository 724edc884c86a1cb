import { join } from "node:path";
import type { EventLog } from "../runs/eventLog.ts";
import type { RunDirectory } from "../runs/runDirectory.ts";
import { explained } from "../runs/runError.ts";
import { runFacts } from "../runs/runFacts.ts";
import type { Board } from "./tensorboard/board.ts";

/**
 * The log, which also writes each event for TensorBoard, into a folder of the run's id in `folder`. What cannot be written
 * there is one warning of the run, which goes on without.
 */
export async function boardedLog(
  log: EventLog,
  { run, folder }: { readonly run: RunDirectory; readonly folder: string },
): Promise<EventLog> {
  const { openBoard } = await import("./tensorboard/board.ts");
  const { settings } = await runFacts(run.path);
  let board: Board | undefined;
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      board = undefined;
      const why = (explained(error) ?? (error as Error)).message.replace(/\.$/, "");
      log.append({
        type: "warning",
        code: "tensorboard",
        message: `Events for TensorBoard could not be written to ${folder}: ${why}. The run goes on without; \`distill export-log\` writes them later.`,
      });
    }
  };
  attempt(() => {
    board = openBoard(join(folder, run.id), { settings });
  });
  return {
    get nextSeq() {
      return log.nextSeq;
    },
    append(event) {
      const written = log.append(event);
      attempt(() => board?.add(written));
      return written;
    },
    close() {
      board?.close();
      log.close();
    },
  };
}
