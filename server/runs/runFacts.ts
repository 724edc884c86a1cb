import type { RunFacts } from "../protocol.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { openRun, readExperiment } from "./runDirectory.ts";

/** Longest path of a setting in characters; experiments have no longer ones, nor more settings. */
const longestPath = 1000;
const mostSettings = 10_000;

/** Settings, data and engine of a run, beyond its summary. Throws a RunError as `openRun` does. */
export async function runFacts(path: string): Promise<RunFacts> {
  const run = await openRun(path);
  const [experiment, manifest] = await Promise.all([readExperiment(run), readManifest(run)]);
  const settings = new Map<string, Setting>();
  flatten(experiment, "", settings);
  return {
    settings: Object.fromEntries(settings),
    engine: manifest === undefined ? [] : engineRows(manifest),
  };
}

/** The manifest's engine, as rows of a table: name and text. */
export function engineRows(manifest: Manifest): readonly (readonly [string, string])[] {
  const { engine, device, engineReason, placement, layout, teacherReading } = manifest;
  const rows = [
    ["engine", [engine, device].filter((word) => word !== undefined).join(", ")],
    ["chosen", engineReason],
    ["data", placement],
    ["layout", layout],
    ["teacher", teacherReading],
  ] as const;
  return rows.flatMap(([name, words]) => (words === undefined || words === "" ? [] : [[name, words]]));
}

type Setting = RunFacts["settings"][string];

function flatten(value: unknown, at: string, into: Map<string, Setting>): void {
  if (at.length > longestPath || into.size >= mostSettings) return;
  if (Array.isArray(value)) {
    // A short list of plain values reads better in one cell: `[64, 32]`.
    if (value.every((item) => typeof item !== "object")) into.set(at, `[${value.join(", ")}]`);
    else for (const [index, item] of value.entries()) flatten(item, `${at}[${index}]`, into);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) flatten(item, at === "" ? key : `${at}.${key}`, into);
  } else into.set(at, value as Setting);
}
