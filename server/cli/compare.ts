import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { findRun } from "../api/findRun.ts";
import { differences } from "../data/provenance.ts";
import { grouped, percent } from "../grouped.ts";
import { readAnswers } from "../runs/answers.ts";
import { differsTexts } from "../runs/differsTexts.ts";
import { listRuns, summarizeRun } from "../runs/list.ts";
import { readManifest } from "../runs/manifest.ts";
import { memberResults } from "../runs/memberResults.ts";
import { openRun, type RunDirectory, readExperiment, readJob } from "../runs/runDirectory.ts";
import { RunError } from "../runs/runError.ts";
import { stageWords } from "../runs/runStages.ts";
import { withoutUnion } from "../runs/settingChanges.ts";
import { memberDirectory } from "../runs/sweep.ts";
import { differenceText } from "../statistics/differenceText.ts";
import { type PairedDifference, pairedDifference } from "../statistics/pairedDifference.ts";
import { pairedMetric } from "../statistics/pairedMetric.ts";
import type { SplitAnswers } from "../statistics/splitAnswers.ts";
import { leftOutOnes, leftOutTexts } from "../sweep/leftOut.ts";
import { bestPoint, resultsOf } from "../sweep/results.ts";
import { metricText } from "../tasks/metricText.ts";
import { taskOf, taskOfSplits } from "../tasks/tasks.ts";
import { sweepTable } from "../terminal/sweepTable.ts";
import { type ExitCode, exit, print, printJson, type Terminal } from "../terminal/terminal.ts";
import { duration, table } from "../terminal/wording.ts";

export interface CompareOptions {
  readonly runsDirectory?: string;
  readonly json?: boolean;
}

/**
 * `distill compare RUN…`: differences of the experiments, and their results. A single sweep is a table of its combinations;
 * among others it stands for its runs.
 */
export async function compare(
  references: readonly string[],
  { runsDirectory, json }: CompareOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const named = await Promise.all(
    references.map(async (reference) => openRun(await findRun(reference, runsDirectory))),
  );
  const [only, ...others] = named;
  if (only && others.length === 0 && (await readJob(only)).members)
    return compareSweep(only, { json, terminal });
  const runs = await Promise.all(
    (await Promise.all(named.map(membersOrSelf))).flat().map(async (run) => ({
      id: run.id,
      path: run.path,
      parameters: leaves(withoutUnion(await readExperiment(run))),
      learnedFrom: (await readManifest(run)) ?? {},
      summary: await summarizeRun(run.path),
    })),
  );
  const paths = [...new Set(runs.flatMap(({ parameters }) => [...parameters.keys()]))];
  const differing = paths.filter(
    (path) => new Set(runs.map(({ parameters }) => parameters.get(path))).size > 1,
  );
  const [first, ...rest] = runs;
  const paired = first === undefined ? [] : await Promise.all(rest.map((run) => pairedWith(first, run)));
  const notes = runs.map(({ learnedFrom, summary }) => [
    ...differsTexts({
      differs: { from: first?.id ?? "", words: differences(first?.learnedFrom ?? {}, learnedFrom) },
    }),
    ...(summary?.changed ?? []),
  ]);
  if (json) {
    const compared = runs.map(({ id, parameters, summary }, index) => ({
      id,
      parameters: Object.fromEntries(
        differing.map((path) => [path, JSON.parse(parameters.get(path) ?? "null")]),
      ),
      ...summary,
      notes: notes[index],
      ...(paired[index - 1]?.against ? { against: paired[index - 1]?.against } : {}),
    }));
    printJson(terminal, compared);
    return exit.done;
  }
  const measured = (name: string, head: string, worded: (number: number) => string) =>
    runs.some(({ summary }) => summary?.metrics[name] !== undefined)
      ? [[head, ...runs.map(({ summary }) => orDash(summary?.metrics[name], worded))]]
      : [];
  // Runs of several tasks have the metrics of each.
  const known = new Set(runs.map(({ summary }) => taskOfSplits(summary?.metrics ?? {})));
  const shown = [...known].flatMap((task) => task.shown.slice(0, 2));
  const learned = runs.map(({ summary }) => summary?.sources ?? {});
  const sources = [...new Set(learned.flatMap((its) => Object.keys(its)))].filter(
    (name) => new Set(learned.map((its) => its[name])).size > 1,
  );
  const rows = [
    ["", ...runs.map(({ id }) => id)],
    ...differing.map((path) => [path, ...runs.map(({ parameters }) => parameters.get(path) ?? "–")]),
    ...sources.map((name) => [name, ...runs.map(({ summary }) => summary?.sources?.[name] ?? "–")]),
    ["state", ...runs.map(({ summary }) => summary?.state ?? "–")],
    ...(runs.some(({ summary }) => summary?.stages)
      ? [["stage", ...runs.map(({ summary }) => stageWords(summary?.stages) ?? "–")]]
      : []),
    ...["validation", "test"].flatMap((split) => [
      ...shown.flatMap((metric) =>
        measured(`${split}.${metric}`, `${split} ${metric}`, (number) => metricText(metric, number)),
      ),
      ...measured(`${split}.gapRecovered`, `gap recovered on ${split}`, percent),
    ]),
    ["parameters", ...runs.map(({ summary }) => orDash(summary?.parameters, grouped))],
    ["time", ...runs.map(({ summary }) => orDash(summary?.elapsedSeconds, duration))],
  ];
  print(terminal, ...table(rows));
  for (const [index, { id }] of runs.entries())
    for (const note of notes[index] ?? []) print(terminal, `${id}: ${note}`);
  print(terminal, ...paired.flatMap(({ line }) => line ?? []));
  return exit.done;
}

