import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { ResolvedData, ResolvedExperiment } from "../../schemas/resolvedExperiment.gen.ts";
import { loadOnnxRuntime } from "../engine/native/onnxruntime.ts";
import { type Assessment, type AssessOptions, assess } from "../engine/train/assess.ts";
import { openRun, readExperiment, readJob } from "../runs/runDirectory.ts";
import { RunError } from "../runs/runError.ts";
import { complain, type ExitCode, exit, print, type Terminal } from "../terminal/terminal.ts";
import { count, percent, table, value } from "../terminal/wording.ts";
import { checkExperiment, shown } from "./experiment.ts";
import { findRun } from "./findRun.ts";

type Split = NonNullable<AssessOptions["split"]>;
type Source = ResolvedData["train"];

export interface EvaluateOptions {
  /** An experiment file; for a run also a table or archive of the form of the run's own data. */
  readonly data?: string;
  readonly split?: string;
  readonly json?: boolean;
  readonly runsDirectory?: string;
}

/**
 * `distill evaluate RUN|MODEL --data FILE`: measures a run's best student, or a model in a file, on data that need not
 * be the run's own.
 */
export async function evaluate(
  reference: string,
  options: EvaluateOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { split } = options;
  if (split !== undefined && !isSplit(split))
    return refuse(terminal, `--split is "${split}"; expected train, validation or test.`);
  const other = options.data === undefined ? undefined : await readData(options.data);
  if (other !== undefined && "lines" in other) {
    complain(terminal, ...other.lines);
    return exit.wrongFile;
  }
  const asked = (await isModel(reference))
    ? modelOn(resolve(reference), other)
    : await runOn(await findRun(reference, options.runsDirectory), other, split);
  if (typeof asked === "string") return refuse(terminal, asked);

  const found = await assess({
    split,
    ...asked,
    load: loadOnnxRuntime,
    threads: Math.min(availableParallelism(), 8),
  });
  if ("problem" in found) {
    const { message, hint } = found.problem;
    return refuse(terminal, message, ...(hint === undefined ? [] : [hint]));
  }
  if (options.json) print(terminal, JSON.stringify({ model: asked.model, ...found }, null, 2));
  else print(terminal, ...lines(asked.model, found));
  return exit.done;
}

type Asked = Pick<AssessOptions, "model" | "data" | "baseDirectory" | "seed"> & { readonly split?: Split };

/** What `--data` names: an experiment's data, or a single file. */
type OtherData =
  | { readonly experiment: ResolvedExperiment; readonly folder: string }
  | { readonly file: string };

async function readData(path: string): Promise<OtherData | { readonly lines: readonly string[] }> {
  if (!/\.jsonc?$/.test(path)) return { file: resolve(path) };
  const { lines, experiment } = await checkExperiment(path);
  return experiment === undefined ? { lines } : { experiment, folder: dirname(resolve(path)) };
}

function modelOn(model: string, other: OtherData | undefined): Asked | string {
  if (other === undefined || "file" in other)
    return "A model alone does not say what its data look like: name an experiment file with --data.";
  const { experiment, folder } = other;
  return { model, data: experiment.data, baseDirectory: folder, seed: experiment.seed };
}

/** A run's student sees other data through its own preprocessing, which may have to be measured on its training data. */
async function runOn(
  path: string,
  other: OtherData | undefined,
  split: Split | undefined,
): Promise<Asked | string> {
  const run = await openRun(path);
  const { data, seed } = (await readExperiment(run)) as ResolvedExperiment;
  const { baseDirectory } = await readJob(run);
  const model = await studentOf(run.path, run.id);
  const own = { model, data, baseDirectory, seed };
  if (other === undefined) return own;
  const source = "file" in other ? withPath(data.test ?? data.train, other.file) : sourceOf(other, split);
  return typeof source === "string" ? source : { ...own, data: { ...data, test: source }, split: "test" };
}

async function studentOf(path: string, id: string): Promise<string> {
  for (const kind of ["best", "final"]) {
    const model = join(path, kind, "model.json");
    if (await exists(model)) return model;
  }
  throw new RunError("no-student", `Run ${id} has no student yet.`, "Resume it, or wait for its end.");
}

function withPath(source: Source, file: string): Source | string {
  if ("path" in source) return { ...source, path: file };
  return `The run's data are ${source.type} files, of which there are two: name an experiment file with --data.`;
}

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
  const inFolder = Object.entries(source).map(([key, value]) => [
    key,
    isPath(source, key) ? resolve(folder, value) : value,
  ]);
  return Object.fromEntries(inFolder) as Source;
}

/** An archive's `features` and `labels` are names of arrays, not files. */
const isPath = ({ type }: Source, key: string): boolean =>
  type === "npz" || type === "csv" ? key === "path" : ["images", "labels", "features"].includes(key);

function lines(model: string, { split, samples, parameters, metrics, confusion }: Assessment): string[] {
  const worst = confusion.flatMap((row, label) => row.map((times, found) => ({ label, found, times })));
  const [most] = worst.filter(({ label, found }) => label !== found).sort((a, b) => b.times - a.times);
  return [
    `${shown(model)} on ${split}, ${count(samples)} samples`,
    ...table([
      ...(parameters === undefined ? [] : [["  parameters", count(parameters)]]),
      ...Object.entries(metrics).map(([name, number]) => [
        `  ${name}`,
        name === "accuracy" || name === "top5" ? percent(number) : value(number),
      ]),
      ...(most === undefined || most.times === 0
        ? []
        : [["  most confused", `${most.label} taken for ${most.found}, ${count(most.times)} times`]]),
    ]),
  ];
}

const isSplit = (text: string): text is Split => ["train", "validation", "test"].includes(text);

/** A file of a model's kind; runs are folders, or names that are no path. */
async function isModel(reference: string): Promise<boolean> {
  return (
    /\.(onnx|json)$/.test(reference) && (await stat(reference).catch(() => undefined))?.isFile() === true
  );
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

function refuse(terminal: Terminal, ...said: readonly string[]): ExitCode {
  complain(terminal, ...said);
  return exit.failed;
}
