import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { ResolvedData, ResolvedExperiment } from "../../schemas/resolvedExperiment.gen.ts";
import { sourceFiles } from "../data/sources/sources.ts";
import { loadOnnxRuntime } from "../engine/native/onnxruntime.ts";
import { type Assessment, type AssessOptions, assess } from "../engine/train/assess.ts";
import { formatOf, type TableFormat, tableFormats } from "../fileQuery.ts";
import { grouped } from "../grouped.ts";
import { assessedTeacher } from "../inspection/assessedTeacher.ts";
import type { Problem } from "../problem.ts";
import { readManifest } from "../runs/manifest.ts";
import { runData } from "../runs/runData.ts";
import { openRun } from "../runs/runDirectory.ts";
import { RunError } from "../runs/runError.ts";
import { namedStageWords } from "../runs/runStages.ts";
import { assertStudentWhole, modelFile, studentStage } from "../runs/student.ts";
import { learned } from "../terminal/learned.ts";
import { complain, type ExitCode, exit, print, printJson, type Terminal } from "../terminal/terminal.ts";
import { metricText, percent, table } from "../terminal/wording.ts";
import { checkExperiment } from "./experiment.ts";
import { findStudent } from "./findStudent.ts";
import { shown } from "./shownPath.ts";

type Split = NonNullable<AssessOptions["split"]>;
type Source = ResolvedData["train"];

export interface EvaluateOptions {
  /** An experiment file; for a run also a file or folder of the form of the run's own data. */
  readonly data?: string;
  readonly split?: string;
  /** Evaluates the teacher of an experiment file. */
  readonly teacher?: boolean;
  readonly json?: boolean;
  readonly runsDirectory?: string;
}

/**
 * `distill evaluate RUN|MODEL --data FILE`: evaluates a run's best student, or a model file, on any data. `distill evaluate
 * EXPERIMENT --teacher`: evaluates the teacher as in the experiment's runs.
 */
export async function evaluate(
  reference: string,
  options: EvaluateOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { split } = options;
  if (split !== undefined && !isSplit(split))
    return refuse(terminal, refusal(`--split is "${split}"; expected train, validation or test.`));
  const other = options.data === undefined ? undefined : await readData(options.data);
  if (other !== undefined && "lines" in other) return refuse(terminal, other);
  const evaluation = await evaluationOf(reference, options, { other, split });
  if ("lines" in evaluation) return refuse(terminal, evaluation);

  const { name, stage, stageText, ...its } = evaluation;
  const found = await assess({ split, load: loadOnnxRuntime, threads: mostThreads(), ...its });
  if ("problem" in found) return refuse(terminal, refusalFor(found.problem));
  const { answers: _, confidence: __, ...told } = found;
  if (options.json) printJson(terminal, { model: name, stage, ...told });
  else print(terminal, ...lines({ name, stageText }, told));
  return exit.done;
}

const mostThreads = () => Math.min(availableParallelism(), 8);

interface Evaluation
  extends Pick<
      AssessOptions,
      "model" | "data" | "baseDirectory" | "cacheDirectory" | "seed" | "columns" | "task"
    >,
    Partial<Pick<AssessOptions, "load" | "threads">> {
  /** Displayed path of the model. */
  readonly name: string;
  /** The stage that a student's weights are of, and in words; absent where its training has none. */
  readonly stage?: string | undefined;
  readonly stageText?: string | undefined;
  readonly split?: Split;
}

/** Why nothing can be evaluated. */
interface Refusal {
  readonly lines: readonly string[];
  readonly code: ExitCode;
}

interface DataOptions {
  readonly other: OtherData | undefined;
  readonly split: Split | undefined;
}

/** What `--data` names: an experiment's data, or a single file. */
type OtherData =
  | { readonly experiment: ResolvedExperiment; readonly folder: string }
  | { readonly file: string };

async function readData(path: string): Promise<OtherData | Refusal> {
  if (!/\.jsonc?$/.test(path)) return { file: resolve(path) };
  const { lines, experiment } = await checkExperiment(path);
  return experiment === undefined
    ? { lines, code: exit.wrongFile }
    : { experiment, folder: dirname(resolve(path)) };
}

async function evaluationOf(
  reference: string,
  { teacher, runsDirectory }: EvaluateOptions,
  data: DataOptions,
): Promise<Evaluation | Refusal> {
  if (teacher) return teacherOn(reference, { ...data, ...(runsDirectory ? { runsDirectory } : {}) });
  if (reference.endsWith(".distill.json"))
    return refusal(
      `${shown(reference)} is an experiment; its students are in its runs: \`distill list\` shows them.`,
      "Use --teacher to evaluate its teacher.",
    );
  if (await isModel(reference)) return modelOn(resolve(reference), data);
  if (modelName.test(reference)) return refusal(`There is no file ${shown(reference)}.`);
  return runOn(await findStudent(reference, runsDirectory), data);
}