/** The students of two runs, sample by sample. */
interface Paired {
  readonly line?: string;
  readonly against?: PairedDifference & { readonly run: string; readonly split: string };
}

async function pairedWith(
  first: { readonly id: string; readonly path: string },
  other: { readonly id: string; readonly path: string },
): Promise<Paired> {
  const pair = `${other.id} − ${first.id}`;
  try {
    const [one, two] = await Promise.all([readAnswers(first.path), readAnswers(other.path)]);
    if (!one?.answers.student || !two?.answers.student) return {};
    if (one.samples !== two.samples)
      return { line: `${pair}: not compared sample by sample: evaluated on different samples` };
    const found = differenceOf(one, two);
    return {
      line: `${pair}: ${differenceText(found, one.split)}`,
      against: { run: first.id, split: one.split, ...found },
    };
  } catch (error) {
    if (error instanceof RunError) return { line: `${pair}: ${error.message}` };
    throw error;
  }
}

function differenceOf(one: SplitAnswers, two: SplitAnswers): PairedDifference {
  const [first, second] = [one.answers.student, two.answers.student] as [Float32Array, Float32Array];
  const { gain } = taskOf(one.task);
  return gain === undefined
    ? pairedDifference(one.labels, second, first)
    : pairedMetric(second, first, { ...gain, samples: one.labels.length });
}

async function compareSweep(
  sweep: RunDirectory,
  { json, terminal }: { readonly json: boolean | undefined; readonly terminal: Terminal },
): Promise<ExitCode> {
  const [members, job] = await Promise.all([memberResults(sweep), readJob(sweep)]);
  if (!json) {
    const all = await listRuns(dirname(sweep.path));
    const differing = all.flatMap((run) =>
      run.member?.sweep === sweep.path ? differsTexts(run).map((text) => `${run.id}: ${text}`) : [],
    );
    const changed = all.find(({ directory }) => directory === sweep.path)?.changed ?? [];
    const lines = [...sweepTable(members, job.tolerance), ...leftOutTexts(job)];
    print(terminal, ...lines, ...differing, ...changed);
  } else {
    const all = resultsOf(members);
    const best = bestPoint(all);
    const points = all.map((point) => ({
      ...point,
      runs: point.runs.map(({ runId }) => runId),
      isBest: point === best,
    }));
    const untrained = leftOutOnes(job).map(({ settings, ...leftOut }) => ({
      ...{ settings, runs: [], completed: 0, results: {}, isBest: false },
      leftOut,
    }));
    printJson(terminal, [...points, ...untrained]);
  }
  return exit.done;
}

/** The runs of a sweep that have begun. */
async function membersOrSelf(run: RunDirectory): Promise<RunDirectory[]> {
  const { members } = await readJob(run);
  if (members === undefined) return [run];
  return members.map((member) => memberDirectory(run, member)).filter(({ job }) => existsSync(job));
}

const orDash = (number: number | undefined, worded: (number: number) => string): string =>
  number === undefined ? "–" : worded(number);

/** Every plain value, as JSON, by its path: `losses[0].temperature` → `4`. */
function leaves(experiment: unknown): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (value: unknown, path: string) => {
    if (Array.isArray(value) && value.length > 0)
      value.forEach((item, index) => void visit(item, `${path}[${index}]`));
    else if (typeof value === "object" && value !== null && Object.keys(value).length > 0)
      for (const [key, item] of Object.entries(value)) visit(item, path === "" ? key : `${path}.${key}`);
    else if (value !== undefined) found.set(path, JSON.stringify(value));
  };
  visit(experiment, "");
  return found;
}
