import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { remove, removeTemporaries } from "./durable.ts";
import { livingHolder, readRecord } from "./holder.ts";

/** Removes temporary files of killed processes from a run. For the holder of its lock, before it writes anything. */
export async function removeLeftovers(run: string): Promise<void> {
  await removeLocks(run);
  for (const folder of [run, ...(await subjectFolders(run))]) await removeTemporaries(folder);
}

/** Unfinished locks, `lock.PID.TIME`, whose process is gone. */
async function removeLocks(run: string): Promise<void> {
  for (const name of await readdir(run)) {
    if (!/^lock\.\d+\.\d+$/.test(name)) continue;
    const path = join(run, name);
    const text = readRecord(path);
    if (text !== undefined && livingHolder(path, text) === undefined) await remove(path);
  }
}

/** Folders of networks and checkpoints, without the run itself. */
async function subjectFolders(run: string): Promise<string[]> {
  const entries = await readdir(run, { withFileTypes: true, recursive: true });
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
  return folders.map((entry) => join(entry.parentPath, entry.name));
}
