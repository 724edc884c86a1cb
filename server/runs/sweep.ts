import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolders, writeFileDurably } from "./durable.ts";
import { type Job, type Member, type RunDirectory, runDirectory, writeJob } from "./runDirectory.ts";
import { fileError } from "./runError.ts";

export const memberDirectory = (sweep: RunDirectory, { runId }: Pick<Member, "runId">): RunDirectory =>
  runDirectory(join(dirname(sweep.path), runId));

/** Makes a member's directory; one that a killed trainer has left half made is made whole. */
export async function createMember(
  sweep: RunDirectory,
  job: Job,
  {
    member,
    experiment,
    isTestHeld,
  }: { readonly member: Member; readonly experiment: unknown; readonly isTestHeld: boolean },
): Promise<RunDirectory> {
  const directory = memberDirectory(sweep, member);
  try {
    await makeFolders(directory.path);
  } catch (error) {
    throw fileError(error, "create", directory.path);
  }
  await writeFileDurably(directory.experiment, `${JSON.stringify(experiment, null, 2)}\n`);
  const { members = [], overrides, name, experimentFile, baseDirectory, acceptChangedData } = job;
  await writeJob(directory, {
    mode: "start",
    runId: member.runId,
    name,
    experimentFile,
    baseDirectory,
    ...(isTestHeld ? { test: "held" } : {}),
    overrides: { ...overrides, ...member.settings },
    sweep: {
      id: sweep.id,
      index: members.findIndex(({ runId }) => runId === member.runId) + 1,
      settings: member.settings,
    },
    ...(acceptChangedData ? { acceptChangedData } : {}),
    askedAt: Date.now(),
    secondsBefore: 0,
  });
  return directory;
}

/** The members of a sweep whose job can be read; none for any other run. */
export function membersAt(path: string): RunDirectory[] {
  const sweep = runDirectory(path);
  try {
    const { members = [] } = JSON.parse(readFileSync(sweep.job, "utf8")) as Partial<Job>;
    return members.map((member) => memberDirectory(sweep, member));
  } catch {
    return [];
  }
}
