import { dirname, resolve } from "node:path";
import { defaults } from "../../schemas/defaults.ts";
import type { Job } from "../../schemas/run-files.gen.ts";
import { executorOf } from "../executors/executors.ts";
import type { Problem } from "../protocol.ts";
import { findNode, type NodeProgram, type NodeSearch } from "../runs/node.ts";
import { assertTakesRuns, createRun, type RunDirectory } from "../runs/runDirectory.ts";
import { ownRunsFolder } from "../runs/runsFolder.ts";
import { type CheckedExperiment, nameOf } from "./checkExperiment.ts";
import { teacherProblem } from "./teacherOnly.ts";

export interface NewRunOptions {
  /** Trains only the teacher that the file describes. */
  readonly teacherOnly?: boolean | undefined;
  /** `.distill/runs` beside the file when absent. */
  readonly runsDirectory?: string | undefined;
  readonly node?: NodeSearch;
  /** Where the runs of a sweep train; on this machine when absent. */
  readonly executor?: Job["executor"] | undefined;
  /** Runs of a sweep that train at once, where the file does not say. */
  readonly jobs?: number | undefined;
  /** Why it cannot run here, asked before anything is created. */
  readonly obstacle?: () => Promise<Problem | undefined>;
}

const noSweep: Problem = {
  code: "no-sweep",
  message: "Only the runs of a sweep train on a cluster, and this file has neither `sweep` nor `seeds`.",
};

/** A run that is ready: its trainer is to be spawned next. */
export interface NewRun {
  readonly run: RunDirectory;
  readonly name: string;
  readonly node: NodeProgram;
}

/** Makes the directory of a run of an experiment that was checked without errors. Nothing is created where there is a problem, or it throws. */
export async function newRun(
  file: string,
  { experiment, sweep, overrides }: CheckedExperiment & { readonly experiment: object },
  { teacherOnly, runsDirectory, node: search, jobs, executor, obstacle }: NewRunOptions = {},
): Promise<NewRun | { readonly problem: Problem }> {
  const subject = teacherOnly ? "teacher" : undefined;
  const untrainable = subject && teacherProblem(experiment);
  const hopeless = untrainable ?? (executor && (sweep === undefined || teacherOnly) ? noSweep : undefined);
  if (hopeless !== undefined) return { problem: hopeless };
  const runs = runsDirectory ?? ownRunsFolder(dirname(resolve(file)));
  if (obstacle !== undefined) {
    // It may fetch an engine, which takes minutes.
    await assertTakesRuns(runs);
    const problem = await obstacle();
    if (problem !== undefined) return { problem };
  }
  await executorOf({ executor }).ready?.();
  const node = await findNode(search);
  const name = experiment.name ?? nameOf(file);
  const run = await createRun({
    runsDirectory: runs,
    experimentFile: file,
    name,
    // A teacher trained on its own is the same for every run of a sweep.
    ...(sweep && subject === undefined
      ? {
          ...sweep,
          tolerance: sweep.experiment.sweep?.tolerance ?? defaults.sweepTolerance,
          experiment: jobs === undefined ? sweep.experiment : { jobs, ...sweep.experiment },
        }
      : { experiment }),
    subject,
    executor,
    ...(overrides === undefined ? {} : { overrides }),
  });
  return { run, name, node };
}
