import { checkExperiment, type ExperimentFinding, findingLine } from "../api/checkExperiment.ts";
import { newRun } from "../api/startRun.ts";
import { haveEngine } from "../haveEngine.ts";
import { complain, type ExitCode, exit, type Terminal } from "../terminal/terminal.ts";
import { mlflowPlace } from "../tracking/mlflow/place.ts";
import { train } from "./train.ts";

export interface RunOptions {
  readonly set?: readonly string[];
  readonly engine?: string;
  readonly device?: string;
  readonly jobs?: string;
  /** Where the runs of a sweep train. */
  readonly executor?: "local" | "slurm";
  /** Trains only the teacher that the file describes. */
  readonly teacherOnly?: boolean;
  readonly runsDirectory?: string;
  readonly detach?: boolean;
  readonly json?: boolean;
  readonly tensorboard?: string;
  readonly mlflow?: string;
  /** Stops the run as the first Ctrl-C does. */
  readonly signal?: AbortSignal;
}

/** `distill run FILE`: on errors in the file nothing is created. */
export async function run(file: string, options: RunOptions, terminal: Terminal): Promise<ExitCode> {
  const mlflow = options.mlflow && mlflowPlace(options.mlflow, process.cwd());
  const flags = flagsOf(options);
  const sets = [...(options.set ?? []), ...flags.keys()];
  const twice = options.set?.find((setting) =>
    [...flags.keys()].some((own) => pathOf(own) === pathOf(setting)),
  );
  if (twice !== undefined) {
    complain(terminal, `--set ${twice} has no effect with --${pathOf(twice)}: leave one of them out.`);
    return exit.failed;
  }
  const { teacherOnly, runsDirectory } = options;
  const executor = options.executor === "slurm" ? "slurm" : undefined;
  const checked = await checkExperiment(file, sets, teacherOnly ? {} : { executor });
  const { findings, notes, experiment } = checked;
  complain(
    terminal,
    ...findings.map((finding) => findingLine({ ...finding, flag: flags.get(finding.setting ?? "") })),
    ...notes,
  );
  if (experiment === undefined) return exit.wrongFile;
  if (options.jobs !== undefined && checked.sweep === undefined) {
    complain(
      terminal,
      "--jobs has an effect only on a sweep, and this file has neither `sweep` nor `seeds`: leave it out.",
    );
    return exit.failed;
  }
  const obstacle = () => haveEngine((line) => complain(terminal, line)).then(() => undefined);
  const made = await newRun(
    file,
    { ...checked, experiment },
    { teacherOnly, runsDirectory, executor, obstacle },
  );
  if ("problem" in made) {
    const { message, hint } = made.problem;
    complain(terminal, message, ...(hint === undefined ? [] : [hint]));
    return exit.failed;
  }
  const { json, detach, signal, tensorboard } = options;
  return train(
    made.run,
    {
      name: made.name,
      from: 0,
      printedWarnings: codesOf(findings),
      json,
      detach,
      signal,
      tensorboard,
      mlflow,
    },
    terminal,
  );
}

/** The settings that options of their own give, with how these are written. */
function flagsOf({ engine, device, jobs }: RunOptions): ReadonlyMap<string, string> {
  const texts = Object.entries({ engine, device }).flatMap(([key, value]) =>
    value === undefined ? [] : [[`${key}=${JSON.stringify(value)}`, `--${key} ${value}`] as const],
  );
  return new Map([...texts, ...(jobs === undefined ? [] : [[`jobs=${jobs}`, `--jobs ${jobs}`] as const])]);
}

const pathOf = (setting: string): string => setting.slice(0, setting.indexOf("=")).trim();

const codesOf = (findings: readonly ExperimentFinding[]): ReadonlySet<string> =>
  new Set(findings.map(({ code }) => code));
