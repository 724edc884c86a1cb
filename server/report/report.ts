import { createHash } from "node:crypto";
import { lstat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { ResolvedExperiment } from "../../schemas/resolvedExperiment.gen.ts";
import type { Gain, RunResult } from "../../schemas/run-event.gen.ts";
import type { Job } from "../../schemas/run-files.gen.ts";
import type { RunSummary, Series } from "../protocol.ts";
import { readAnswers } from "../runs/answers.ts";
import { differsTexts } from "../runs/differsTexts.ts";
import { summarizeRun } from "../runs/list.ts";
import { type Manifest, readManifest } from "../runs/manifest.ts";
import { memberResults } from "../runs/memberResults.ts";
import { readOwnFile } from "../runs/ownFile.ts";
import { type RunDirectory, readJob } from "../runs/runDirectory.ts";
import { RunError } from "../runs/runError.ts";
import { trainedExperiment } from "../runs/runExperiment.ts";
import { runResult } from "../runs/runResult.ts";
import { readSeries } from "../runs/series.ts";
import { studentFiles, studentStage } from "../runs/student.ts";
import { memberDirectory } from "../runs/sweep.ts";
import { type Confusion, confusionOf } from "../statistics/confusion.ts";
import { type Spread, spreadsOf } from "../statistics/spread.ts";
import { paretoFront, scoreOf, smallestGoodEnough } from "../sweep/front.ts";
import { leftOutTexts } from "../sweep/leftOut.ts";
import { isTrained, type MemberResult, type Point, resultsOf } from "../sweep/results.ts";
import { type TaskName, taskNames, taskOf, taskOfMetrics, taskOfSplits } from "../tasks/tasks.ts";
import { sweepVerdict } from "../terminal/sweepTable.ts";
import type { InspectedReport } from "./inspected.ts";
import { comparedOn, type NetworkReport, networksOf } from "./networks.ts";

interface ReportedFile {
  /** Relative to the run directory. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** How the networks of a run stand to one another. */
export interface Verdict {
  readonly task: TaskName;
  /** Where the networks were compared. */
  readonly split: "test" | "validation";
  readonly networks: readonly NetworkReport[];
  readonly gain?: Gain;
  /** null: the teacher is not measurably better than the student alone. */
  readonly gapRecovered?: number | null;
  readonly result?: RunResult;
  readonly confusion?: Confusion;
  readonly manifest?: Manifest;
  readonly experiment: ResolvedExperiment;
}

/** One run and all that is known of it, as `distill report --format json` prints it; the other formats show this. */
export interface RunReport extends Verdict {
  readonly format: 1;
  readonly name: string;
  readonly runId: string;
  readonly state: RunSummary["state"];
  readonly startedAt: string;
  /** Time that trainers worked on the run. */
  readonly seconds: number;
  /** Start the same run again, one after the other in the folder of its experiment. */
  readonly commands: readonly (readonly string[])[];
  /** Of the student, in at most {@link points} points each. */
  readonly curves: Readonly<Record<string, Series>>;
  readonly files: readonly ReportedFile[];
  /** The stage that the weights in best/ are of, where the training has stages. */
  readonly bestStage?: string;
  /** Of the page alone: some samples. */
  readonly inspected?: InspectedReport;
  /** What makes it unlike a run that went through undisturbed, in sentences. */
  readonly notes: readonly string[];
}

/** A sweep: what varies, and what each of its runs reaches. */
export interface SweepReport {
  readonly format: 1;
  readonly name: string;
  readonly runId: string;
  readonly state: RunSummary["state"];
  readonly runs: readonly {
    readonly runId: string;
    readonly settings: Readonly<Record<string, unknown>>;
    readonly state?: RunSummary["state"];
    readonly metrics: Readonly<Record<string, number>>;
    /** Of a trained run. */
    readonly networks: readonly NetworkReport[];
    readonly parameters?: number;
    readonly seconds?: number;
    /** Epochs at which its sweep did not go on with it. */
    readonly halvedAt?: number;
  }[];
  /** The student of each combination over its seeds. */
  readonly students: readonly SweptStudent[];
  /** The metric of its task that ranks runs. */
  readonly key: string;
  /** The combinations that no other one beats in size and by that metric on validation, smallest first. */
  readonly front: readonly {
    readonly runs: readonly string[];
    readonly settings: Readonly<Record<string, unknown>>;
    readonly parameters: number;
    /** Mean over seeds. */
    readonly validation: number;
  }[];
  /** The teacher of the best one of the front, by the same metric on validation. */
  readonly teacher?: number;
  /** What was found, and what was left out, in sentences. */
  readonly verdict: readonly string[];
}

/** A combination's student, over its seeds. */
interface SweptStudent {
  /** Without the seed. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Runs that have trained it, of those that are planned. */
  readonly trained: number;
  readonly planned: number;
  /** Metrics by `<split>.<metric>`, and costs as a network's report names them. */
  readonly measured: Readonly<Record<string, Spread>>;
}

const points = 400;

/** @throws RunError as `openRun` does, and `not-begun` for a run without an event */
export async function readRunReport(run: RunDirectory): Promise<RunReport> {
  const [job, summary, bestStage] = await Promise.all([
    readJob(run),
    summaryOf(run),
    studentStage(run.path, "best"),
  ]);
  return {
    format: 1,
    name: job.name,
    runId: run.id,
    state: summary.state,
    startedAt: summary.startedAt,
    seconds: summary.elapsedSeconds,
    commands: commandsOf(run, job),
    ...(await readVerdict(run, summary)),
    curves: await curvesOf(run),
    files: await filesOf(run),
    ...(bestStage === undefined ? {} : { bestStage }),
    notes: [
      ...(summary.warnings ?? []).map(({ message }) => message),
      ...(summary.changed ?? []),
      ...differsTexts(summary).map((text) => `It ${text}.`),
      ...(summary.message === undefined ? [] : [summary.message]),
    ],
  };
}

/** The file of a sweep would train all of its runs: the experiment of one becomes a file of its own. */
function commandsOf(
  { id }: RunDirectory,
  { experimentFile, overrides = {}, subject, sweep }: Job,
): string[][] {
  if (sweep !== undefined)
    return [
      ["distill", "init", "again", "--run", id],
      ["distill", "run", "again.distill.json"],
    ];
  const sets = Object.entries(overrides).flatMap(([path, value]) => [
    "--set",
    `${path}=${JSON.stringify(value)}`,
  ]);
  const only = subject === undefined ? [] : ["--teacher-only"];
  return [["distill", "run", basename(experimentFile), ...sets, ...only]];
}

/** @throws RunError as `openRun` does */
export async function readVerdict(run: RunDirectory, { state }: Pick<RunSummary, "state">): Promise<Verdict> {
  const [manifest, experiment, result] = await Promise.all([
    readManifest(run),
    trainedExperiment(run),
    state === "completed" ? runResult(run) : undefined,
  ]);
  const answers = result === undefined ? undefined : await readAnswers(run.path);
  const task = taskOfMetrics(result?.test ?? result?.best?.metrics ?? result?.teacher ?? {});
  return {
    // A run without other samples than those it trains on has no metrics.
    task: manifest?.samples?.task ?? taskNames.find((name) => taskOf(name) === task) ?? "classification",
    split: comparedOn(result),
    networks: result === undefined ? [] : networksOf(result, await bytesOf(run)),
    ...(result?.gain === undefined ? {} : { gain: result.gain }),
    ...(result?.gapRecovered === undefined ? {} : { gapRecovered: result.gapRecovered }),
    ...(result === undefined ? {} : { result }),
    ...confusionOf(answers, manifest?.samples?.classNames),
    ...(manifest === undefined ? {} : { manifest }),
    experiment,
  };
}

/** Of the student's weights. */
async function bytesOf({ path }: RunDirectory): Promise<number | undefined> {
  const stats = await lstat(join(path, "best", "weights.safetensors")).catch(() => undefined);
  return stats?.isFile() ? stats.size : undefined;
}

/** @throws RunError as `openRun` does */
export async function readSweepReport(run: RunDirectory): Promise<SweepReport> {
  const [job, summary, members] = await Promise.all([readJob(run), summaryOf(run), memberResults(run)]);
  const all = resultsOf(members);
  const networks = new Map(
    await Promise.all(
      members.map(async (member) => [member.runId, await networksOfMember(run, member)] as const),
    ),
  );
  const front = paretoFront(all);
  const { teacher } = smallestGoodEnough(front, job.tolerance) ?? {};
  return {
    format: 1,
    name: job.name,
    runId: run.id,
    state: summary.state,
    key: taskOfSplits(Object.assign({}, ...all.map(({ results }) => results))).key,
    students: all.map((point) => studentOf(point, networks)),
    front: front.map(({ point, parameters }) => ({
      runs: point.runs.map(({ runId }) => runId),
      settings: point.settings,
      parameters,
      validation: scoreOf(point) ?? Number.NaN,
    })),
    ...(teacher === undefined ? {} : { teacher }),
    verdict: [...sweepVerdict(members, job.tolerance), ...leftOutTexts(job)],
    runs: members.map(({ runId, settings, summary: own }) => ({
      runId,
      settings,
      networks: networks.get(runId) ?? [],
      ...(own === undefined
        ? { metrics: {} }
        : {
            state: own.state,
            metrics: own.metrics,
            seconds: own.elapsedSeconds,
            ...(own.parameters === undefined ? {} : { parameters: own.parameters }),
            ...(own.member?.halved && own.member.rung !== undefined ? { halvedAt: own.member.rung } : {}),
          }),
    })),
  };
}

async function networksOfMember(
  sweep: RunDirectory,
  { summary, ...member }: MemberResult,
): Promise<NetworkReport[]> {
  if (summary === undefined || !isTrained(summary)) return [];
  const run = memberDirectory(sweep, member);
  const result = await runResult(run);
  return result === undefined ? [] : networksOf(result, await bytesOf(run));
}

function studentOf(
  { settings, runs }: Point,
  networks: ReadonlyMap<string, readonly NetworkReport[]>,
): SweptStudent {
  const measurements = runs.flatMap(
    ({ runId }) => networks.get(runId)?.filter(isStudent).map(numbersOf) ?? [],
  );
  return {
    settings,
    trained: measurements.length,
    planned: runs.length,
    measured: spreadsOf(measurements),
  };
}

const isStudent = ({ network }: NetworkReport): boolean => network === "student";

function numbersOf({ network: _, learned: __, test = {}, validation = {}, ...costs }: NetworkReport) {
  const named = Object.entries({ validation, test }).flatMap(([split, measured]) =>
    Object.entries(measured).map(([name, value]) => [`${split}.${name}`, value] as const),
  );
  return { ...costs, ...Object.fromEntries(named) };
}

async function summaryOf(run: RunDirectory): Promise<RunSummary> {
  const summary = await summarizeRun(run.path);
  if (summary === undefined)
    throw new RunError("not-begun", `Run ${run.id} has not begun yet.`, "Wait for its first step.");
  return summary;
}

const drawn = (name: string): boolean => /^(loss|terms\.[^.]+\.raw|validation\.\w+)$/.test(name);

async function curvesOf(run: RunDirectory): Promise<RunReport["curves"]> {
  const cache = new Map();
  const { available } = await readSeries(run.path, { series: [], buckets: points }, cache);
  const { series } = await readSeries(run.path, { series: available.filter(drawn), buckets: points }, cache);
  return series;
}

/** A model of this many bytes is still hashed. */
const mostBytes = 2 ** 31;

async function filesOf(run: RunDirectory): Promise<ReportedFile[]> {
  const files: ReportedFile[] = [];
  for (const path of await studentFiles(run.path)) {
    if (!path.startsWith("best/")) continue;
    const content = await readOwnFile(join(run.path, path), mostBytes);
    if (content === undefined) continue;
    files.push({
      path,
      bytes: content.byteLength,
      sha256: createHash("sha256").update(content).digest("hex"),
    });
  }
  return files;
}
