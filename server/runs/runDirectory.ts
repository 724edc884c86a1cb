import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { makeFolders, writeFileDurably } from "./durable.ts";
import { assertReadable, runFormat } from "./format.ts";
import { ownVersion } from "./packageRoot.ts";
import { fileError, RunError } from "./runError.ts";

/** What the trainer is asked to do: job.json. */
export interface Job {
  /** `resume`: from the latest whole checkpoint; from the beginning when there is none. */
  readonly mode: "start" | "resume";
  readonly runId: string;
  readonly name: string;
  /** What is trained: the teacher alone, or the student when absent. */
  readonly subject?: "teacher";
  /** Absolute path of the experiment file; it may have changed or gone since. */
  readonly experimentFile: string;
  /** The folder that the experiment's relative paths start from. */
  readonly baseDirectory: string;
  /** Of a sweep: the runs that it trains, in this order. Its experiment.json is the file's content, `sweep` included. */
  readonly members?: readonly Member[];
  /** Of a run of a sweep: which one it is, counted from 1, of which sweep. */
  readonly sweep?: {
    readonly id: string;
    readonly index: number;
    readonly settings: Readonly<Record<string, unknown>>;
  };
  /**
   * Of a run of a sweep that chooses by validation. `held`: the test split stays unread. `asked`: the run is trained, the
   * sweep has chosen its combination, and the test split is read. Absent: it is read at the end.
   */
  readonly test?: "held" | "asked";
  /** The values set with --set, and those of a sweep, for showing: path → value. */
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** Unix time in milliseconds of this start or resume. */
  readonly askedAt: number;
  /** Seconds that trainers worked on the run before. */
  readonly secondsBefore: number;
  /** Of a resume: go on although data or teacher are not what the run began with. */
  readonly acceptChangedData?: boolean;
}

/**
 * A sweep is a run whose trainer trains no student but other runs, its members, one after the other. They stand
 * beside it under its id and their number, and each is made when its turn comes.
 */
export interface Member {
  readonly runId: string;
  /** What the member has in place of the file's values: path → value. */
  readonly settings: Readonly<Record<string, unknown>>;
}

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
  /** Of a sweep: what each of its runs has in place of the file's values. */
  readonly members?: readonly Readonly<Record<string, unknown>>[] | undefined;
  readonly subject?: "teacher" | undefined;
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
    ...(run.members === undefined ? {} : { members: membersOf(directory.id, run.members) }),
    ...(run.overrides === undefined ? {} : { overrides: run.overrides }),
    askedAt: now.getTime(),
    secondsBefore: 0,
  };
  await writeExperiment(directory, run.experiment);
  await writeJob(directory, job);
  return directory;
}

function membersOf(id: string, settings: readonly Member["settings"][]): Member[] {
  const digits = Math.max(2, String(settings.length).length);
  return settings.map((given, index) => ({
    runId: `${id}-${String(index + 1).padStart(digits, "0")}`,
    settings: given,
  }));
}

/** Opens a run that exists; throws a RunError `missing` or `not-a-run` otherwise. */
export async function openRun(path: string): Promise<RunDirectory> {
  const directory = runDirectory(path);
  await readJob(directory);
  return directory;
}

export async function readJob(directory: RunDirectory): Promise<Job> {
  return assertReadable(await readJson(directory.job, directory), directory.job) as unknown as Job;
}

export async function writeJob(directory: RunDirectory, job: Job): Promise<void> {
  const signed = { format: runFormat, writtenBy: ownVersion(), ...job };
  await writeFileDurably(directory.job, `${JSON.stringify(signed, null, 2)}\n`);
}

export async function writeExperiment(directory: RunDirectory, experiment: unknown): Promise<void> {
  await writeFileDurably(directory.experiment, `${JSON.stringify(experiment, null, 2)}\n`);
}

/** The resolved experiment of a run. */
export async function readExperiment(directory: RunDirectory): Promise<unknown> {
  return readJson(directory.experiment, directory);
}

async function readJson(path: string, { path: run }: RunDirectory): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError) && (error as NodeJS.ErrnoException).code !== "ENOENT")
      throw fileError(error, "read", path);
    const why = error instanceof SyntaxError ? "is damaged" : "is missing";
    throw new RunError(
      "not-a-run",
      `${run} is not a run: ${path} ${why}.`,
      "Name a run that `distill list` shows.",
    );
  }
}

/**
 * Of two runs that begin in the same millisecond the second one takes the next: ids sort as the runs were started.
 * Where processes race for it, mkdir fails on a name that is taken.
 */
async function makeOwnFolder(runsDirectory: string, name: string, now: Date): Promise<RunDirectory> {
  try {
    await makeFolders(runsDirectory);
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

/** As in 20250131-142530.123-mnist-7fa: sorts by time (UTC), says what it is, and can be named by its beginning. */
export function newRunId(name: string, now: Date): string {
  const short = name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 24)
    .replace(/-+$/, "");
  return [stampOf(now), short || "run", randomBytes(2).toString("hex").slice(0, 3)].join("-");
}

/** `20250131-142530.123` */
const stampOf = (time: Date): string =>
  time.toISOString().slice(0, 23).replaceAll(/[-:]/g, "").replace("T", "-");
