import type { MemberResult } from "../sweep/results.ts";
import { summarizeRun } from "./list.ts";
import { type RunDirectory, readJob } from "./runDirectory.ts";
import { memberDirectory } from "./sweep.ts";

/** State of each run of a sweep, including those that have not begun. */
export async function memberResults(sweep: RunDirectory): Promise<MemberResult[]> {
  const { members = [] } = await readJob(sweep);
  return Promise.all(
    members.map(async (member) => ({
      ...member,
      summary: await summarizeRun(memberDirectory(sweep, member).path),
    })),
  );
}
