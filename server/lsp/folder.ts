import { join, resolve } from "node:path";
import { entriesOf, statsOf } from "../data/reading.ts";
import type { FolderEntry } from "../language/completion/paths.ts";

/** Most entries listed; a folder of images may have a hundred thousand. */
const mostEntries = 2000;

/** Content of a folder; empty where it cannot be read. A link counts as its target. */
export async function listFolder(base: string, folder: string): Promise<FolderEntry[]> {
  const path = resolve(base, folder);
  const entries = (await entriesOf(path)) ?? [];
  return Promise.all(
    entries.slice(0, mostEntries).map(async (entry) => ({
      name: entry.name,
      isFolder: entry.isSymbolicLink() ? await isFolder(join(path, entry.name)) : entry.isDirectory(),
    })),
  );
}

const isFolder = async (path: string): Promise<boolean> => (await statsOf(path))?.isDirectory() === true;
