import { stat } from "node:fs/promises";
import type { RunResult } from "../../schemas/run-event.gen.ts";
import { factsFromEnds } from "./logEnds.ts";
import type { RunDirectory } from "./runDirectory.ts";

/** Results of a completed run, from the end of its log. */
export async function runResult({ events }: RunDirectory): Promise<RunResult | undefined> {
  const entry = await stat(events).catch(() => undefined);
  return entry && (await factsFromEnds(events, entry.size)).facts.result;
}
