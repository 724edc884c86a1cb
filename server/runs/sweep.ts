import { dirname, join } from "node:path";
import type { Job, Member } from "../../schemas/run-files.gen.ts";
import { makeFolders } from "./durable.ts";
import { assertOwnFolder } from "./ownFile.ts";
import { isMemberOf, type RunDirectory, runDirectory, writeExperiment, writeJob } from "./runDirectory.ts";
import { fileError, RunError } from "./runError.ts";
import { readRunFileSync } from "./verifyRun.ts";

export const memberDirectory = (sweep: RunDirectory, { runId }: Pick<Member, "runId">): RunDirectory =>
  runDirectory(join(dirname(sweep.path), runId));

/** Creates a member's directory; completes one that a killed trainer left unfinished. */
export async function createMember(
  sweep: RunDirectory,
  job: Job,
  {
    member,
    experiment,
    isTestWithheld,
    rung,
  }: {
    readonly member: Member;
    readonly experiment: unknown;
    readonly isTestWithheld: boolean;
    readonly rung?: number | undefined;
  },
): Promise<RunDirectory> {
  const directory = memberDirectory(sweep, member);
  try {
    makeFolders(directory.path);
  } catch (error) {
    throw fileError(error, "create", directory.path);
  }
  await assertOwnFolder(directory.path);
  await writeExperiment(directory, experiment);
  const {
    members = [],
    executor,
    overrides,
    name,
    experimentFile,
    baseDirectory,
    isApart,
    acceptChangedData,
  } = job;
  await writeJob(directory, {
    mode: "start",
    runId: member.runId,
    name,
    experimentFile,
    baseDirectory,
    ...(isApart ? { isApart } : {}),
    ...(isTestWithheld ? { test: "held" } : {}),
    ...(rung === undefined ? {} : { rung }),
    ...(executor === undefined ? {} : { queued: {} }),
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

/**
 * The runs of a sweep that have begun and can be read; none of any other run. They name the folder of their sweep, so those of
 * the original are not its copy's.
 */
export const membersAt = (path: string): RunDirectory[] => [...eachMemberAt(path)];

/** The same, each read when it is asked for: a sweep may have a thousand. */
export function* eachMemberAt(path: string): Generator<RunDirectory> {
  const sweep = runDirectory(path);
  for (const member of jobAt(sweep)?.members ?? []) {
    const run = memberDirectory(sweep, member);
    const own = jobAt(run);
    if (own !== undefined && isMemberOf(own, { runId: sweep.id })) yield run;
  }
}

function jobAt({ job }: RunDirectory): Job | undefined {
  try {
    return readRunFileSync("job", job);
  } catch (error) {
    if (error instanceof RunError) return undefined;
    throw error;
  }
}
