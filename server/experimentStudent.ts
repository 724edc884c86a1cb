import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Experiment } from "../schemas/experiment.gen.ts";
import type { ResolvedExperiment } from "../schemas/resolvedExperiment.gen.ts";
import { changes } from "./data/provenance.ts";
import { statsOf } from "./data/reading.ts";
import {
  type Ending,
  failed,
  failedBy,
  type TrainContext,
  type TrainedStudent,
} from "./engine/train/context.ts";
import { evaluationBatch } from "./engine/train/evaluation.ts";
import { openStudent, studentRecord } from "./engine/train/nets.ts";
import { type PreparedData, prepareData } from "./engine/train/prepare.ts";
import { recordedSamples } from "./engine/train/recordedSamples.ts";
import { membersOf } from "./engine/train/teachers/membersOf.ts";
import { openTeacher } from "./engine/train/teachers/open.ts";
import { readExperimentText } from "./experimentChain.ts";
import { readFileKnowledge } from "./fileKnowledge.ts";
import { dataOf, parse } from "./language/parse.ts";
import { resolve as resolved } from "./language/resolve.ts";
import { withTask } from "./language/task.ts";
import type { Problem } from "./problem.ts";
import type { RunSummary } from "./protocol.ts";
import { claim } from "./runs/claim.ts";
import { prepareResume, stopRun } from "./runs/control.ts";
import { makeFolders } from "./runs/durable.ts";
import { listRuns, summarizeRun } from "./runs/list.ts";
import { type Manifest, readManifest } from "./runs/manifest.ts";
import { runData } from "./runs/runData.ts";
import {
  createRun,
  openRun,
  type RunDirectory,
  readExperiment,
  readJob,
  runDirectory,
} from "./runs/runDirectory.ts";
import { RunError } from "./runs/runError.ts";
import { ownRunsFolder } from "./runs/runsFolder.ts";
import { type SpawnedTrainer, spawnTrainer } from "./runs/spawn.ts";
import { assertStudentWhole, modelFile } from "./runs/student.ts";

/** Context for finding the student of another experiment. */
export interface Finding extends Pick<TrainContext, "load" | "threads"> {
  /** The runs and the folder of the experiment that it teaches: runs of other experiments in that folder are there, too. */
  readonly runsDirectory: string;
  readonly baseDirectory: string;
}

/** Context for training it. */
export interface Training extends Finding, Pick<TrainContext, "report" | "stopRequested"> {
  /** Passes a requested stop on to the run that trains. */
  readonly stop: { pass?: (options: { readonly force: boolean }) => void };
}

/** Interval at which a training run's progress is read. */
const pollMs = 300;

/**
 * The student of the experiment in a file, as a teacher: of the newest completed run with the same settings and files;
 * else of a run in progress, stopped or killed, once it has completed; else of a new run. Its trainer is a process of its own,
 * which outlives this one, and its run is listed like any other.
 */
export async function trainedStudent(file: string, its: Training): Promise<Ending<TrainedStudent>> {
  if ((await statsOf(file))?.isDirectory()) return studentOfRun(file);
  const experiment = await readResolved(file);
  if ("ending" in experiment) return experiment;
  const trained = await foundRun(file, experiment, its);
  if (trained?.state === "completed") return studentOf(trained.run);
  const begun = await begin(file, experiment, its);
  if (begun === undefined) return { ending: "stopped", step: 0 };
  const { run, trainer } = begun;
  if (trainer !== undefined) {
    its.stop.pass = (options) => void stopRun(run.path, options);
    if (its.stopRequested()) stopRun(run.path);
    await Promise.race([trainer.ended, ended(run, its)]);
  }
  const summary = await ended(run, its, { isWaiting: () => trainer !== undefined || !its.stopRequested() });
  if (summary?.state === "completed") return studentOf(run);
  if (its.stopRequested()) return { ending: "stopped", step: 0 };
  return failed(
    "teacher-experiment",
    `Run ${run.id} of ${basename(file)}, whose student is needed, was ${summary?.state ?? "lost"}${summary?.message === undefined ? "." : `: ${summary.message}`}`,
    summary?.state === "failed"
      ? "Fix that, then run or resume this experiment again."
      : `Resume both: distill resume THIS RUN`,
  );
}

interface Begun {
  readonly run: RunDirectory;
  /** Undefined where another process started it and is the one to stop it. */
  readonly trainer?: SpawnedTrainer;
}

