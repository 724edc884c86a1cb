import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Job, Member, RunExperiment } from "../../schemas/run-files.gen.ts";
import { ownVersion } from "../packageRoot.ts";
import { makeFolders, writeFileDurably } from "./durable.ts";
import { runFormat } from "./format.ts";
import { bears, type KnownFile, readKnownFile, type Stamp } from "./knownFiles.ts";
import { isBeside, whereItLies } from "./movedProject.ts";
import { assertNoLinkAt, assertOwnFolder } from "./ownFile.ts";
import { fileError, RunError } from "./runError.ts";
import { damagedFile, readRunFile } from "./verifyRun.ts";

export interface RunDirectory {
  readonly id: string;
  /** Absolute. */
  readonly path: string;
  readonly experiment: string;
  readonly job: string;
  readonly manifest: string;
  readonly events: string;
  readonly checkpoints: string;
  readonly trainerLog: string;
  readonly notes: string;
  readonly trackers: string;
}

export function runDirectory(path: string): RunDirectory {
  const absolute = resolve(path);
  const inside = (name: string) => join(absolute, name);
  return {
    id: absolute.slice(dirname(absolute).length).replace(/^[\\/]/, ""),
    path: absolute,
    experiment: inside("experiment.json"),
    job: inside("job.json"),
    manifest: inside("manifest.json"),
    events: inside("events.jsonl"),
    checkpoints: inside("checkpoints"),
    trainerLog: inside("trainer.log"),
    notes: inside("notes.json"),
    trackers: inside("trackers.json"),
  };
}

