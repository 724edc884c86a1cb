import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { RunError } from "../../runs/runError.ts";
import { keyMaker } from "./keys.ts";
import { quoted, yaml } from "./yaml.ts";

/*
 * MLflow's file store, as `mlflow/store/tracking/file_store.py` reads it: <store>/<experiment>/<run>/ with a file for each param, tag and
 * metric, and a meta.yaml for experiment and run. Ids have the forms that MLflow's migration to a database expects: a number, and 32 hex
 * digits.
 */

/** Of mlflow.entities.RunStatus. */
export const runStatus = { running: 1, finished: 3, failed: 4, killed: 5 } as const;

export interface StoredRun {
  readonly name: string;
  readonly status: (typeof runStatus)[keyof typeof runStatus];
  /** Unix milliseconds. */
  readonly start: number;
  /** Absent while it runs. */
  readonly end?: number;
  /** By path, of any length and with any character. */
  readonly params: Readonly<Record<string, unknown>>;
  /** By a name that MLflow takes. */
  readonly tags: Readonly<Record<string, string | undefined>>;
  /** In the order of the log. */
  readonly metrics: AsyncIterable<readonly StoredMetric[]>;
}

export interface StoredMetric {
  readonly name: string;
  /** Unix milliseconds. */
  readonly time: number;
  readonly step: number;
  /** null is written as NaN. */
  readonly value: number | null;
}

/** Characters; MLflow refuses longer values. */
const longestParam = 6000;
const longestTag = 5000;

/** Id of a run by the name under which it is stored. */
export const runIdOf = (name: string): string => sha256(name).slice(0, 32);

/** The folder of an experiment by its name, made where the store has none, and the store where there is none. */
export async function openExperiment(
  store: string,
  { name, created }: { name: string; created: number },
): Promise<string> {
  await mkdir(store, { recursive: true });
  const known = await experimentNamed(store, name);
  if (known !== undefined) return known;
  const id = (BigInt(`0x${sha256(name).slice(0, 15)}`) % 10n ** 18n).toString();
  const folder = join(store, id);
  await mkdir(folder, { recursive: true });
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

/** Throws a RunError `exists` where the experiment has a run of this name. */
export function assertNew(experiment: string, name: string): void {
  const folder = join(experiment, runIdOf(name));
  if (existsSync(folder))
    throw new RunError("exists", `${folder} already exists.`, "Delete it, or give another --out.");
}

/** Writes a run whole: MLflow lists it once its meta.yaml is there, which comes last. @returns the names that MLflow knows by others */
export async function storeRun(experiment: string, run: StoredRun): Promise<ReadonlyMap<string, string>> {
  const id = runIdOf(run.name);
  const folder = join(experiment, id);
  const renamed = new Map<string, string>();
  await mkdir(folder);
  try {
    for (const kind of ["params", "tags", "metrics", "artifacts"]) await mkdir(join(folder, kind));
    const paramKey = keyMaker();
    for (const [name, value] of Object.entries(run.params)) {
      const key = paramKey(name);
      if (key !== name && key !== name.replaceAll(/\[(\d+)\]/g, ".$1")) renamed.set(name, key);
      await writeBelow(join(folder, "params", key), cut(String(value), longestParam));
    }
    for (const [name, value] of Object.entries(run.tags))
      if (value !== undefined) await writeBelow(join(folder, "tags", name), cut(value, longestTag));
    const metricKey = keyMaker();
    for await (const metrics of run.metrics) {
      const lines = new Map<string, string[]>();
      for (const { name, time, value, step } of metrics) {
        const key = metricKey(name);
        if (key !== name) renamed.set(name, key);
        const own = lines.get(key) ?? [];
        own.push(`${Math.round(time)} ${value ?? "nan"} ${step}\n`);
        lines.set(key, own);
      }
      for (const [key, own] of lines) await writeBelow(join(folder, "metrics", key), own.join(""));
    }
    await writeFile(join(folder, "meta.yaml"), yaml(metaOf(run, { id, experiment, folder })));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return renamed;
}

function metaOf(
  { name, status, start, end }: StoredRun,
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
    status,
    tags: [],
    user_id: "",
  };
}

/** Appends to a file in folders that need not be there. */
async function writeBelow(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await appendFile(path, text);
}

function cut(text: string, most: number): string {
  const letters = text.length > most ? [...text] : [];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
