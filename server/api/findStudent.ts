import { summarizeRun } from "../runs/list.ts";
import { RunError } from "../runs/runError.ts";
import { findRun } from "./findRun.ts";

/** The directory of a run with a student; a sweep has one in each of its runs, so the user has to choose. */
export async function findStudent(reference: string, given?: string): Promise<string> {
  const path = await findRun(reference, given);
  const summary = await summarizeRun(path);
  if (summary?.sweep === undefined) return path;
  const { total, best, members } = summary.sweep;
  const id = (best ?? members[0])?.split(/[\\/]/).at(-1);
  throw new RunError(
    "sweep",
    `${summary.id} is a sweep of ${total} runs, each with its own student.`,
    id === undefined
      ? "None of them has begun yet."
      : `Name one of them${best === undefined ? "" : "; the best on validation is"}: ${id}`,
  );
}
