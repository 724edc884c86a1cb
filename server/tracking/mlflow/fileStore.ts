import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { makeFolders } from "../../runs/durable.ts";
import { RunError } from "../../runs/runError.ts";
import { shown } from "../../terminal/shownPath.ts";
import { keyMaker } from "./keys.ts";
import {
  digestOf,
  paramText,
  parentTag,
  type RunStatus,
  type RunStore,
  type TrackedAs,
  type TrackedExperiment,
  type TrackedRun,
  tagText,
} from "./trackedRun.ts";
import { quoted, yaml } from "./yaml.ts";

/*
 * MLflow's file store, as `mlflow/store/tracking/file_store.py` reads it: <store>/<experiment>/<run>/ with a file for each param, tag and
 * metric, and a meta.yaml for experiment and run. Ids have the forms that MLflow's migration to a database expects: a number, and 32 hex
 * digits.
 */

/** Numbers of mlflow.entities.RunStatus. */
const statusNumbers: Readonly<Record<RunStatus, number>> = { RUNNING: 1, FINISHED: 3, FAILED: 4, KILLED: 5 };

/** @param store a folder, which need not be there */
export const fileStore = (store: string): RunStore => ({
  async openExperiment(name, created) {
    const experiment = await openExperiment(store, { name, created });
    return {
      direction: `See it with: MLFLOW_ALLOW_FILE_STORE=true mlflow ui --backend-store-uri ${JSON.stringify(shown(store))}`,
      assertTakes: async (run) => assertNew(experiment, run.name),
      idOf: async (name) => digestOf(name),
      store: (run, parent) => storeRun(experiment, run, parent),
    } satisfies TrackedExperiment;
  },
});

/** The folder of an experiment by its name, made where the store has none, and the store where there is none. */
async function openExperiment(
  store: string,
  { name, created }: { name: string; created: number },
): Promise<string> {
  makeFolders(store);
  const known = await experimentNamed(store, name);
  if (known !== undefined) return known;
  const id = (BigInt(`0x${sha256(name).slice(0, 15)}`) % 10n ** 18n).toString();
  const folder = join(store, id);
  makeFolders(folder);
  const meta = {
    artifact_location: pathToFileURL(folder).href,
    creation_time: Math.round(created),
    experiment_id: id,
    last_update_time: Math.round(created),
    lifecycle_stage: "active",
    name,
  };
  await writeFile(join(folder, "meta.yaml"), yaml(meta));
  return folder;
}

/** MLflow writes the same name in other ways, and has no two experiments of one name. */
async function experimentNamed(store: string, name: string): Promise<string | undefined> {
  const lines = [name, `'${name.replaceAll("'", "''")}'`, quoted(name)].map((form) => `name: ${form}`);
  for (const entry of await readdir(store)) {
    const meta = await readFile(join(store, entry, "meta.yaml"), "utf8").catch(() => "");
    if (meta.split("\n").some((line) => lines.includes(line))) return join(store, entry);
  }
  return undefined;
}

function assertNew(experiment: string, name: string): void {
  const folder = join(experiment, digestOf(name));
  if (existsSync(folder))
    throw new RunError("exists", `${folder} already exists.`, "Delete it, or give another --out.");
}

/** MLflow lists a run once its meta.yaml is there, which comes last but for a run that trains. */
async function storeRun(experiment: string, run: TrackedRun, parent: string | undefined): Promise<TrackedAs> {
  const id = digestOf(run.name);
  const folder = join(experiment, id);
  const renamed = new Map<string, string>();
  // What a run that trains has told before, in this store or until it was resumed, is told again.
  if (run.ended !== undefined) await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  try {
    for (const kind of ["params", "tags", "metrics", "artifacts"]) await mkdir(join(folder, kind));
    const paramKey = keyMaker(renamed);
    for (const [name, value] of Object.entries(run.params))
      await writeBelow(join(folder, "params", paramKey(name)), paramText(value));
    await writeTags(folder, { ...run.tags, [parentTag]: parent });
    const writeMeta = (now: Pick<TrackedRun, "status" | "end">) =>
      writeFile(join(folder, "meta.yaml"), yaml(metaOf({ ...run, ...now }, { id, experiment, folder })));
    if (run.ended !== undefined) await writeMeta(run);
    const metricKey = keyMaker(renamed);
    for await (const measurements of run.measurements) {
      const lines = new Map<string, string[]>();
      for (const { time, step, values } of measurements)
        for (const [name, value] of values) {
          const key = metricKey(name);
          const own = lines.get(key) ?? [];
          own.push(`${Math.round(time)} ${value ?? "nan"} ${step}\n`);
          lines.set(key, own);
        }
      for (const [key, own] of lines) await writeBelow(join(folder, "metrics", key), own.join(""));
    }
    const ended = await run.ended?.();
    await writeTags(folder, ended?.tags ?? {});
    await writeMeta(ended ?? run);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return { id, renamed };
}

function metaOf(
  { name, status, start, end }: TrackedRun,
  { id, experiment, folder }: { readonly id: string; readonly experiment: string; readonly folder: string },
) {
  return {
    artifact_uri: pathToFileURL(join(folder, "artifacts")).href,
    end_time: end === undefined ? null : Math.round(end),
    entry_point_name: "",
    experiment_id: basename(experiment),
    lifecycle_stage: "active",
    run_id: id,
    run_name: name,
    run_uuid: id,
    source_name: "",
    source_type: 4, // local
    source_version: "",
    start_time: Math.round(start),
    status: statusNumbers[status],
    tags: [],
    user_id: "",
  };
}

async function writeTags(folder: string, tags: TrackedRun["tags"]): Promise<void> {
  for (const [name, value] of Object.entries(tags))
    if (value !== undefined) await writeFile(join(folder, "tags", name), tagText(value));
}

/** Appends to a file in folders that need not be there. */
async function writeBelow(path: string, text: string): Promise<void> {
  makeFolders(dirname(path));
  await appendFile(path, text);
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