/** The teacher with the experiment's preprocessing, on the engine that would train there. */
async function teacherOn(
  file: string,
  { runsDirectory, ...data }: DataOptions & Pick<EvaluateOptions, "runsDirectory">,
): Promise<Evaluation | Refusal> {
  const { lines, experiment } = await checkExperiment(file);
  if (experiment === undefined) return { lines, code: exit.wrongFile };
  const { teacher, seed } = experiment;
  if (teacher === undefined) return refusal(`${shown(file)} has no teacher.`);
  const baseDirectory = dirname(resolve(file));
  const runs = resolve(runsDirectory ?? join(baseDirectory, ".distill", "runs"));
  const opened = await assessedTeacher({ ...experiment, teacher }, { baseDirectory, runs });
  if ("problem" in opened) return refusalFor(opened.problem);
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

function modelOn(model: string, { other }: DataOptions): Evaluation | Refusal {
  if (other === undefined || "file" in other)
    return refusal("A model does not describe its data: name an experiment file with --data.");
  const { experiment, folder } = other;
  const { data, seed, task } = experiment;
  return { name: model, model, data, baseDirectory: folder, seed, task };
}

async function runOn(path: string, options: DataOptions): Promise<Evaluation | Refusal> {
  const run = await openRun(path);
  const { model, stage } = await studentOf(run.path, run.id);
  const stageText = namedStageWords((await readManifest(run))?.stages, stage);
  return withData({ name: model, model, stage, stageText, ...(await runData(run)) }, options);
}

/** A model keeps its own preprocessing on other data, which may have to be fitted on its training data. */
function withData(own: Evaluation, { other, split }: DataOptions): Evaluation | Refusal {
  if (other === undefined) return own;
  const { data } = own;
  const source = "file" in other ? withPath(data.test ?? data.train, other.file) : sourceOf(other, split);
  return typeof source === "string"
    ? refusal(source)
    : { ...own, data: { ...data, test: source }, split: "test" };
}

async function studentOf(path: string, id: string) {
  for (const kind of ["best", "final"] as const) {
    const model = await modelFile(path, kind);
    if (model === undefined) continue;
    await assertStudentWhole(path, kind);
    return { model, stage: await studentStage(path, kind) };
  }
  throw new RunError("no-student", `Run ${id} has no student yet.`, "Resume it, or wait for its end.");
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
  const whole = {
    train,
    test,
    validation: validation !== undefined && "split" in validation ? undefined : validation,
  };
  const source = split === undefined ? (whole.test ?? whole.validation ?? train) : whole[split];
  if (source === undefined) return `The experiment in --data has no ${split} source of its own.`;
  const inFolder = sourceFiles(source).map(([key, path]) => [key, resolve(folder, path)]);
  return { ...source, ...Object.fromEntries(inFolder) };
}

function lines(
  { name: model, stageText }: Pick<Evaluation, "name" | "stageText">,
  { split, samples, parameters, learned: its, reading, warnings, metrics, confusion, classNames }: Assessment,
): string[] {
  const named = (label: number) => classNames?.[label] ?? String(label);
  const worst = (confusion ?? []).flatMap((row, label) =>
    row.map((times, found) => ({ label, found, times })),
  );
  const [most] = worst.filter(({ label, found }) => label !== found).sort((a, b) => b.times - a.times);
  return [
    // First, as a terminal shows the end of the output.
    ...(confusion === undefined ? [] : byClass(confusion, named)),
    `${shown(model)} on ${split}, ${grouped(samples)} samples`,
    ...(reading === undefined ? [] : [`  ${reading}`]),
    ...warnings.map(({ code, message }) => `warning: ${message} [${code}]`),
    ...table([
      ...(stageText === undefined ? [] : [["  stage", stageText]]),
      ...(parameters === undefined ? [] : [["  parameters", grouped(parameters)]]),
      ...(its === undefined ? [] : [["  learned", learned(its)]]),
      // Of five classes or fewer, every answer is among the first five.
      ...Object.entries(metrics)
        .filter(([name]) => name !== "top5" || (confusion?.length ?? 0) > 5)
        .map(([name, number]) => [`  ${name}`, metricText(name, number)]),
      ...(most === undefined || most.times === 0
        ? []
        : [
            [
              "  most confused",
              `${named(most.label)} predicted as ${named(most.found)}, ${grouped(most.times)} times`,
            ],
          ]),
    ]),
  ];
}

/** As many classes as fit on a screen; --json has them all. */
const mostShown = 20;

/** The classes by recall, the worst first. */
function byClass(confusion: readonly (readonly number[])[], named: (label: number) => string): string[] {
  const rows = confusion
    .map((row, label) => {
      const samples = row.reduce((sum, times) => sum + times, 0);
      const [wrong] = row
        .map((times, found) => ({ times, found }))
        .filter(({ times, found }) => found !== label && times > 0)
        .sort((a, b) => b.times - a.times);
      return { label, samples, recall: (row[label] as number) / samples, wrong };
    })
    .filter(({ samples }) => samples > 0)
    .sort((a, b) => a.recall - b.recall);
  const shown = rows.slice(0, mostShown);
  return [
    ...table(
      [
        ["  class", "recall", "samples", "mostly taken for"],
        ...shown.map(({ label, samples, recall, wrong }) => [
          `  ${named(label)}`,
          percent(recall),
          grouped(samples),
          wrong === undefined ? "" : `${named(wrong.found)} (${grouped(wrong.times)})`,
        ]),
      ],
      { alignRight: [1, 2] },
    ),
    ...(rows.length > mostShown ? [`  … and ${grouped(rows.length - mostShown)} with higher recall`] : []),
    "",
  ];
}

const isSplit = (text: string): text is Split => ["train", "validation", "test"].includes(text);

const modelName = /\.(onnx|json)$/;

/** A file of a model's kind; runs are folders, or names that are no path. */
async function isModel(reference: string): Promise<boolean> {
  return modelName.test(reference) && (await stat(reference).catch(() => undefined))?.isFile() === true;
}

const refusal = (...lines: readonly string[]): Refusal => ({ lines, code: exit.failed });

const refusalFor = ({ code, message, hint }: Problem): Refusal => ({
  lines: [message, ...(hint === undefined ? [] : [hint])],
  code: code === "teacher-stopped" ? exit.stopped : exit.failed,
});

function refuse(terminal: Terminal, { lines, code }: Refusal): ExitCode {
  complain(terminal, ...lines);
  return code;
}
