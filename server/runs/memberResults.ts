import type { MemberResult } from "../sweep/results.ts";
import { summarizeRun } from "./list.ts";
import { type RunDirectory, readJob } from "./runDirectory.ts";
import { memberDirectory } from "./sweep.ts";

/** How each run of a sweep stands, those that have not begun among them. */
export async function memberResults(sweep: RunDirectory): Promise<MemberResult[]> {
  const { members = [] } = await readJob(sweep);
  return Promise.all(
    members.map(async (member) => ({
      ...member,
      summary: await summarizeRun(memberDirectory(sweep, member).path),
    })),
  );
}
