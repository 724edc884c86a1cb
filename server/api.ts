import { resolve as absolute } from "node:path";
import type { ResolvedExperiment } from "../schemas/resolvedExperiment.gen.ts";
import { checkExperiment, type ExperimentFinding, findingLine } from "./api/checkExperiment.ts";
import { type Evaluated, type EvaluateOptions, evaluateModel } from "./api/evaluate.ts";
import type { ExportOptions } from "./api/exportOptions.ts";
import { type ExportedStudent, exportStudent } from "./api/exportStudent.ts";
import { findRun, runsFrom } from "./api/findRun.ts";
import { type Run, runHandle, started } from "./api/runHandle.ts";
import { newRun } from "./api/startRun.ts";
import { haveEngine } from "./haveEngine.ts";
import type { Problem, RunSummary } from "./protocol.ts";
import { openRun as openDirectory } from "./runs/runDirectory.ts";
import { RunError } from "./runs/runError.ts";
import { mlflowPlace } from "./tracking/mlflow/place.ts";

/*
 * What `import … from` the npm package gives: the functions of the command line, without a terminal. None keeps state in this
 * process. Every error that a person can mend has `code`, `message` and `hint`.
 */

// biome-ignore lint/performance/noBarrelFile: one name for programs and for modules of losses, layers, students and augmentations
export {
  boolean,
  choice,
  defineAugmentation,
  defineLayer,
  defineLoss,
  defineStudent,
  integer,
  list,
  number,
  optional,
  text,
} from "./modules/declare.ts";
export { RunError } from "./runs/runError.ts";

/** Values that replace those of the file, by their paths: `{ "losses[0].temperature": 4 }`. */
type Settings = Readonly<Record<string, unknown>>;

export interface CheckOptions {
  readonly set?: Settings;
}

export interface Checked {
  /** Mistakes and warnings, in the order of the file. */
  readonly findings: readonly ExperimentFinding[];
  /** With all defaults; absent where a finding is an error. Of a sweep: the file's own values. */
  readonly experiment?: ResolvedExperiment;
}

/** An experiment that cannot run. */
export class ExperimentError extends Error {
  override readonly name = "ExperimentError";
  readonly code = "wrong-file";
  readonly hint = "Correct the file.";
  readonly findings: readonly ExperimentFinding[];

  constructor(findings: readonly ExperimentFinding[]) {
    super(findings.map(findingLine).join("\n"));
    this.findings = findings;
  }
}

/** What `distill check` finds in an experiment file and the files that it names. */
export async function check(file: string, { set }: CheckOptions = {}): Promise<Checked> {
  const { findings, experiment } = await checkExperiment(file, settings(set));
  return experiment === undefined ? { findings } : { findings, experiment };
}

/** The experiment of a file with all defaults. @throws ExperimentError */
export async function resolve(file: string, options?: CheckOptions): Promise<ResolvedExperiment> {
  const { findings, experiment } = await check(file, options);
  if (experiment === undefined) throw new ExperimentError(findings);
  return experiment;
}

export interface RunOptions extends CheckOptions {
  /** Trains only the teacher that the file describes. */
  readonly teacherOnly?: boolean;
  /** `.distill/runs` beside the file when absent. */
  readonly runsDirectory?: string;
  /** Folder for TensorBoard's events. */
  readonly tensorboard?: string;
  /** Address of an MLflow server, or folder of a file store, that is told of the run. */
  readonly mlflow?: string;
  /** Stops the run after its step, with a checkpoint. */
  readonly signal?: AbortSignal;
}

/** Starts a run, in a process that outlives this one. Nothing is created where the file is wrong. @throws ExperimentError, RunError */
export async function run(file: string, options: RunOptions = {}): Promise<Run> {
  const { set, signal, tensorboard, teacherOnly, runsDirectory } = options;
  const mlflow = options.mlflow && mlflowPlace(options.mlflow, process.cwd());
  signal?.throwIfAborted();
  const { findings, experiment, ...checked } = await checkExperiment(file, settings(set));
  if (experiment === undefined) throw new ExperimentError(findings);
  const obstacle = () => haveEngine(() => {}, signal).then(() => undefined);
  const made = orThrow(
    await newRun(file, { findings, experiment, ...checked }, { teacherOnly, runsDirectory, obstacle }),
  );
  return started(made.run, made.node, { signal, tensorboard: tensorboard && absolute(tensorboard), mlflow });
}

export interface FindOptions {
  /** Only runs in this folder. */
  readonly runsDirectory?: string;
}

/** @param reference an id or its beginning, a path, or `latest` @throws RunError */
export async function openRun(reference: string, { runsDirectory }: FindOptions = {}): Promise<Run> {
  return runHandle(await openDirectory(await findRun(reference, runsDirectory)));
}

/** The runs of a folder, those above and those below, newest first. */
export async function listRuns(
  folder = ".",
  { runsDirectory }: FindOptions = {},
): Promise<readonly RunSummary[]> {
  return runsFrom(runsDirectory, absolute(folder));
}

/** Evaluates a run's best student, a model file, or with `teacher` the teacher of an experiment file. @throws ExperimentError, RunError */
export async function evaluate(reference: string, options: EvaluateOptions = {}): Promise<Evaluated> {
  const found = await evaluateModel(reference, options, () => {});
  if ("findings" in found) throw new ExperimentError(found.findings);
  return orThrow<Evaluated>(found);
}

/** Writes a run's student as a model file for other programs, or in a page. @throws RunError */
export async function exportModel(reference: string, options: ExportOptions): Promise<ExportedStudent> {
  return orThrow<ExportedStudent>(await exportStudent(reference, options, () => {}));
}

const settings = (set: Settings = {}): string[] =>
  Object.entries(set).map(([path, value]) => `${path}=${JSON.stringify(value)}`);

function orThrow<T extends object>(found: T | { readonly problem: Problem }): T {
  if (!isProblem(found)) return found;
  const { code, message, hint = "" } = found.problem;
  throw new RunError(code, message, hint);
}

const isProblem = (found: object): found is { readonly problem: Problem } => "problem" in found;
