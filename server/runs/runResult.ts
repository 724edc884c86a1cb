import { stat } from "node:fs/promises";
import type { RunResult } from "../../schemas/run-event.gen.ts";
import { factsFromEnds } from "./logEnds.ts";
import type { RunDirectory } from "./runDirectory.ts";

/** What a run reports of itself once it is complete: the end of its log has it. */
export async function runResult({ events }: RunDirectory): Promise<RunResult | undefined> {
  const entry = await stat(events).catch(() => undefined);
  return entry && (await factsFromEnds(events, entry.size)).facts.result;
}
