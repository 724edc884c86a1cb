import type { SettingsTable } from "../protocol.ts";
import { inLanes } from "./list.ts";
import { readExperiment, runDirectory } from "./runDirectory.ts";
import { RunError } from "./runError.ts";
import { plainValue, type Setting, settingsOf, withoutEffect } from "./settingChanges.ts";

/** The settings of many runs as a table; a run whose experiment cannot be read has none. */
export async function settingsTable(directories: readonly string[]): Promise<SettingsTable> {
  const shared = new Map<string, Setting>();
  const rows = await inLanes(directories, (directory) => readSettings(directory, shared));
  const columns = new Map<string, (string | undefined)[]>();
  for (const [row, settings] of rows.entries()) {
    for (const { path, json } of settings ?? []) {
      if (withoutEffect.test(path)) continue;
      const column = columns.get(path) ?? new Array<string | undefined>(rows.length).fill(undefined);
      columns.set(path, column);
      column[row] = json;
    }
  }
  const read = rows.flatMap((settings, row) => (settings === undefined ? [] : [row]));
  const differ = new Map<string, SettingsTable["differ"][number]>();
  const same = new Map<string, SettingsTable["same"][string]>();
  for (const [path, column] of columns) {
    const texts = [...new Set(read.map((row) => column[row]))];
    const values = texts.filter((text) => text !== undefined);
    if (texts.length === 1) {
      for (const text of values) same.set(path, plainValue(text));
      continue;
    }
    const of = column.map((text) => (text === undefined ? -1 : values.indexOf(text)));
    // What is written once and holds in several places is one column.
    const key = [path.slice(path.lastIndexOf(".") + 1), values.join("\n"), of.join()].join("\n");
    const other = differ.get(key)?.path;
    if (other === undefined || other.split(".").length > path.split(".").length)
      differ.set(key, { path, values: values.map(plainValue), of });
  }
  return { differ: [...differ.values()], same: Object.fromEntries(same) };
}

async function readSettings(
  directory: string,
  shared: Map<string, Setting>,
): Promise<readonly Setting[] | undefined> {
  try {
    return settingsOf(await readExperiment(runDirectory(directory)), shared);
  } catch (error) {
    if (error instanceof RunError) return undefined;
    throw error;
  }
}
