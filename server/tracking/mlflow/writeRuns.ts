import type { RunState } from "../../protocol.ts";
import { summarizeRun } from "../../runs/list.ts";
import { eventBlocks } from "../../runs/logReader.ts";
import { readManifest } from "../../runs/manifest.ts";
import { type RunDirectory, readJob } from "../../runs/runDirectory.ts";
import { runFacts } from "../../runs/runFacts.ts";
import { heldEvents } from "../heldEvents.ts";
import { scalarsOf } from "../scalars.ts";
import { assertNew, openExperiment, runIdOf, runStatus, type StoredMetric, storeRun } from "./fileStore.ts";

const statuses: Readonly<Record<RunState, (typeof runStatus)[keyof typeof runStatus]>> = {
  running: runStatus.running,
  completed: runStatus.finished,
  failed: runStatus.failed,
  unreadable: runStatus.failed,
  interrupted: runStatus.killed,
  stopped: runStatus.killed,
};

/**
 * Writes runs into an MLflow file store, which may have others: an experiment by its name, a run by its id, those of a sweep below
 * it. Throws a RunError `exists`, before it writes any, where one of them is in the store.
 * @returns lines that tell which names MLflow does not take, and what they are there
 */
export async function writeRuns(
  runs: readonly RunDirectory[],
  { store, sweep }: { readonly store: string; readonly sweep: RunDirectory | undefined },
): Promise<readonly string[]> {
  const all = sweep === undefined ? runs : [sweep, ...runs];
  const [first] = all;
  if (first === undefined) return [];
  const { name, askedAt } = await readJob(first);
  const experiment = await openExperiment(store, { name: name === "" ? "run" : name, created: askedAt });
  for (const { id } of all) assertNew(experiment, id);
  const renamed = new Map<string, string>();
  for (const run of all) {
    const parent = run === sweep ? undefined : sweep;
    for (const [from, to] of await writeRun(run, { experiment, parent })) renamed.set(from, to);
  }
  return [...renamed].map(([from, to]) => `MLflow takes no such name: ${from} is ${to} there.`);
}

async function writeRun(
  run: RunDirectory,
  { experiment, parent }: { readonly experiment: string; readonly parent: RunDirectory | undefined },
): Promise<ReadonlyMap<string, string>> {
  const [{ settings }, manifest, job, summary] = await Promise.all([
    runFacts(run.path),
    readManifest(run),
    readJob(run),
    summarizeRun(run.path),
  ]);
  const { state = "interrupted", note, tags } = summary ?? {};
  const { start = job.askedAt, end = start } = await spanOf(run);
  return storeRun(experiment, {
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
      "mlflow.parentRunId": parent === undefined ? undefined : runIdOf(parent.id),
      "distill.state": state,
      "distill.tags": tags?.join(", "),
      "distill.engine": manifest?.engine,
      "distill.device": manifest?.device,
    },
    metrics: metricsOf(run),
  });
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

async function* metricsOf({ events }: RunDirectory): AsyncGenerator<readonly StoredMetric[]> {
  for await (const held of heldEvents(events))
    yield held.flatMap((event) =>
      [...scalarsOf(event)].map(([name, value]) => ({ name, time: event.time, step: event.step, value })),
    );
}