export interface NewRun {
  /** The folder of runs, `.distill/runs` beside the experiment file unless set otherwise. */
  readonly runsDirectory: string;
  readonly experimentFile: string;
  /** The experiment's name; the file's name without `.distill.json` when it has none. */
  readonly name: string;
  /** The resolved experiment; of a sweep the file's content. */
  readonly experiment: unknown;
  /** Of a sweep: the values of each of its runs that is known. */
  readonly members?: readonly Readonly<Record<string, unknown>>[] | undefined;
  /** Of a sweep that proposes further runs by what these reach: how many it has in all. */
  readonly planned?: number | undefined;
  /** Of a sweep: points below its teacher within which a student is good enough. */
  readonly tolerance?: number | undefined;
  /** Of a sweep: combinations that are left out, as their students are too large. */
  readonly large?: Job["large"] | undefined;
  readonly subject?: "teacher" | undefined;
  /** Of a sweep: where its runs train. */
  readonly executor?: Job["executor"] | undefined;
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/** Makes the directory of a new run with experiment.json and job.json. Throws a RunError when that is not possible. */
export async function createRun(run: NewRun, now: Date = new Date()): Promise<RunDirectory> {
  const experimentFile = resolve(run.experimentFile);
  const directory = await makeOwnFolder(
    resolve(run.runsDirectory),
    run.subject === undefined ? run.name : `${run.name} ${run.subject}`,
    now,
  );
  const job: Job = {
    mode: "start",
    runId: directory.id,
    name: run.name,
    ...(run.subject === undefined ? {} : { subject: run.subject }),
    experimentFile,
    baseDirectory: dirname(experimentFile),
    ...(isBeside(directory.path, experimentFile) ? {} : { isApart: true }),
    ...(run.members === undefined ? {} : membersOf(directory.id, run.members, run.planned)),
    ...(run.tolerance === undefined ? {} : { tolerance: run.tolerance }),
    ...(run.large === undefined ? {} : { large: run.large }),
    ...(run.executor === undefined ? {} : { executor: run.executor }),
    ...(run.overrides === undefined ? {} : { overrides: run.overrides }),
    askedAt: now.getTime(),
    secondsBefore: 0,
  };
  await writeExperiment(directory, run.experiment);
  await writeJob(directory, job);
  return directory;
}

function membersOf(
  id: string,
  known: readonly Settings[],
  planned = known.length,
): Pick<Job, "members" | "planned"> {
  const members = known.map((settings, index) => memberOf(id, { index, count: planned, settings }));
  return { members, ...(planned > members.length ? { planned } : {}) };
}

/** A run of a sweep. @param index from 0, of `count` */
export function memberOf(
  sweep: string,
  { index, count, settings }: { readonly index: number; readonly count: number; readonly settings: Settings },
): Member {
  const digits = Math.max(2, String(count).length);
  return { runId: `${sweep}-${String(index + 1).padStart(digits, "0")}`, settings };
}

type Settings = Readonly<Member["settings"]>;

/**
 * Opens an existing, valid run: a folder without links, whose JSON files match their schemas and whose members are its own.
 * Throws a RunError `not-a-run`, or one that names the file and its problem.
 */
export async function openRun(path: string): Promise<RunDirectory> {
  const directory = runDirectory(path);
  await assertNoLinkAt(directory.path);
  // Before the folder is searched for links: a person may have named any folder of the disk.
  const job = await readJob(directory);
  await assertOwnFolder(directory.path, ["lock", "trainer.pid", "trainer.log", "events.jsonl"]);
  await readExperiment(directory);
  await readRunFile("manifest", directory.manifest);
  await assertOwnMembers(directory, job);
  return directory;
}

/** Throws a RunError `not-a-run` where there is none; one that cannot be read is one. */
export async function assertRun(directory: RunDirectory): Promise<void> {
  await readJob(directory).catch((error: unknown) => {
    if (!(error instanceof RunError) || error.code === "not-a-run") throw error;
  });
}

/** Throws a RunError `not-a-run` where there is none, and `damaged` where the rest of a run is there all the same. */
export const readJob = async (directory: RunDirectory): Promise<Job> =>
  (await readKnownJob(directory, undefined)).value;

/** As readJob, cached while its stamp is the same. */
export async function readKnownJob(
  directory: RunDirectory,
  known: KnownFile<"job"> | undefined,
): Promise<KnownFile<"job">> {
  const job = await readKnownFile("job", directory.job, known);
  if (job !== undefined) {
    const value = whereItLies(job.value, directory.path);
    return value === job.value ? job : { ...job, value };
  }
  if (existsSync(directory.events)) throw damagedFile(directory.job, "it is missing");
  throw new RunError(
    "not-a-run",
    `${directory.path} is not a run: ${directory.job} is missing.`,
    "Name a run that `distill list` shows.",
  );
}

/** The resolved experiment of a run; of a sweep the file's content. */
export async function readExperiment({ experiment: path }: RunDirectory): Promise<RunExperiment> {
  const experiment = await readRunFile("experiment", path);
  if (experiment === undefined) throw damagedFile(path, "it is missing");
  return experiment;
}

/** @returns the stamp of a valid experiment, read only if its stamp has changed */
export async function checkedExperiment(
  { experiment: path }: RunDirectory,
  known: Stamp | undefined,
): Promise<Stamp> {
  if (known !== undefined && (await bears(path, known))) return known;
  const experiment = await readKnownFile("experiment", path, undefined);
  if (experiment === undefined) throw damagedFile(path, "it is missing");
  return experiment.stamp;
}

/** A job names the runs of a sweep; a run belongs to it only if it names the sweep in turn and is not a sweep. */
export const isMemberOf = ({ sweep, members }: Job, { runId }: Pick<Job, "runId">): boolean =>
  sweep?.id === runId && members === undefined;

/** Throws a RunError where a sweep names a run that is not its own. A damaged one is reported by itself. */
export async function assertOwnMembers(directory: RunDirectory, job: Job): Promise<void> {
  for (const { runId } of job.members ?? []) {
    const member = runDirectory(join(dirname(directory.path), runId));
    const own = await readRunFile("job", member.job).catch(() => undefined);
    if (own !== undefined && !isMemberOf(own, job))
      throw damagedFile(directory.job, `its members name ${runId}, which is no run of this sweep`);
  }
}

export async function writeJob(directory: RunDirectory, job: Job): Promise<void> {
  const signed = { format: runFormat, writtenBy: ownVersion(), ...job };
  await writeFileDurably(directory.job, `${JSON.stringify(signed, null, 2)}\n`);
}

export async function writeExperiment(directory: RunDirectory, experiment: unknown): Promise<void> {
  await writeFileDurably(directory.experiment, `${JSON.stringify(experiment, null, 2)}\n`);
}

/** Throws a RunError where no run can be made, as on a disk that is read-only. Nothing is left of the attempt. */
export async function assertTakesRuns(runsDirectory: string): Promise<void> {
  const path = resolve(runsDirectory);
  let above = path;
  while (!existsSync(above)) above = dirname(above);
  try {
    await rmdir(await mkdtemp(join(above, ".distill-")));
  } catch (error) {
    let why = error;
    try {
      makeFolders(path);
    } catch (own) {
      why = own; // It says more.
    }
    throw fileError(why, "create", path);
  }
}

/**
 * Of two runs started in the same millisecond the second takes the next one, so that ids sort by start. Where processes race,
 * mkdir fails on a taken name.
 */
async function makeOwnFolder(runsDirectory: string, name: string, now: Date): Promise<RunDirectory> {
  try {
    makeFolders(runsDirectory);
    const taken = await readdir(runsDirectory);
    for (let at = now.getTime(); ; at++) {
      const stamp = stampOf(new Date(at));
      if (taken.some((id) => id.startsWith(stamp))) continue;
      const directory = runDirectory(join(runsDirectory, newRunId(name, new Date(at))));
      try {
        await mkdir(directory.path);
        return directory;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
    }
  } catch (error) {
    throw fileError(error, "create", runsDirectory);
  }
}

/** As in 20250131-142530.123-mnist-7fa: sorts by time (UTC), includes the experiment's name, and can be abbreviated. */
export const newRunId = (name: string, now: Date): string =>
  [stampOf(now), nameInId(name), randomBytes(2).toString("hex").slice(0, 3)].join("-");

/** Whether a text is the id of a run, and not only the beginning of one. */
export const isWholeId = (text: string): boolean => /^\d{8}-\d{6}\.\d{3}-.+-[\da-f]{3}(-\d+)?$/.test(text);

/** The time in an id, in Unix milliseconds; 0 where it is a name of another kind. */
export function timeInId(id: string): number {
  const stamp = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d\.\d{3})-/.exec(id);
  if (stamp === null) return 0;
  const [, year, month, day, hour, minute, second] = stamp;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) || 0;
}

/** The experiment's name in an id. */
export const nameInId = (name: string): string =>
  name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 24)
    .replace(/-$/, "") || "run";

/** `20250131-142530.123` */
const stampOf = (time: Date): string =>
  time.toISOString().slice(0, 23).replaceAll(/[-:]/g, "").replace("T", "-");
