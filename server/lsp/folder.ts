import { join, resolve } from "node:path";
import { entriesOf, statsOf } from "../data/reading.ts";
import type { FolderEntry } from "../language/completion/paths.ts";

/** Nobody looks through more of them; a folder of images may have a hundred thousand. */
const mostEntries = 2000;

/** What is in a folder; nothing where it cannot be read. A link counts as what it leads to. */
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
