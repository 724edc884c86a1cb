import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { remove, removeTemporaries } from "./durable.ts";
import { livingHolder, readRecord } from "./holder.ts";

/** Removes from a run what killed processes have left there. For the holder of its lock, before it writes anything. */
export async function removeLeftovers(run: string): Promise<void> {
  await removeLocks(run);
  for (const folder of [run, ...(await subjectFolders(run))]) await removeTemporaries(folder);
}

/** Locks in the making, `lock.PID.TIME`, whose process is gone. */
async function removeLocks(run: string): Promise<void> {
  for (const name of await readdir(run)) {
    if (!/^lock\.\d+\.\d+$/.test(name)) continue;
    const path = join(run, name);
    const text = readRecord(path);
    if (text !== undefined && livingHolder(path, text) === undefined) await remove(path);
  }
}

/** Where networks and checkpoints stand, the run itself left out. */
async function subjectFolders(run: string): Promise<string[]> {
  const entries = await readdir(run, { withFileTypes: true, recursive: true });
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
  return folders.map((entry) => join(entry.parentPath, entry.name));
}
