import { resolve } from "node:path";
import { findRun } from "../api/findRun.ts";
import { type ReportFormatName, reportFormatNames } from "../optionValues.ts";
import { reportFormats } from "../report/formats.ts";
import { readRunReport, readSweepReport } from "../report/report.ts";
import { readAnswers } from "../runs/answers.ts";
import { keptOf, writeOutput } from "../runs/outputPlace.ts";
import { openRun, type RunDirectory, readJob } from "../runs/runDirectory.ts";
import { shown } from "../terminal/shownPath.ts";
import { complain, type ExitCode, exit, print, printJson, type Terminal } from "../terminal/terminal.ts";

export interface ReportOptions {
  readonly format?: string;
  readonly out?: string;
  readonly replace?: boolean;
  readonly json?: boolean;
  readonly runsDirectory?: string;
}

/** What was written, as `--json` prints it. */
interface ReportJson {
  readonly run: string;
  readonly format: ReportFormatName;
  /** Absolute. */
  readonly path: string;
}

/**
 * `distill report RUN --format F --out FILE`: what a run has shown, as a file; without `--out`, on the terminal. With `--json` the
 * report itself is JSON, or, where a file is asked for, what says which file it is.
 */
export async function report(
  reference: string,
  {
    json = false,
    out,
    replace,
    format = json && out === undefined ? "json" : "html",
    runsDirectory,
  }: ReportOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  if (!isFormat(format)) {
    complain(terminal, `--format is "${format}"; expected ${Object.keys(reportFormatNames).join(", ")}.`);
    return exit.failed;
  }
  const isPrinted = out === undefined && format !== "html";
  if (json && isPrinted && format !== "json") {
    complain(terminal, `With --json, ${format} needs --out FILE: stdout has one JSON value.`);
    return exit.failed;
  }
  if (replace && isPrinted) {
    complain(terminal, `--replace has an effect only with --out: ${format} is printed.`);
    return exit.failed;
  }
  const run = await openRun(await findRun(reference, runsDirectory));
  const text = await written(run, format);
  if (isPrinted) {
    print(terminal, ...text.trimEnd().split(/\r?\n/));
    return exit.done;
  }
  const file = resolve(out ?? `${run.id}${reportFormats[format].ending}`);
  await writeOutput({ path: file, kept: await keptOf(run), replace }, text);
  if (json) printJson(terminal, { run: run.id, format, path: file } satisfies ReportJson);
  else print(terminal, shown(file));
  return exit.done;
}

/** Samples on a page. */
const pageSizes = { set: 12, cell: 6, cells: 10 };

const isFormat = (name: string): name is ReportFormatName => Object.hasOwn(reportFormats, name);

async function written(run: RunDirectory, name: ReportFormatName): Promise<string> {
  const format = reportFormats[name];
  if (!(await readJob(run)).members) {
    const report = await readRunReport(run);
    if (name !== "html" || !(report.confusion || (await readAnswers(run.path))?.outputs))
      return format.run(report);
    const { readInspected } = await import("../report/inspected.ts");
    return format.run({ ...report, inspected: await readInspected(run, pageSizes) });
  }
  return format.sweep(await readSweepReport(run));
}
