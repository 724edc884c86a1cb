import { readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { runsPath } from "../../runs/runsFolder.ts";

/** Search depth for experiments and their runs below a workspace folder, and the most folders. */
const deepest = 5;
const mostFolders = 3000;

/** Where the runs of an experiment file are kept. */
export const runsFolderOf = (experimentFile: string, runsDirectory = runsPath): string =>
  resolve(dirname(experimentFile), runsDirectory);

/** The folders of runs below a folder, of every experiment there, existing or not. */
export async function findRunFolders(root: string, runsDirectory?: string): Promise<string[]> {
  const found = new Set<string>();
  let level = [root];
  let visited = 0;
  for (let depth = 0; depth <= deepest && level.length > 0 && visited < mostFolders; depth++) {
    const next: string[] = [];
    for (const folder of level.slice(0, mostFolders - visited)) {
      visited++;
      for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
        const { name } = entry;
        if (name.endsWith(".distill.json")) found.add(runsFolderOf(join(folder, name), runsDirectory));
        if (!entry.isDirectory()) continue;
        if (name === ".distill") found.add(join(folder, name, "runs"));
        if (!name.startsWith(".") && name !== "node_modules") next.push(join(folder, name));
      }
    }
    level = next;
  }
  return [...found];
}
