import type { ResultCard } from "../protocol.ts";
import { openRun, readJob } from "../runs/runDirectory.ts";
import { readVerdict } from "./report.ts";
import { networksTable, verdictLines } from "./rows.ts";

/** The verdict on a completed run, as its report words it. Throws a RunError as `openRun` does. */
export async function resultCard(path: string): Promise<ResultCard> {
  const run = await openRun(path);
  const [{ name }, verdict] = await Promise.all([readJob(run), readVerdict(run, { state: "completed" })]);
  return { name, ...networksTable(verdict), lines: verdictLines(verdict) };
}
