import { dirname } from "node:path";
import type { RunResult } from "../../schemas/run-event.gen.ts";
import type { Job } from "../../schemas/run-files.gen.ts";
import { findRun } from "../api/findRun.ts";
import { grouped } from "../grouped.ts";
import type { RunSummary } from "../protocol.ts";
import { checkpointSteps } from "../runs/checkpoints.ts";
import { type KnownLog, newReading, type SummaryCache } from "../runs/knownLogs.ts";
import { listRuns, summarizeRun } from "../runs/list.ts";
import { type Manifest, readManifest } from "../runs/manifest.ts";
import { memberResults } from "../runs/memberResults.ts";
import { engineMarks } from "../runs/provenance.ts";
import { openRun, type RunDirectory, readJob } from "../runs/runDirectory.ts";
import { readIndex } from "../runs/runIndex.ts";
import { runResult } from "../runs/runResult.ts";
import { namedStageWords, stageWords } from "../runs/runStages.ts";
import { studentFiles, studentStage } from "../runs/student.ts";
import { largeText } from "../sweep/leftOut.ts";
import type { MemberResult } from "../sweep/results.ts";
import { metricText } from "../tasks/metricText.ts";
import { taskNames, taskOf, taskOfSplits } from "../tasks/tasks.ts";
import { listed } from "../terminal/exportBlock.ts";
import { shown } from "../terminal/shownPath.ts";
import { standing } from "../terminal/standing.ts";
import { summaryBlock } from "../terminal/summaryBlock.ts";
import { sweepTable } from "../terminal/sweepTable.ts";
import { type ExitCode, exit, print, printJson, type Terminal } from "../terminal/terminal.ts";
import { duration, table } from "../terminal/wording.ts";

export interface ShowOptions {
  readonly runsDirectory?: string;
  readonly json?: boolean;
}

/** `distill show RUN`: state, progress, metrics, settings and files. */
export async function show(
  reference: string,
  { runsDirectory, json }: ShowOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const run = await openRun(await findRun(reference, runsDirectory));
  const job = await readJob(run);
  const cache: SummaryCache = new Map();
  const reading = { ...newReading(), index: await readIndex(dirname(run.path)) };
  await summarizeRun(run.path, cache, reading); // its own log is checked before those of others
  const all = await listRuns(dirname(run.path), cache, reading);
  const summary = all.find(({ directory }) => directory === run.path) as RunSummary; // openRun has verified that it is a run
  const checkpoints = await checkpointSteps(run.path);
  const result = summary.state === "completed" ? await runResult(run) : undefined;
  const manifest = (await readManifest(run)) ?? null;
  const members = job.members && (await memberResults(run));
  const bestStage = await studentStage(run.path, "best");
  if (json)
    printJson(terminal, { ...summary, overrides: job.overrides, result, bestStage, checkpoints, manifest });
  else
    print(
      terminal,
      ...lines(run, {
        job,
        summary,
        checkpoints,
        result,
        manifest,
        files: await studentFiles(run.path),
        bestStage: namedStageWords(summary.stages, bestStage),
        members,
        log: cache.get(run.path),
      }),
    );
  return exit.done;
}

interface Shown {
  readonly job: Job;
  readonly summary: RunSummary;
  readonly checkpoints: readonly number[];
  readonly result: RunResult | undefined;
  readonly manifest: Manifest | null;
  readonly files: readonly string[];
  /** That of the weights in best/. */
  readonly bestStage: string | undefined;
  /** Of a sweep. */
  readonly members: readonly MemberResult[] | undefined;
  readonly log: KnownLog | undefined;
}

function lines(
  run: RunDirectory,
  { job, summary, checkpoints, result, manifest, files, bestStage, members, log }: Shown,
): string[] {
  const { step, totalSteps, elapsedSeconds, etaSeconds, message, hint, metrics, sweep } = summary;
  const steps = totalSteps === undefined ? grouped(step) : `${grouped(step)} of ${grouped(totalSteps)}`;
  const task = taskOfSplits(metrics);
  const stage = stageWords(summary.stages);
  const large = largeText(job.large);
  const facts = [
    ["state", standing(summary)],
    [sweep ? "runs" : "step", steps],
    ...(stage === undefined || result ? [] : [["stage", stage]]),
    ...(bestStage === undefined ? [] : [["best/", `weights of the stage ${bestStage}`]]),
    ["time", duration(elapsedSeconds) + (etaSeconds === undefined ? "" : `, ${duration(etaSeconds)} left`)],
    ["started", summary.startedAt],
    ["experiment", shown(job.experimentFile)],
    ...(task === taskOf() ? [] : [["task", `${taskNames.find((name) => taskOf(name) === task)}`]]),
    ...(job.sweep ? [["sweep", `${job.sweep.id}, run ${job.sweep.index}`]] : []),
    ...Object.entries(job.overrides ?? {}).map(([path, set]) => ["set", `${path}=${JSON.stringify(set)}`]),
    ...(manifest?.samples?.classNames
      ? [[taskOf(manifest.samples.task).output[1], listed(manifest.samples.classNames)]]
      : []),
    ...(manifest?.engineReason === undefined ? [] : [["engine", manifest.engineReason]]),
    ...(manifest?.placement === undefined ? [] : [["data", manifest.placement]]),
    ...(manifest?.layout === undefined ? [] : [["layout", manifest.layout]]),
    ...(manifest?.teacherReading === undefined ? [] : [["teacher", manifest.teacherReading]]),
    ...(summary.warnings ?? []).map(({ message }) => ["warning", message]),
    ...(large === undefined ? [] : [["left out", large]]),
    ...(log === undefined || log.check.isDone ? [] : [["events.jsonl", lookedThrough(log)]]),
    ...Object.entries(summary.sources ?? {}),
    ...(summary.changed ?? []).map((words) => ["changed", words]),
    ...(summary.differs?.words ?? []).map((words) => ["differs", `from ${summary.differs?.from}: ${words}`]),
    ...(manifest === null ? [] : engineMarks(manifest)).map((words) => ["moved", words]),
    ...(message === undefined ? [] : [["message", message]]),
    ...(hint === undefined ? [] : [["hint", hint]]),
    ...(checkpoints.length === 0 ? [] : [["checkpoints", checkpoints.map(grouped).join(", ")]]),
    ["directory", shown(run.path)],
  ];
  if (members !== undefined) return [...table(facts), "", ...sweepTable(members, job.tolerance)];
  if (result !== undefined)
    return [
      ...table(facts),
      "",
      ...summaryBlock({ name: job.name, result, directory: shown(run.path), files }),
    ];
  return [
    ...table(facts),
    ...table(Object.entries(metrics).map(([name, number]) => [name, metricText(name, number)])),
  ];
}

const lookedThrough = ({ check, stamp }: KnownLog): string =>
  `${grouped(Math.round(check.end / 1e6))} of ${grouped(Math.round(stamp.size / 1e6))} MB are checked for damage`;
