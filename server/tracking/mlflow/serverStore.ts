import { RunError } from "../../runs/runError.ts";
import { keyMaker } from "./keys.ts";
import {
  digestOf,
  paramText,
  parentTag,
  type RunStore,
  type TrackedAs,
  type TrackedExperiment,
  type TrackedRun,
  tagText,
} from "./trackedRun.ts";
import { type TrackingServer, textIn } from "./trackingServer.ts";

/*
 * A server only adds to a run, so what has arrived is marked at the run, in the same request: an export that was broken off, or one of a
 * run that has trained on, continues behind that.
 */

/** Tags of a run on the server: which run it is, and the number of the last event whose numbers it has. */
const ownTag = "distill.run";
const loggedTag = "distill.logged";

/** In one request; the limit is 1,000 of all kinds, and 100 params. */
const mostMetrics = 900;
const mostParams = 100;

export const serverStore = (server: TrackingServer): RunStore => ({
  async openExperiment(name) {
    const experiment = await experimentNamed(server, name);
    return {
      direction: `See it at ${server.address}/#/experiments/${experiment}`,
      assertTakes: async (run) => {
        const { logged } = (await knownRun(server, { experiment, name: run.name })) ?? {};
        if (logged === undefined || (await run.lastReturn()) <= logged) return;
        throw new RunError(
          "exists",
          `${run.name} has been resumed from an earlier step since it was exported to ${server.address}, which cannot take back steps.`,
          "Delete it there, then export again.",
        );
      },
      idOf: async (name) => (await knownRun(server, { experiment, name }))?.id,
      store: (run, parent) =>
        storeRun(server, { experiment, run: { ...run, tags: { ...run.tags, [parentTag]: parent } } }),
    } satisfies TrackedExperiment;
  },
});

async function experimentNamed(server: TrackingServer, name: string): Promise<string> {
  const known = await server.ask("experiments/get-by-name", { experiment_name: name });
  if (known === undefined) {
    try {
      return textIn(server, await server.tell("experiments/create", { name }), "experiment_id");
    } catch (error) {
      // Runs of a sweep begin at the same time: another one has made it since.
      if ((await server.ask("experiments/get-by-name", { experiment_name: name })) === undefined) throw error;
      return experimentNamed(server, name);
    }
  }
  if (textIn(server, known, "experiment", "lifecycle_stage") === "deleted")
    throw new RunError(
      "tracking-server",
      `The experiment ${name} is deleted at ${server.address}.`,
      "Restore it there, or have it removed for good (`mlflow gc`).",
    );
  return textIn(server, known, "experiment", "experiment_id");
}

interface KnownRun {
  readonly id: string;
  /** Absent where not even its params have all arrived. */
  readonly logged: number | undefined;
}

interface Place {
  /** Its id. */
  readonly experiment: string;
  readonly run: TrackedRun;
}

async function knownRun(
  server: TrackingServer,
  { experiment, name }: { readonly experiment: string; readonly name: string },
): Promise<KnownRun | undefined> {
  const answer = (await server.tell("runs/search", {
    experiment_ids: [experiment],
    filter: `tags.\`${ownTag}\` = '${digestOf(name)}'`,
    max_results: 1,
  })) as { readonly runs?: readonly { readonly data?: { readonly tags?: readonly Tag[] } }[] } | undefined;
  const found = answer?.runs?.[0];
  if (found === undefined) return undefined;
  const logged = found.data?.tags?.find(({ key }) => key === loggedTag)?.value;
  return {
    id: textIn(server, found, "info", "run_id"),
    logged: logged === undefined ? undefined : Number(logged),
  };
}

interface Tag {
  readonly key: string;
  readonly value: string;
}

async function storeRun(server: TrackingServer, place: Place): Promise<TrackedAs> {
  const { run } = place;
  const known = await knownRun(server, { experiment: place.experiment, name: run.name });
  const id = known?.id ?? (await createRun(server, place));
  const renamed = new Map<string, string>();
  await server.tell("runs/log-batch", { run_id: id, tags: tagsOf(run) });
  // One that is resumed has ended there.
  if (known !== undefined && run.ended !== undefined)
    await server.tell("runs/update", { run_id: id, status: run.status });
  if (known?.logged === undefined) await logParams(server, { id, run, renamed });
  const added = await logMetrics(server, { id, run, renamed, after: known?.logged ?? -1 });
  const { status, end, tags } = (await run.ended?.()) ?? run;
  if (run.ended !== undefined) await server.tell("runs/log-batch", { run_id: id, tags: tagsOf({ tags }) });
  await server.tell("runs/update", {
    ...{ run_id: id, status },
    ...(end === undefined ? {} : { end_time: Math.round(end) }),
  });
  return known === undefined ? { id, renamed } : { id, renamed, extendedBy: added };
}

async function createRun(server: TrackingServer, { experiment, run }: Place): Promise<string> {
  const created = await server.tell("runs/create", {
    ...{ experiment_id: experiment, run_name: run.name, start_time: Math.round(run.start) },
    tags: [{ key: ownTag, value: digestOf(run.name) }],
  });
  return textIn(server, created, "run", "info", "run_id");
}

const tagsOf = ({ tags }: Pick<TrackedRun, "tags">): Tag[] =>
  Object.entries(tags).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: tagText(value) }],
  );

interface Logged {
  readonly id: string;
  readonly run: TrackedRun;
  /** Receives the names that are others there. */
  readonly renamed: Map<string, string>;
}

async function logParams(server: TrackingServer, { id, run, renamed }: Logged): Promise<void> {
  const keyOf = keyMaker(renamed);
  const params = Object.entries(run.params).map(([name, value]) => ({
    key: keyOf(name),
    value: paramText(value),
  }));
  for (let at = 0; at < params.length; at += mostParams)
    await server.tell("runs/log-batch", { run_id: id, params: params.slice(at, at + mostParams) });
}

/** The numbers of events after number `after`. @returns how many */
async function logMetrics(
  server: TrackingServer,
  { id, run, renamed, after }: Logged & { readonly after: number },
): Promise<number> {
  const keyOf = keyMaker(renamed);
  let metrics: object[] = [];
  let added = 0;
  const send = async (logged: number): Promise<void> => {
    const tags = [{ key: loggedTag, value: String(logged) }];
    await server.tell("runs/log-batch", { run_id: id, metrics, tags });
    added += metrics.length;
    metrics = [];
  };
  let last = after;
  for await (const measurements of run.measurements) {
    for (const { seq, time, step, values } of measurements) {
      // Keys depend on the names before them, also on those that the server has.
      const own = values.map(([name, value]) => ({
        ...{ key: keyOf(name), value: value ?? "NaN" },
        ...{ timestamp: Math.round(time), step },
      }));
      if (seq <= after) continue;
      if (metrics.length + own.length > mostMetrics && metrics.length > 0) await send(last);
      metrics.push(...own);
      last = seq;
    }
    // Of a run that trains, the next ones come later.
    if (run.ended !== undefined && metrics.length > 0) await send(last);
  }
  await send(last);
  return added;
}
