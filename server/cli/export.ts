import type { ExportOptions } from "../api/exportOptions.ts";
import { type ExportedStudent, exportStudent } from "../api/exportStudent.ts";
import { exportBlock } from "../terminal/exportBlock.ts";
import { precisionBlock } from "../terminal/precisionBlock.ts";
import { shown } from "../terminal/shownPath.ts";
import { complain, type ExitCode, exit, print, type Terminal } from "../terminal/terminal.ts";

/** `distill export RUN --format F --out PATH`: the student as a model file that other programs load, or in a page. */
export async function exportRun(
  reference: string,
  options: ExportOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const done = await exportStudent(reference, options, (line) => complain(terminal, line));
  const measured = done.report === undefined ? [] : precisionBlock(done.report);
  if ("problem" in done) {
    const { message, hint } = done.problem;
    complain(terminal, message, ...(hint === undefined ? [] : [hint]), ...measured);
    return exit.failed;
  }
  print(terminal, ...lines(done), ...measured);
  return exit.done;
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
