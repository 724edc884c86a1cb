import { readdir, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { ResolvedData, ResolvedExperiment } from "../../schemas/resolvedExperiment.gen.ts";
import { modelNames } from "../data/formats/bytes.ts";
import { sourceFiles } from "../data/sources/sources.ts";
import { loadOnnxRuntime } from "../engine/native/onnxruntime.ts";
import { type Assessment, type AssessOptions, assess } from "../engine/train/assess.ts";
import { formatOf, type TableFormat, tableFormats } from "../fileQuery.ts";
import { haveEngine } from "../haveEngine.ts";
import { isShare } from "../heldBack.ts";
import { assessedTeacher } from "../inspection/assessedTeacher.ts";
import { nodeAt, parse } from "../language/parse.ts";
import { type Split, splits } from "../optionValues.ts";
import { oneOf, quoted } from "../parameters/words.ts";
import { type Problem, problem } from "../problem.ts";
import { awaitStudent } from "../runs/awaitStudent.ts";
import { readManifest } from "../runs/manifest.ts";
import { runData } from "../runs/runData.ts";
import { openRun } from "../runs/runDirectory.ts";
import { RunError } from "../runs/runError.ts";
import { namedStageWords } from "../runs/runStages.ts";
import { assertStudentWhole, modelFile, studentStage } from "../runs/student.ts";
import { shown } from "../terminal/shownPath.ts";
import { checkExperiment, type ExperimentFinding } from "./checkExperiment.ts";
import { findStudent } from "./findStudent.ts";
import { readText } from "./readText.ts";

type Source = ResolvedData["train"];

export interface EvaluateOptions {
  /** An experiment file; for a run also a file or folder of the form of the run's own data. */
  readonly data?: string;
  readonly split?: string;
  /** Evaluates the teacher of an experiment file. */
  readonly teacher?: boolean;
  readonly runsDirectory?: string;
}

/** What a model reaches on a split. */
export interface Evaluated extends Omit<Assessment, "answers" | "confidence"> {
  /** Path of the model, or what teacher it is. */
  readonly model: string;
  /** The stage that a student's weights are of, and in words; absent where its training has none. */
  readonly stage?: string | undefined;
  readonly stageText?: string | undefined;
}

/** Why nothing can be evaluated: the experiment's mistakes, or another problem. */
type NotEvaluated = { readonly findings: readonly ExperimentFinding[] } | { readonly problem: Problem };

/**
 * Evaluates a run's best student or a model file on any data, or an experiment's teacher as in the experiment's runs.
 * @param say is told of an engine that has to be fetched
 */
export async function evaluateModel(
  reference: string,
  options: EvaluateOptions,
  say: (line: string) => void,
): Promise<Evaluated | NotEvaluated> {
  const { split } = options;
  if (split !== undefined && !isSplit(split))
    return refusal("wrong-option", `--split is "${split}"; expected ${oneOf(Object.keys(splits))}.`);
  const other = options.data === undefined ? undefined : await readData(options.data);
  if (other !== undefined && isRefusal(other)) return other;
  const evaluation = await evaluationOf(reference, options, { other, split, say });
  if (isRefusal(evaluation)) return evaluation;
  await haveEngine(say);
  const { name, stage, stageText, ...its } = evaluation;
  const found = await assess({ split, load: loadOnnxRuntime, threads: mostThreads(), ...its });
  if ("problem" in found) return { problem: readAsSamples(found.problem, other) };
  const { answers: _, confidence: __, outputs: ___, ...told } = found;
  return { model: name, stage, stageText, ...told };
}

/** A file of JSON that is no experiment was read as the run's own samples, which a person may not have meant. */
function readAsSamples(given: Problem, other: OtherData | undefined): Problem {
  if (other === undefined || !("file" in other) || !/\.jsonc?$/.test(other.file)) return given;
  const why = `${shown(other.file)} has neither \`data\` nor \`student\`, as an experiment has, so it was read as samples like the run's own.`;
  return { ...given, hint: given.hint === undefined ? why : `${given.hint} ${why}` };
}

const mostThreads = () => Math.min(availableParallelism(), 8);

interface Evaluation
  extends Pick<
      AssessOptions,
      | "model"
      | "data"
      | "otherTest"
      | "recorded"
      | "baseDirectory"
      | "cacheDirectory"
      | "seed"
      | "columns"
      | "task"
    >,
    Partial<Pick<AssessOptions, "load" | "threads">> {
  /** Displayed path of the model. */
  readonly name: string;
  /** The stage that a student's weights are of, and in words; absent where its training has none. */
  readonly stage?: string | undefined;
  readonly stageText?: string | undefined;
  readonly split?: Split;
}

interface DataOptions {
  readonly other: OtherData | undefined;
  readonly split: Split | undefined;
  readonly say: (line: string) => void;
}

/** What `--data` names: an experiment's data, or a single file. */
type OtherData =
  | { readonly experiment: ResolvedExperiment; readonly folder: string }
  | { readonly file: string };

async function readData(path: string): Promise<OtherData | NotEvaluated> {
  if (!(await mayBeExperiment(path))) return { file: resolve(path) };
  const { findings, experiment } = await checkExperiment(path);
  return experiment === undefined ? { findings } : { experiment, folder: dirname(resolve(path)) };
}

/** Rows of a table may be JSON, too: an experiment is called as one, or has one of the keys that each has. */
async function mayBeExperiment(path: string): Promise<boolean> {
  if (!/\.jsonc?$/.test(path)) return false;
  if (/\.distill\.jsonc?$/.test(path)) return true;
  const read = await readText(path);
  if ("problem" in read) return read.problem.code !== "too-large";
  const { root } = parse(read.text);
  return ["data", "student"].some((key) => nodeAt(root, [key])?.type === "object");
}

async function evaluationOf(
  reference: string,
  { teacher, runsDirectory }: EvaluateOptions,
  data: DataOptions,
): Promise<Evaluation | NotEvaluated> {
  if (teacher) return teacherOn(reference, { ...data, ...(runsDirectory ? { runsDirectory } : {}) });
  if (reference.endsWith(".distill.json"))
    return refusal(
      "wrong-model",
      `${shown(reference)} is an experiment; its students are in its runs: \`distill list\` shows them.`,
      "Use --teacher to evaluate its teacher.",
    );
  if (await isModel(reference)) return modelOn(resolve(reference), data);
  const other = await otherModel(reference);
  if (other !== undefined) return other;
  return runOn(await findStudent(reference, runsDirectory), data);
}

/** The teacher with the experiment's preprocessing, on the engine that would train there. */
async function teacherOn(
  file: string,
  { runsDirectory, ...data }: DataOptions & Pick<EvaluateOptions, "runsDirectory">,
): Promise<Evaluation | NotEvaluated> {
  if (!/\.jsonc?$/.test(file))
    return refusal(
      "no-experiment",
      `--teacher evaluates the teacher of an experiment, and ${shown(file)} is no experiment's file.`,
      "Name the .distill.json file.",
    );
  const { findings, experiment } = await checkExperiment(file);
  if (experiment === undefined) return { findings };
  const { teacher, seed } = experiment;
  if (teacher === undefined) return refusal("no-teacher", `${shown(file)} has no teacher.`);
  const baseDirectory = dirname(resolve(file));
  const runs = resolve(runsDirectory ?? join(baseDirectory, ".distill", "runs"));
  await haveEngine(data.say);
  const opened = await assessedTeacher({ ...experiment, teacher }, { baseDirectory, runs });
  if ("problem" in opened) return opened;
  const own = {
    name: "path" in teacher ? resolve(baseDirectory, teacher.path) : `the teacher of ${shown(file)}`,
    data: experiment.data,
    baseDirectory,
    seed,
    task: experiment.task,
    ...opened,
  };
  return withData(own, data);
}

function modelOn(model: string, { other }: DataOptions): Evaluation | NotEvaluated {
  if (other === undefined || "file" in other)
    return refusal(
      "no-data",
      other === undefined
        ? "A model does not describe its data: name an experiment file with --data."
        : `${shown(other.file)} is no experiment, and a model does not describe its data: name an experiment file with --data.`,
    );
  const { experiment, folder } = other;
  const { data, seed, task } = experiment;
  return { name: model, model, data, baseDirectory: folder, seed, task };
}

async function runOn(path: string, options: DataOptions): Promise<Evaluation | NotEvaluated> {
  const run = await openRun(path);
  const { model, stage } = await studentOf(run.path, run.id);
  const stageText = namedStageWords((await readManifest(run))?.stages, stage);
  return withData({ name: model, model, stage, stageText, ...(await runData(run)) }, options);
}

/** A model keeps its own preprocessing on other data, which may have to be fitted on its training data. */
function withData(own: Evaluation, { other, split }: DataOptions): Evaluation | NotEvaluated {
  if (other === undefined) return own;
  if ("file" in other && split !== undefined)
    return refusal(
      "wrong-option",
      "--split has no effect with a file of samples in --data, all of which are evaluated: leave --split out, or name an experiment in --data.",
    );
  const { data } = own;
  const source =
    "file" in other ? withPath(ownSource(data.test) ?? data.train, other.file) : sourceOf(other, split);
  return typeof source === "string"
    ? refusal("no-data", source)
    : { ...own, otherTest: source, split: "test" };
}

async function studentOf(path: string, id: string) {
  for (const kind of ["best", "final"] as const) {
    const model = await modelFile(path, kind);
    if (model === undefined) continue;
    await assertStudentWhole(path, kind);
    return { model, stage: await studentStage(path, kind) };
  }
  throw new RunError("no-student", `Run ${id} has no student yet.`, awaitStudent(path));
}

/** All samples of another file, read as the run's own. A table may have another format: what was learned names its columns. */
function withPath(source: Source, file: string): Source | string {
  // Of a table of images, `path` is a column.
  const key = ["table", "folder", "path"].find((name) => name in source);
  if (key === undefined)
    return `The data are ${source.type} files, of which there are two: name an experiment file with --data.`;
  const { skip, take, takeSeed, balanced, ...whole } = {
    ...{ skip: undefined, take: undefined, takeSeed: undefined, balanced: undefined },
    ...source,
  };
  if (!isTable(whole) || whole.type === formatOf(file)) return { ...whole, [key]: file } as Source;
  const { label, labelSeparator, features, shape } = whole;
  return { type: formatOf(file), path: file, label, labelSeparator, features, shape } as Source;
}

const isTable = (source: { readonly type: string }): source is Extract<Source, { type: TableFormat }> =>
  tableFormats.some((format) => format === source.type);

function sourceOf(
  { experiment, folder }: Extract<OtherData, { folder: string }>,
  split?: Split,
): Source | string {
  const { train, validation, test } = experiment.data;
  const whole = { train, test: ownSource(test), validation: ownSource(validation) };
  const source = split === undefined ? (whole.test ?? whole.validation ?? train) : whole[split];
  if (source === undefined)
    return `The experiment in --data has no ${split} source of its own${isShare(experiment.data[split ?? "test"]) ? ", but holds samples of data.train back: without --data a run is measured by those of its own." : "."}`;
  const inFolder = sourceFiles(source).map(([key, path]) => [key, resolve(folder, path)]);
  return { ...source, ...Object.fromEntries(inFolder) };
}

/** Of a split that is no share of the training samples. */
const ownSource = (given: ResolvedData["validation"]): Source | undefined =>
  isShare(given) ? undefined : given;

const isSplit = (text: string): text is Split => Object.hasOwn(splits, text);

const modelName = /\.(onnx|json)$/;

/** A file of a model's kind; runs are folders, or names that are no path. */
async function isModel(reference: string): Promise<boolean> {
  return modelName.test(reference) && (await stat(reference).catch(() => undefined))?.isFile() === true;
}

/** Of what is called as a model's file is, or holds a model, and is no such file itself; undefined for runs. */
async function otherModel(reference: string): Promise<NotEvaluated | undefined> {
  const there = await stat(reference).catch(() => undefined);
  const entries = there?.isDirectory() ? await readdir(reference).catch(() => []) : [];
  if (entries.includes("saved_model.pb"))
    return refusal(
      "wrong-model",
      `${shown(reference)} is a TensorFlow SavedModel, which is evaluated as a teacher.`,
      `Name it in an experiment as "teacher": { "type": "savedModel", "path": ${quoted(reference)} }, then use --teacher on that.`,
    );
  const model = entries.includes("job.json") ? undefined : modelNames.find((name) => entries.includes(name));
  if (model !== undefined)
    return refusal(
      "wrong-model",
      `${shown(reference)} is a folder with a model.`,
      `Name its file: ${shown(join(reference, model))}.`,
    );
  if (there?.isFile() !== true && !modelName.test(reference)) return undefined;
  return there === undefined
    ? refusal(
        "missing",
        `There is no file ${shown(reference)}.`,
        "Name a model.json or an .onnx file, or a run.",
      )
    : refusal(
        "no-model",
        `${shown(reference)} is no model's file.`,
        "Name a model.json or an .onnx file, or a run.",
      );
}

const isRefusal = (given: object): given is NotEvaluated => "findings" in given || "problem" in given;

const refusal = problem;
