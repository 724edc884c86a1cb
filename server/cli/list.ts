import { runsFrom } from "../api/findRun.ts";
import { seeQueue } from "../executors/slurmQueue.ts";
import { grouped } from "../grouped.ts";
import type { RunSummary } from "../protocol.ts";
import { differsTexts } from "../runs/differsTexts.ts";
import { stageWords } from "../runs/runStages.ts";
import { taskOfSplits } from "../tasks/tasks.ts";
import { keyMetricText, none } from "../terminal/keyMetric.ts";
import { shown } from "../terminal/shownPath.ts";
import { standing } from "../terminal/standing.ts";
import { complain, type ExitCode, exit, print, printJson, type Terminal } from "../terminal/terminal.ts";
import { duration, settingsText, table } from "../terminal/wording.ts";

export interface ListOptions {
  readonly runsDirectory?: string;
  readonly json?: boolean;
}

/** `distill list`: the runs of this folder and those below, newest first. */
export async function list({ runsDirectory, json }: ListOptions, terminal: Terminal): Promise<ExitCode> {
  let runs = await runsFrom(runsDirectory);
  if (runs.some(isInQueue)) {
    await seeQueue();
    runs = await runsFrom(runsDirectory);
  }
  if (json) printJson(terminal, runs);
  else if (runs.length === 0) complain(terminal, "There are no runs here. Start one with: distill run FILE");
  else {
    const head = metricHead(runs);
    print(
      terminal,
      ...table(
        [
          ["run", "state", "step", head, "time", "experiment"],
          ...inSweeps(runs).map((run) => row(run, head === "metric")),
        ],
        { alignRight: [2, 3, 4] },
      ),
    );
  }
  return exit.done;
}

/** What the queue may say something of. */
const isInQueue = ({ queued, state, sweep, doing }: RunSummary): boolean =>
  queued === true ||
  (state === "running" && sweep !== undefined && sweep.current === undefined && doing !== undefined);

/** The metric that ranks each; `metric` where they are of several tasks. */
function metricHead(runs: readonly RunSummary[]): string {
  const measured = runs.filter((run) => keyMetricText(run) !== none);
  const keys = new Set(measured.map(({ metrics }) => taskOfSplits(metrics).key));
  const [key = "accuracy"] = keys;
  return keys.size > 1 ? "metric" : key;
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

/** @param isNamed the metric of each is named */
function row(run: RunSummary, isNamed: boolean): string[] {
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
    stages,
    note,
    tags = [],
  } = run;
  const stage = state === "completed" ? undefined : stageWords(stages);
  const left = etaSeconds === undefined ? "" : `, ${duration(etaSeconds)} left`;
  const of = sweep
    ? ` of ${grouped(sweep.total)} runs`
    : totalSteps === undefined
      ? ""
      : `/${grouped(totalSteps)}`;
  return [
    member ? `  ${id}` : id,
    `${standing(run)}${stage === undefined ? "" : `, ${stage}`}${left}`,
    grouped(step) + of,
    isNamed ? namedMetric(run) : keyMetricText(run),
    duration(elapsedSeconds),
    [
      state === "unreadable"
        ? `${message} [${code}]`
        : member
          ? settingsText(member.settings)
          : shown(experiment),
      ...tags.map((tag) => `#${tag}`),
      ...(note === undefined ? [] : [`“${note}”`]),
      ...(changed ?? []),
      ...warnings.flatMap(({ code, message }) => (code.endsWith("-damaged") ? [message] : [])),
      ...(differs ? differsTexts({ differs }) : []),
    ].join("  · "),
  ];
}

function namedMetric(run: RunSummary): string {
  const text = keyMetricText(run);
  return text === none ? text : `${taskOfSplits(run.metrics).key}, ${text}`;
}
