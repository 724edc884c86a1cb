import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { ResolvedExperiment } from "../../schemas/resolvedExperiment.gen.ts";
import type { RunResult } from "../../schemas/run-event.gen.ts";
import { type ExportFormat, exportFormats, exportModel } from "../engine/train/exportModel.ts";
import type { ModelCard, ModelOutput } from "../nets/modelCard.ts";
import { type Problem, problem } from "../problem.ts";
import { type Manifest, readManifest } from "../runs/manifest.ts";
import { openRun, type RunDirectory, readJob } from "../runs/runDirectory.ts";
import { trainedExperiment } from "../runs/runExperiment.ts";
import { runResult } from "../runs/runResult.ts";
import { namedStageWords } from "../runs/runStages.ts";
import { writeSealedFile, writeSealedFolder } from "../runs/sealedFolder.ts";
import { assertStudentWhole, modelFile, type StudentKind, studentStage } from "../runs/student.ts";
import { exportBlock } from "../terminal/exportBlock.ts";
import { complain, type ExitCode, exit, print, type Terminal } from "../terminal/terminal.ts";
import { findStudent } from "./findStudent.ts";
import { shown } from "./shownPath.ts";

export interface ExportOptions {
  readonly format: string;
  readonly out: string;
  readonly output?: string;
  readonly raw?: boolean;
  readonly layout?: string;
  readonly weights?: string;
  readonly runsDirectory?: string;
}

/** `distill export RUN --format F --out PATH`: the student as a model file that other programs load. */
export async function exportRun(
  reference: string,
  options: ExportOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { format, out, layout, weights = "best", raw = false, runsDirectory } = options;
  const { output } = options;
  const wrong =
    choice("--format", format, exportFormats) ??
    (output && choice("--output", output, ["probabilities", "logits", "numbers"])) ??
    choice("--layout", layout ?? "nhwc", ["nhwc", "nchw"]) ??
    choice("--weights", weights, ["best", "final"]);
  if (wrong !== undefined) {
    complain(terminal, wrong);
    return exit.failed;
  }
  const run = await openRun(await findStudent(reference, runsDirectory));
  await assertStudentWhole(run.path, weights as StudentKind);
  const manifest = (await readManifest(run)) ?? {};
  const { normalize, samples, stages } = manifest;
  const stage = await studentStage(run.path, weights as StudentKind);
  const stageText = namedStageWords(stages, stage);
  const exported =
    normalize === undefined
      ? noStudent(run)
      : await exportModel({
          model: (await modelFile(run.path, weights as StudentKind)) ?? join(run.path, weights, "model.json"),
          format: format as ExportFormat,
          layout: layout as "nhwc" | "nchw" | undefined,
          name: (await readJob(run)).name,
          output: output as ModelOutput | undefined,
          raw,
          normalize,
          samples,
          card: {
            ...(await cardOf(run, manifest, weights as StudentKind)),
            ...(stage === undefined ? {} : { stage }),
          },
        }).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== "ENOENT") throw error;
          return noStudent(run);
        });
  if ("problem" in exported) {
    const { message, hint } = exported.problem;
    complain(terminal, message, ...(hint === undefined ? [] : [hint]));
    return exit.failed;
  }
  const target = resolve(out);
  const { files } = exported;
  const { "model.onnx": single, "columns.json": columns } = files;
  await mkdir(dirname(target), { recursive: true });
  if (format === "onnx" && single !== undefined) {
    await writeSealedFile(target, single);
    if (columns !== undefined)
      await writeSealedFile(`${target.replace(/\.onnx$/, "")}.columns.json`, columns);
  } else await writeSealedFolder(target, files);
  print(
    terminal,
    `${shown(target)}  ${format}, ${weights} weights of ${run.id}${stageText === undefined ? "" : `, of the stage ${stageText}`}`,
    ...exportBlock({ format: format as ExportFormat, path: shown(target), exported, samples }),
  );
  return exit.done;
}

const choice = (option: string, value: string, choices: readonly string[]): string | undefined =>
  choices.includes(value) ? undefined : `${option} is "${value}"; expected ${choices.join(" or ")}.`;

const noStudent = ({ id }: RunDirectory): { readonly problem: Problem } =>
  problem("no-student", `Run ${id} has no student yet.`, "Resume it, or wait for its end.");

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
