import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { ResolvedExperiment } from "../../schemas/resolvedExperiment.gen.ts";
import type { RunResult } from "../../schemas/run-event.gen.ts";
import type { RawSample } from "../data/rawSample.ts";
import { loadOnnxRuntime } from "../engine/native/onnxruntime.ts";
import { type ExportedModel, exportModel } from "../engine/train/exportModel.ts";
import { inLowPrecision, type PrecisionReport } from "../engine/train/lowPrecision.ts";
import { grouped } from "../grouped.ts";
import { haveEngine } from "../haveEngine.ts";
import type { ModelCard } from "../nets/modelCard.ts";
import type { ModelFormat } from "../optionValues.ts";
import { type Problem, problem } from "../problem.ts";
import { awaitStudent } from "../runs/awaitStudent.ts";
import { makeFolders, writeFileDurably } from "../runs/durable.ts";
import { type Manifest, readManifest } from "../runs/manifest.ts";
import {
  assertNotKept,
  assertOutput,
  assertOwnFolder,
  keptOf,
  type OutputPlace,
  rememberOutput,
} from "../runs/outputPlace.ts";
import { runData } from "../runs/runData.ts";
import { openRun, type RunDirectory, readJob } from "../runs/runDirectory.ts";
import { toOutput } from "../runs/runError.ts";
import { trainedExperiment } from "../runs/runExperiment.ts";
import { runResult } from "../runs/runResult.ts";
import { namedStageWords } from "../runs/runStages.ts";
import { writeSealedFile, writeSealedFolder } from "../runs/sealedFolder.ts";
import { assertStudentWhole, modelFile, type StudentKind, studentStage } from "../runs/student.ts";
import { metricText } from "../tasks/metricText.ts";
import { lossOf } from "../terminal/precisionBlock.ts";
import { type ExportOptions, type KnownOptions, knownOptions } from "./exportOptions.ts";
import { exportPage } from "./exportPage.ts";
import { findStudent } from "./findStudent.ts";

/** A model, or a page with it, that was written. */
export interface ExportedStudent extends MadeExport {
  readonly run: string;
  readonly format: KnownOptions["format"];
  readonly weights: StudentKind;
  /** Absolute path of the file or folder. */
  readonly path: string;
  /** Lines about a page. */
  readonly page?: readonly string[];
}

/** Why nothing is written; of a model in fewer bits that loses too much with what it loses. */
interface NotExported {
  readonly problem: Problem;
  readonly report?: PrecisionReport;
}

/**
 * Writes a run's student as a model file that other programs load, or in a page.
 * @param say is told of an engine that has to be fetched
 */
export async function exportStudent(
  reference: string,
  options: ExportOptions,
  say: (line: string) => void,
): Promise<ExportedStudent | NotExported> {
  const known = knownOptions(options);
  if ("problem" in known) return known;
  const run = await openRun(await findStudent(reference, options.runsDirectory));
  const places = await assertPlaces(run, known, options);
  if (known.precision !== "fp32") await haveEngine(say);
  const made = await madeExport(run, known);
  if ("problem" in made) return made;
  const { exported, report, samples } = made;
  const lost = report && tooMuch(report, known);
  if (report !== undefined && lost !== undefined) return { problem: lost, report };
  const { format, weights } = known;
  const path = resolve(options.out);
  const done = { ...made, run: run.id, format, weights, path };
  const page =
    format === "web" ? await exportPage(run, { exported, samples, file: pageOf(path) }) : undefined;
  if (page !== undefined && "problem" in page) return page;
  await toOutput(async () => {
    if (format !== "web") await write(path, format, exported);
    if (report !== undefined) await writeFileDurably(reportOf(path, format), reportText(report));
    for (const place of places) await rememberOutput(place);
  });
  return page === undefined ? done : { ...done, page };
}

/**
 * The files that may come, before anything is computed: a model in fewer bits takes a while. None of a folder, which is replaced as a
 * whole and has its checksums inside.
 */
async function assertPlaces(
  run: RunDirectory,
  { format, precision }: KnownOptions,
  { out, replace }: ExportOptions,
): Promise<readonly OutputPlace[]> {
  const path = resolve(out);
  const kept = await keptOf(run);
  if (format === "tfjs" || format === "savedmodel") {
    await assertNotKept(path, kept);
    await assertOwnFolder(path);
    return [];
  }
  const files = [
    ...(format === "web" ? [pageOf(path)] : [path, columnsOf(path)]),
    ...(precision === "fp32" ? [] : [reportOf(path, format)]),
  ];
  const places = files.map((file) => ({ path: file, kept, replace }));
  for (const place of places) await assertOutput(place);
  return places;
}

interface MadeExport {
  readonly exported: ExportedModel;
  /** Of fewer bits. */
  readonly report?: PrecisionReport;
  readonly stageText: string | undefined;
  readonly samples: RawSample | undefined;
}

