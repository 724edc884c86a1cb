import type { RunState } from "../../protocol.ts";
import { summarizeRun } from "../../runs/list.ts";
import { eventBlocks } from "../../runs/logReader.ts";
import { readManifest } from "../../runs/manifest.ts";
import { type RunDirectory, readJob } from "../../runs/runDirectory.ts";
import { runFacts } from "../../runs/runFacts.ts";
import { heldEvents, lastReturn, type Measured } from "../heldEvents.ts";
import { scalarsOf } from "../scalars.ts";
import type { Measurement, RunStatus, RunStore, TrackedRun } from "./trackedRun.ts";

const statuses: Readonly<Record<RunState, RunStatus>> = {
  running: "RUNNING",
  completed: "FINISHED",
  failed: "FAILED",
  unreadable: "FAILED",
  interrupted: "KILLED",
  stopped: "KILLED",
};

/**
 * Writes runs to where MLflow keeps them, which may have others: an experiment by its name, a run by its id, those of a sweep below
 * it. Throws a RunError, before it writes any, where one of them cannot be written.
 * @returns lines that tell where they are seen, what was there, which names MLflow does not take, and what they are there
 */
export async function writeRuns(
  runs: readonly RunDirectory[],
  { store, sweep }: { readonly store: RunStore; readonly sweep: RunDirectory | undefined },
): Promise<readonly string[]> {
  const all = sweep === undefined ? runs : [sweep, ...runs];
  const [first] = all;
  if (first === undefined) return [];
  const { name, askedAt } = await readJob(first);
  const experiment = await store.openExperiment(name === "" ? "run" : name, askedAt);
  const tracked = await Promise.all(all.map(trackedRun));
  for (const run of tracked) await experiment.assertTakes(run);
  const renamed = new Map<string, string>();
  const extended: number[] = [];
  let parent: string | undefined;
  for (const run of tracked) {
    const stored = await experiment.store(run, parent);
    if (run.name === sweep?.id) parent = stored.id;
    for (const [from, to] of stored.renamed) renamed.set(from, to);
    if (stored.extendedBy !== undefined) extended.push(stored.extendedBy);
  }
  const added = extended.reduce((sum, count) => sum + count, 0);
  return [
    experiment.direction,
    ...(extended.length === 0
      ? []
      : [`${extended.length} of ${all.length} were there before, and have ${added} more numbers now.`]),
    ...[...renamed].map(([from, to]) => `MLflow takes no such name: ${from} is ${to} there.`),
  ];
}

export async function trackedRun(run: RunDirectory): Promise<TrackedRun> {
  const [{ settings }, manifest, job, summary] = await Promise.all([
    runFacts(run.path),
    readManifest(run),
    readJob(run),
    summarizeRun(run.path),
  ]);
  const { state = "interrupted", note, tags } = summary ?? {};
  const { start = job.askedAt, end = start } = await spanOf(run);
  return {
    name: run.id,
    status: statuses[state],
    start,
    ...(state === "running" ? {} : { end }),
    params: Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null)),
    tags: {
      "mlflow.runName": run.id,
      "mlflow.source.name": job.experimentFile,
      "mlflow.source.type": "LOCAL",
      "mlflow.source.git.commit": manifest?.gitCommit,
      "mlflow.note.content": note,
      "distill.state": state,
      "distill.tags": tags?.join(", "),
      "distill.engine": manifest?.engine,
      "distill.device": manifest?.device,
    },
    measurements: measurementsOf(run),
    lastReturn: () => lastReturn(run.events),
  };
}

/** Unix milliseconds of the first and the last event. */
async function spanOf({ events: path }: RunDirectory) {
  let start: number | undefined;
  let end: number | undefined;
  for await (const { events } of eventBlocks(path)) {
    start ??= events[0]?.time;
    end = events.at(-1)?.time ?? end;
  }
  return { start, end };
}

async function* measurementsOf({ events }: RunDirectory): AsyncGenerator<readonly Measurement[]> {
  for await (const held of heldEvents(events)) yield held.map(measured);
}

export const measured = (event: Measured): Measurement => ({
  ...{ seq: event.seq, time: event.time, step: event.step },
  values: [...scalarsOf(event)],
});