/**
 * The run whose student will teach: an existing one, else a new one; it is started unless it trains. One process at a time searches
 * and starts, so that two that need the same student share one run. Undefined where a stop was requested meanwhile.
 */
async function begin(
  file: string,
  experiment: ResolvedExperiment,
  its: Training,
): Promise<Begun | undefined> {
  const runs = runsOf(file, its);
  makeFolders(runs);
  const lock = await claim(join(runs, ".starting"), its);
  if (lock === undefined) return undefined;
  try {
    const found = await foundRun(file, experiment, its);
    its.report({
      type: "teacher",
      reading: `The student of ${basename(file)}, which ${waitWords(found)}.`,
      ...(found?.state === "running" ? { waiting: `run ${found.run.id}, whose student teaches` } : {}),
    });
    if (found?.state === "completed" || found?.state === "running") return { run: found.run };
    const run =
      found?.run ??
      (await createRun({
        runsDirectory: runsOf(file, its),
        experimentFile: file,
        name: experiment.name,
        experiment,
      }));
    if (found !== undefined) await prepareResume(run.path);
    const node = { path: process.execPath, environment: {} };
    return { run, trainer: await spawnTrainer({ node, runDirectory: run.path }) };
  } finally {
    lock.release();
  }
}

function waitWords(found: Found | undefined): string {
  if (found === undefined) return "is trained first";
  const { id } = found.run;
  if (found.state === "completed") return `run ${id} has trained`;
  return found.state === "running"
    ? `run ${id} is training: this run waits for it`
    : `goes on first as run ${id}`;
}

/** That of a run, whose folder is named in place of an experiment's file. */
export async function studentOfRun(folder: string): Promise<Ending<TrainedStudent>> {
  try {
    return await studentOf(await openRun(folder));
  } catch (error) {
    if (error instanceof RunError) return failed(error.code, error.message);
    throw error;
  }
}

/** The same where nothing is to be trained. */
export async function foundStudent(file: string, its: Finding): Promise<Ending<TrainedStudent>> {
  const experiment = await readResolved(file);
  if ("ending" in experiment) return experiment;
  const found = await foundRun(file, experiment, its);
  if (found?.state === "completed") return studentOf(found.run);
  return failed(
    "teacher-untrained",
    `The student of ${basename(file)} has not been trained yet, or not with these settings and files.`,
    `Train it: distill run ${basename(file)}`,
  );
}

/** What the student in a file is, whether it was trained or not. */
export async function describedExperiment(
  file: string,
): Promise<ResolvedExperiment | { readonly problem: Problem }> {
  const experiment = await readResolved(file);
  if (!("ending" in experiment)) return experiment;
  const { code, message } = experiment as Extract<Ending<never>, { readonly ending: "failed" }>;
  return { problem: { code, message } };
}

/** The experiment with every default filled in, as a run of it would have it. */
async function readResolved(file: string): Promise<ResolvedExperiment | Ending<never>> {
  const reference = { path: file, kind: "experiment" as const, at: [], node: nowhere };
  const { facts, problem } = await readFileKnowledge(reference, dirname(file));
  if (problem !== undefined) return failed(problem.code, problem.message);
  if (facts?.circle !== undefined)
    return failed(
      "teacher-circle",
      `These experiments teach each other in a circle: ${facts.circle.join(" → ")}.`,
    );
  const text = await readExperimentText(file);
  if (typeof text === "object") return failed(text.code, text.message);
  const name = basename(file).replace(/(\.distill)?\.jsonc?$/, "");
  return resolved(withTask(dataOf(parse(text).root) as Experiment, facts?.task), name);
}

const nowhere = { type: "string", offset: 0, length: 0 } as const;

/** Runs of experiments in one folder are together, wherever that is; of others beside them. */
const runsOf = (file: string, { runsDirectory, baseDirectory }: Finding): string =>
  dirname(file) === resolve(baseDirectory) ? runsDirectory : ownRunsFolder(dirname(file));

interface Found {
  readonly run: RunDirectory;
  readonly state: RunSummary["state"];
}

