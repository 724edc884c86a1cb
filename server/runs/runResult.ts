import type { RunResult } from "../../schemas/run-event.gen.ts";
import { readEvents } from "./eventLog.ts";
import type { RunDirectory } from "./runDirectory.ts";

/** What a run reports of itself once it is complete. */
export async function runResult({ events }: RunDirectory): Promise<RunResult | undefined> {
  const last = (await readEvents(events)).events.findLast(({ type }) => type === "completed");
  return last?.type === "completed" ? last.summary : undefined;
}
