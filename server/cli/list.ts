import { grouped } from "../grouped.ts";
import type { RunSummary } from "../protocol.ts";
import { listRuns } from "../runs/list.ts";
import { keyMetricText } from "../terminal/keyMetric.ts";
import { settingsText } from "../terminal/sweepTable.ts";
import { complain, type ExitCode, exit, print, printJson, type Terminal } from "../terminal/terminal.ts";
import { duration, table } from "../terminal/wording.ts";
import { shown } from "./experiment.ts";
import { runsDirectories } from "./findRun.ts";

export interface ListOptions {
  readonly runsDirectory?: string;
  readonly json?: boolean;
}

/** `distill list`: the runs of this folder and those below, newest first. */
export async function list({ runsDirectory, json }: ListOptions, terminal: Terminal): Promise<ExitCode> {
  const folders = await runsDirectories(runsDirectory);
  const runs = (await Promise.all(folders.map((folder) => listRuns(folder)))).flat();
  runs.sort((a, b) => (a.id < b.id ? 1 : -1));
  if (json) printJson(terminal, runs);
  else if (runs.length === 0) complain(terminal, "There are no runs here. Start one with: distill run FILE");
  else
    print(
      terminal,
      ...table([["run", "state", "step", "accuracy", "time", "experiment"], ...inSweeps(runs).map(row)], {
        alignRight: [2, 3, 4],
      }),
    );
  return exit.done;
}

/** The runs of a sweep are listed below it, in the order of training. */
function inSweeps(runs: readonly RunSummary[]): RunSummary[] {
  const sweeps = new Set(runs.flatMap(({ sweep, directory }) => (sweep ? [directory] : [])));
  const ownLine = runs.filter(({ member }) => member === undefined || !sweeps.has(member.sweep));
  return ownLine.flatMap((run) => [
    run,
    ...runs.filter(({ member }) => run.sweep && member?.sweep === run.directory).reverse(),
  ]);
}

function row(run: RunSummary): string[] {
  const {
    id,
    state,
    code,
    step,
    totalSteps,
    elapsedSeconds,
    etaSeconds,
    experiment,
    sweep,
    member,
    message,
    changed,
    differs,
    warnings = [],
  } = run;
  const left = etaSeconds === undefined ? "" : `, ${duration(etaSeconds)} left`;
  const of = sweep
    ? ` of ${grouped(sweep.total)} runs`
    : totalSteps === undefined
      ? ""
      : `/${grouped(totalSteps)}`;
  return [
    member ? `  ${id}` : id,
    state + left,
    grouped(step) + of,
    keyMetricText(run),
    duration(elapsedSeconds),
    [
      state === "unreadable"
        ? `${message} [${code}]`
        : member
          ? settingsText(member.settings)
          : shown(experiment),
      ...(changed ?? []),
      ...warnings.flatMap(({ code, message }) => (code === "log-damaged" ? [message] : [])),
      ...(differs ? differs.words.map((words) => `${words} than ${differs.from}`) : []),
    ].join("  · "),
  ];
}