/** The newest run of the same, one that is completed before others. */
async function foundRun(
  file: string,
  experiment: ResolvedExperiment,
  finding: Finding,
): Promise<Found | undefined> {
  const baseDirectory = dirname(file);
  const runs = runsOf(file, finding);
  const its = { ...finding, baseDirectory, runsDirectory: runs };
  const candidates: Found[] = [];
  for (const { directory, state } of await listRuns(runs)) {
    const run = runDirectory(directory);
    if (state !== "failed" && (await trains(run, experiment))) candidates.push({ run, state });
  }
  if (candidates.length === 0) return undefined;
  const order = ["completed", "running", "stopped", "interrupted"];
  candidates.sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  const { data: sources, seed, task } = experiment;
  const data = await prepareData(sources, { baseDirectory, seed, task });
  if ("problem" in data) return undefined; // Its own run says why.
  for (const found of candidates) {
    const manifest = await readManifest(found.run).catch(() => undefined);
    // A run that is starting has not recorded yet what it learns from.
    if (manifest === undefined || (await isOfSame(experiment, data, manifest, its))) return found;
  }
  return undefined;
}

/** Whether a run is of this experiment alone. */
async function trains(run: RunDirectory, experiment: ResolvedExperiment): Promise<boolean> {
  try {
    await openRun(run.path);
    const { subject, members, sweep } = await readJob(run);
    if (subject !== undefined || members !== undefined || sweep !== undefined) return false;
    return isDeepStrictEqual(await readExperiment(run), JSON.parse(JSON.stringify(experiment)));
  } catch (error) {
    if (error instanceof RunError) return false; // A damaged one says so in the list.
    throw error;
  }
}

/** Whether data, modules, starting weights and teacher are, by what they hold, what a run learned from. */
async function isOfSame(
  experiment: ResolvedExperiment,
  { train, normalize, records }: PreparedData,
  manifest: Manifest,
  its: Finding,
): Promise<boolean> {
  const {
    teacher,
    data: { batchSize },
  } = experiment;
  if (manifest.data !== undefined && changes({ data: manifest.data }, { data: records }).length > 0)
    return false;
  if (manifest.modules !== undefined) {
    const { openModules, hashesOf } = await import("./modules/openModules.ts");
    const opened = await openModules(experiment, its.baseDirectory);
    if ("problem" in opened || changes(manifest, { modules: hashesOf(opened.modules) }).length > 0)
      return false;
  }
  if (manifest.student !== undefined) {
    const opened = await openStudent(experiment.student, train, {
      ...its,
      studentOf: (file) => foundStudent(file, its),
    });
    if (!("net" in opened) || changes(manifest, studentRecord(opened)).length > 0) return false;
  }
  // One that is trained follows from settings and data.
  if (
    teacher === undefined ||
    manifest.teacher === undefined ||
    membersOf(teacher).some(({ type }) => type === "layers")
  )
    return true;
  const opened = await openTeacher(
    teacher,
    { train, normalize, batchSizes: [evaluationBatch(batchSize)] },
    {
      ...its,
      learn: async () => failed("teacher-untrained", "Nothing is trained here."),
      studentOf: (file) => foundStudent(file, its),
    },
  );
  if (opened.ending !== "completed") return false;
  await opened.result.dispose();
  return opened.result.hash === manifest.teacher.hash;
}

/** Waits for the end of a run and reports its progress; a requested stop reaches its own trainer directly. */
async function ended(
  run: RunDirectory,
  { report }: Training,
  { isWaiting = () => true }: { readonly isWaiting?: () => boolean } = {},
): Promise<RunSummary | undefined> {
  let reported = -1;
  for (;;) {
    const summary = await summarizeRun(run.path);
    if (summary?.state !== "running" || !isWaiting()) return summary;
    const done = Math.floor(100 * (summary.progress ?? 0));
    if (done > reported)
      report({
        type: "progress",
        phase: "teacher",
        done,
        total: 100,
        etaSeconds: summary.etaSeconds ?? null,
      });
    reported = Math.max(reported, done);
    await sleep(pollMs);
  }
}

async function studentOf(run: RunDirectory): Promise<Ending<TrainedStudent>> {
  const best = await modelFile(run.path, "best");
  const model = best ?? (await modelFile(run.path, "final"));
  await assertStudentWhole(run.path, best === undefined ? "final" : "best");
  const { normalize, samples } = (await readManifest(run)) ?? {};
  if (normalize === undefined || model === undefined)
    return failedBy({
      problem: {
        code: "no-student",
        message: `Run ${run.id} has no student.`,
        hint: "Delete it, and run again.",
      },
    });
  return {
    ending: "completed",
    result: {
      model,
      normalize,
      classNames: samples?.classNames,
      run: run.id,
      async learnedFrom() {
        const { data, recorded, ...options } = await runData(run);
        return recordedSamples(data, recorded, options);
      },
    },
  };
}
