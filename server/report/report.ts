import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import type { ResolvedExperiment } from "../../schemas/resolvedExperiment.gen.ts";
import type { Gain, Metrics, RunResult } from "../../schemas/run-event.gen.ts";
import type { RunSummary, Series } from "../protocol.ts";
import { readAnswers } from "../runs/answers.ts";
import { summarizeRun } from "../runs/list.ts";
import { type Manifest, readManifest } from "../runs/manifest.ts";
import { memberResults } from "../runs/memberResults.ts";
import { readOwnFile } from "../runs/ownFile.ts";
import { type RunDirectory, readJob } from "../runs/runDirectory.ts";
import { RunError } from "../runs/runError.ts";
import { trainedExperiment } from "../runs/runExperiment.ts";
import { runResult } from "../runs/runResult.ts";
import { readSeries } from "../runs/series.ts";
import { studentFiles } from "../runs/student.ts";
import { type TaskName, taskNames, taskOf, taskOfMetrics } from "../tasks/tasks.ts";
import { baselineNames } from "../terminal/summaryBlock.ts";
import { type Confusion, confusionOf } from "./confusion.ts";

/** What one network reaches. */
interface NetworkReport {
  /** `teacher`, `student` or `student alone`. */
  readonly network: string;
  readonly parameters?: number;
  /** Milliseconds of one prediction, batch 1. */
  readonly latencyMs?: number;
  readonly test?: Metrics;
  readonly validation?: Metrics;
}

interface ReportedFile {
  /** Relative to the run directory. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** One run and all that is known of it, as `distill report --format json` prints it; the other formats show this. */
export interface RunReport {
  readonly format: 1;
  readonly name: string;
  readonly runId: string;
  readonly state: RunSummary["state"];
  readonly startedAt: string;
  /** Time that trainers worked on the run. */
  readonly seconds: number;
  /** Starts the same run again, in the folder of its experiment. */
  readonly command: readonly string[];
  readonly task: TaskName;
  /** Where the networks were compared. */
  readonly split: "test" | "validation";
  readonly networks: readonly NetworkReport[];
  readonly gain?: Gain;
  /** null: the teacher is not measurably better than the student alone. */
  readonly gapRecovered?: number | null;
  readonly result?: RunResult;
  readonly confusion?: Confusion;
  /** Of the student, in at most {@link points} points each. */
  readonly curves: Readonly<Record<string, Series>>;
  readonly files: readonly ReportedFile[];
  /** What makes it unlike a run that went through undisturbed, in sentences. */
  readonly notes: readonly string[];
  readonly manifest?: Manifest;
  readonly experiment: ResolvedExperiment;
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
    readonly parameters?: number;
    readonly seconds?: number;
  }[];
}

const points = 400;

/** @throws RunError as `openRun` does, and `not-begun` for a run without an event */
export async function readRunReport(run: RunDirectory): Promise<RunReport> {
  const [job, manifest, experiment] = await Promise.all([
    readJob(run),
    readManifest(run),
    trainedExperiment(run),
  ]);
  const summary = await summaryOf(run);
  const result = summary.state === "completed" ? await runResult(run) : undefined;
  const answers = result === undefined ? undefined : await readAnswers(run.path);
  const task = taskOfMetrics(result?.test ?? result?.best?.metrics ?? result?.teacher ?? {});
  return {
    format: 1,
    name: job.name,
    runId: run.id,
    state: summary.state,
    startedAt: summary.startedAt,
    seconds: summary.elapsedSeconds,
    command: [
      "distill",
      "run",
      basename(job.experimentFile),
      ...Object.entries(job.overrides ?? {}).flatMap(([path, value]) => [
        "--set",
        `${path}=${JSON.stringify(value)}`,
      ]),
      ...(job.subject === undefined ? [] : ["--teacher-only"]),
    ],
    task: taskNames.find((name) => taskOf(name) === task) ?? "classification",
    split: result?.test === undefined ? "validation" : "test",
    networks: result === undefined ? [] : networksOf(result),
    ...(result?.gain === undefined ? {} : { gain: result.gain }),
    ...(result?.gapRecovered === undefined ? {} : { gapRecovered: result.gapRecovered }),
    ...(result === undefined ? {} : { result }),
    ...confusionOf(answers, manifest?.samples?.classNames),
    curves: await curvesOf(run),
    files: await filesOf(run),
    notes: [
      ...(summary.warnings ?? []).map(({ message }) => message),
      ...(summary.changed ?? []),
      ...(summary.differs?.words ?? []).map((words) => `${words} than ${summary.differs?.from}.`),
      ...(summary.message === undefined ? [] : [summary.message]),
    ],
    ...(manifest === undefined ? {} : { manifest }),
    experiment,
  };
}

/** @throws RunError as `openRun` does */
export async function readSweepReport(run: RunDirectory): Promise<SweepReport> {
  const [job, summary, members] = await Promise.all([readJob(run), summaryOf(run), memberResults(run)]);
  return {
    format: 1,
    name: job.name,
    runId: run.id,
    state: summary.state,
    runs: members.map(({ runId, settings, summary: own }) => ({
      runId,
      settings,
      ...(own === undefined
        ? { metrics: {} }
        : {
            state: own.state,
            metrics: own.metrics,
            seconds: own.elapsedSeconds,
            ...(own.parameters === undefined ? {} : { parameters: own.parameters }),
          }),
    })),
  };
}

async function summaryOf(run: RunDirectory): Promise<RunSummary> {
  const summary = await summarizeRun(run.path);
  if (summary === undefined)
    throw new RunError("not-begun", `Run ${run.id} has not begun yet.`, "Wait for its first step.");
  return summary;
}

function networksOf(result: RunResult): NetworkReport[] {
  const { test, best, teacher, baselines, validation, parameters, teacherParameters, latencyMs } = result;
  const isTestRead = test !== undefined;
  const measured = (compared: Metrics | undefined, onValidation: Metrics | undefined) => {
    const atValidation = isTestRead ? onValidation : compared;
    return {
      ...(isTestRead && compared ? { test: compared } : {}),
      ...(atValidation ? { validation: atValidation } : {}),
    };
  };
  const student: NetworkReport = {
    network: result.subject ?? "student",
    parameters,
    ...(typeof latencyMs === "number" ? { latencyMs } : {}),
    ...measured(test ?? best?.metrics, best?.metrics),
  };
  if (result.subject === "teacher") return [student];
  return [
    {
      network: "teacher",
      ...(teacherParameters === undefined ? {} : { parameters: teacherParameters }),
      ...measured(teacher, validation?.teacher),
    },
    student,
    ...Object.entries(baselines ?? {}).map(([name, metrics]) => ({
      network: baselineNames[name] ?? name,
      parameters,
      ...measured(metrics, validation?.baselines?.[name]),
    })),
  ].filter(({ parameters, test, validation }) => parameters !== undefined || test || validation);
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
