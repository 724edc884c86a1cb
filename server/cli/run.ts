import { dirname, resolve } from "node:path";
import { findNode } from "../runs/node.ts";
import { createRun } from "../runs/runDirectory.ts";
import { ownRunsFolder } from "../runs/runsFolder.ts";
import { complain, type ExitCode, exit, type Terminal } from "../terminal/terminal.ts";
import { checkExperiment, nameOf } from "./experiment.ts";
import { teacherProblem } from "./teacherOnly.ts";
import { train } from "./train.ts";

export interface RunOptions {
  readonly set?: readonly string[];
  readonly engine?: string;
  readonly device?: string;
  readonly jobs?: string;
  /** Trains only the teacher that the file describes. */
  readonly teacherOnly?: boolean;
  readonly runsDirectory?: string;
  readonly detach?: boolean;
  readonly json?: boolean;
  readonly tensorboard?: string;
  /** Stops the run as the first Ctrl-C does. */
  readonly signal?: AbortSignal;
}

/** `distill run FILE`: on errors in the file nothing is created. */
export async function run(file: string, options: RunOptions, terminal: Terminal): Promise<ExitCode> {
  const sets = [
    ...(options.set ?? []),
    ...(["engine", "device"] as const).flatMap((key) =>
      options[key] === undefined ? [] : [`${key}=${JSON.stringify(options[key])}`],
    ),
    ...(options.jobs === undefined ? [] : [`jobs=${options.jobs}`]),
  ];
  const { lines, notes, warned, experiment, sweep, overrides } = await checkExperiment(file, sets);
  complain(terminal, ...lines, ...notes);
  if (experiment === undefined) return exit.wrongFile;
  const subject = options.teacherOnly ? "teacher" : undefined;
  const untrainable = subject && teacherProblem(experiment);
  if (untrainable !== undefined) {
    complain(terminal, untrainable.message, untrainable.hint);
    return exit.failed;
  }
  await findNode(); // before anything is created
  const name = experiment.name ?? nameOf(file);
  const directory = await createRun({
    runsDirectory: options.runsDirectory ?? ownRunsFolder(dirname(resolve(file))),
    experimentFile: file,
    name,
    // A teacher trained on its own is the same for every run of a sweep.
    ...(sweep && subject === undefined ? sweep : { experiment }),
    subject,
    ...(overrides === undefined ? {} : { overrides }),
  });
  const { json, detach, signal, tensorboard } = options;
  return train(
    directory,
    { name, from: 0, printedWarnings: warned, json, detach, signal, tensorboard },
    terminal,
  );
}
