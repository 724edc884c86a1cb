import type { ExportOptions } from "../api/exportOptions.ts";
import { type ExportedStudent, exportStudent } from "../api/exportStudent.ts";
import type { ExportedModel } from "../engine/train/exportModel.ts";
import type { PrecisionReport } from "../engine/train/lowPrecision.ts";
import { exportBlock } from "../terminal/exportBlock.ts";
import { precisionBlock } from "../terminal/precisionBlock.ts";
import { shown } from "../terminal/shownPath.ts";
import { complain, type ExitCode, exit, print, printJson, type Terminal } from "../terminal/terminal.ts";

/** What was written, as `--json` prints it. */
type ExportJson = Pick<ExportedStudent, "run" | "format" | "weights" | "path"> &
  Pick<ExportedModel, "input" | "output" | "card"> & {
    /** What fewer bits cost. */
    readonly precision?: PrecisionReport;
  };

/** `distill export RUN --format F --out PATH`: the student as a model file that other programs load, or in a page. */
export async function exportRun(
  reference: string,
  { json = false, ...options }: ExportOptions & { readonly json?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const done = await exportStudent(reference, options, (line) => complain(terminal, line));
  const measured = done.report === undefined ? [] : precisionBlock(done.report);
  if ("problem" in done) {
    const { message, hint } = done.problem;
    complain(terminal, message, ...(hint === undefined ? [] : [hint]), ...measured);
    return exit.failed;
  }
  if (json) printJson(terminal, jsonOf(done));
  else print(terminal, ...lines(done), ...measured);
  return exit.done;
}

function jsonOf({ run, format, weights, path, exported, report }: ExportedStudent): ExportJson {
  const { input, output, card } = exported;
  return {
    run,
    format,
    weights,
    path,
    input,
    output,
    card,
    ...(report && { precision: report }),
  };
}

function lines({
  run,
  format,
  weights,
  path,
  exported,
  samples,
  stageText,
  page = [],
}: ExportedStudent): string[] {
  const stage = stageText === undefined ? "" : `, of the stage ${stageText}`;
  return [
    `${shown(path)}  ${format}, ${weights} weights of ${run}${stage}`,
    ...(format === "web" ? page : exportBlock({ format, path: shown(path), exported, samples })),
  ];
}
