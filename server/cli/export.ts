import { mkdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type ExportFormat, exportFormats, exportModel } from "../engine/train/exportModel.ts";
import { writeFileDurably, writeFolderDurably } from "../runs/durable.ts";
import { openRun, type RunDirectory, readJob } from "../runs/runDirectory.ts";
import { assertStudentWhole, type StudentKind } from "../runs/student.ts";
import { complain, type ExitCode, exit, print, type Terminal } from "../terminal/terminal.ts";
import { shown } from "./experiment.ts";
import { findStudent } from "./findStudent.ts";

export interface ExportOptions {
  readonly format: string;
  readonly out: string;
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
  const { format, out, layout, weights = "best", runsDirectory } = options;
  const wrong =
    choice("--format", format, exportFormats) ??
    choice("--layout", layout ?? "nhwc", ["nhwc", "nchw"]) ??
    choice("--weights", weights, ["best", "final"]);
  if (wrong !== undefined) {
    complain(terminal, wrong);
    return exit.failed;
  }
  const run = await openRun(await findStudent(reference, runsDirectory));
  await assertStudentWhole(run.path, weights as StudentKind);
  const files = await exportModel({
    modelJson: join(run.path, weights, "model.json"),
    format: format as ExportFormat,
    layout: layout as "nhwc" | "nchw" | undefined,
    name: (await readJob(run)).name,
    preprocessing: await preprocessing(run),
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return {
      problem: { message: `Run ${run.id} has no student yet.`, hint: "Resume it, or wait for its end." },
    };
  });
  if ("problem" in files) {
    const { message, hint } = files["problem"] as { message: string; hint?: string };
    complain(terminal, message, ...(hint === undefined ? [] : [hint]));
    return exit.failed;
  }
  const target = resolve(out);
  const [single] = Object.values(files);
  await mkdir(dirname(target), { recursive: true });
  if (format === "onnx" && single !== undefined) await writeFileDurably(target, single);
  else await writeFolderDurably(target, files);
  print(terminal, `${shown(target)}  ${format}, ${weights} weights of ${run.id}`);
  return exit.done;
}

const choice = (option: string, value: string, choices: readonly string[]): string | undefined =>
  choices.includes(value) ? undefined : `${option} is "${value}"; expected ${choices.join(" or ")}.`;

/** As in "x · 0.00392, then (x − 0.13) / 0.31": the model takes samples after this. */
async function preprocessing(run: RunDirectory): Promise<string | undefined> {
  const manifest = JSON.parse(await readFile(run.manifest, "utf8").catch(() => "null")) as {
    normalize?: { scale: number; mean: number[]; std: number[] };
  } | null;
  if (manifest?.normalize === undefined) return undefined;
  const { scale, mean, std } = manifest.normalize;
  return `Preprocessing of a raw sample x: x · ${scale}, then (x − ${mean.join(", ")}) / ${std.join(", ")}.`;
}