async function madeExport(
  run: RunDirectory,
  known: KnownOptions,
): Promise<MadeExport | { readonly problem: Problem }> {
  const { weights, precision, calibrate } = known;
  await assertStudentWhole(run.path, weights);
  const manifest = (await readManifest(run)) ?? {};
  const { normalize, samples, stages } = manifest;
  const model = await modelFile(run.path, weights);
  if (normalize === undefined || model === undefined) return noStudent(run, weights);
  const stage = await studentStage(run.path, weights);
  const stageText = namedStageWords(stages, stage);
  const exported = await exportModel({
    ...known,
    format: known.format === "web" ? "onnx" : known.format,
    model,
    name: (await readJob(run)).name,
    normalize,
    samples,
    card: { ...(await cardOf(run, manifest, weights)), ...(stage === undefined ? {} : { stage }) },
  });
  if ("problem" in exported || precision === "fp32")
    return "problem" in exported ? exported : { exported, stageText, samples };
  const threads = Math.min(availableParallelism(), 8);
  const on = { ...(await runData(run)), load: loadOnnxRuntime, threads };
  const lowered = await inLowPrecision({ exported, precision, calibrate, on });
  return "problem" in lowered ? lowered : { ...lowered, stageText, samples };
}

/** Why a model in fewer bits is not written. */
function tooMuch(report: PrecisionReport, { maxDrop, calibrate }: KnownOptions): Problem | undefined {
  const { precision, metric, before, after, drop, samples, split } = report;
  if (drop <= maxDrop) return undefined;
  const accepted = Math.ceil(drop * 10) / 10;
  const others =
    precision === "int8"
      ? `${calibrate ? "Without --calibrate, or with " : "With "}--precision fp16 it loses less, or `
      : "";
  const [now, was] = [metricText(metric, after.value), metricText(metric, before.value)];
  const values = now === was ? "" : `, ${now} and not ${was}`;
  return problem(
    "export-drop",
    `Nothing is written: ${metric} is ${lossOf(report)} in ${precision}${values} on ${grouped(samples)} ${split} samples, and --max-drop is ${maxDrop}.`,
    `${others}--max-drop ${accepted} accepts it.`,
  ).problem;
}

async function write(target: string, format: ModelFormat, { files }: ExportedModel): Promise<void> {
  const { "model.onnx": single, "columns.json": columns } = files;
  makeFolders(dirname(target));
  if (format !== "onnx" || single === undefined) {
    await writeSealedFolder(target, files);
    return;
  }
  await writeSealedFile(target, single);
  if (columns !== undefined) await writeSealedFile(columnsOf(target), columns);
}

const reportText = (report: PrecisionReport): string => `${JSON.stringify(report, null, 2)}\n`;

const columnsOf = (target: string): string => `${besides(target)}.columns.json`;

/** What fewer bits cost. */
const reportOf = (path: string, format: KnownOptions["format"]): string =>
  `${besides(format !== "web" || pageEnding.test(path) ? path : join(path, "student"))}.precision.json`;

/** Files beside a model or a page begin with its name. */
const besides = (target: string): string => target.replace(/\.onnx$/, "").replace(pageEnding, "");

/** Of a path that is a page's own; another is that of its folder. */
const pageEnding = /\.html?$/i;

const pageOf = (path: string): string => (pageEnding.test(path) ? path : join(path, "index.html"));

async function noStudent(
  { id, path }: RunDirectory,
  weights: StudentKind,
): Promise<{ readonly problem: Problem }> {
  const other = weights === "best" ? "final" : "best";
  return (await modelFile(path, other))
    ? problem("no-student", `Run ${id} has no ${weights} weights.`, `Export the others: --weights ${other}.`)
    : problem("no-student", `Run ${id} has no student yet.`, awaitStudent(path));
}

async function cardOf(
  run: RunDirectory,
  { teacher, versions }: Manifest,
  weights: StudentKind,
): Promise<Omit<ModelCard, "output">> {
  const { name, subject } = await readJob(run);
  const { losses } = await trainedExperiment(run);
  const learned = subject === undefined ? { losses, ...temperatureOf(losses) } : {};
  const metrics = metricsOf(await runResult(run), weights);
  return {
    run: run.id,
    experiment: name,
    weights,
    ...(versions?.distillery === undefined ? {} : { distillery: versions.distillery }),
    ...(teacher === undefined || subject !== undefined ? {} : { teacher: teacher.hash }),
    ...learned,
    ...(metrics === undefined ? {} : { metrics }),
  };
}

function temperatureOf(losses: ResolvedExperiment["losses"]): Pick<ModelCard, "temperature"> {
  const all = new Set(losses.flatMap((loss) => ("temperature" in loss ? [lastOf(loss.temperature)] : [])));
  const [first, ...others] = all;
  return first === undefined ? {} : { temperature: others.length === 0 ? first : [...all] };
}

/** What it was at the end. */
const lastOf = (temperature: number | { readonly to: number }): number =>
  typeof temperature === "number" ? temperature : temperature.to;

/** The report is about the best weights, and about the last ones only where these are the same. */
function metricsOf(result: RunResult | undefined, weights: StudentKind): ModelCard["metrics"] {
  if (result === undefined) return undefined;
  const { best, test, steps } = result;
  if (weights === "final" && best !== undefined && best.step !== steps) return undefined;
  return { ...(best ? { validation: best.metrics } : {}), ...(test ? { test } : {}) };
}
