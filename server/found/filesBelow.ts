import { join, posix } from "node:path";
import { entriesOf, statsOf } from "../data/reading.ts";

/** Names in a folder and below it, relative to it, with `/`. */
export interface FilesBelow {
  readonly root: string;
  readonly files: readonly string[];
  /** The names of the files in each folder; the folder itself is "". */
  readonly folders: ReadonlyMap<string, readonly string[]>;
}

/** The first tokenizer that lies there. */
export const tokenizerIn = ({ files }: FilesBelow): string | undefined =>
  files.find((path) => posix.basename(path) === "tokenizer.json");

/** Bounds of the search: with more files than these, a person opens the folder of one experiment. */
const deepest = 4;
const mostFolders = 300;
const mostNames = 5_000;
/** Of a folder with more files, such as one of images, these are enough to tell what it is. */
const mostInFolder = 500;

/** Folders in which tools keep what is theirs. */
const skipped = /^(\..*|node_modules|__pycache__|venv|env|site-packages|dist|build|target)$/i;

/**
 * The files in a folder and below it, breadth first, in the order of their names. Links to folders are not followed, a link
 * to a file counts as one. A folder that cannot be read is empty.
 *
 * @param isOver asked before each folder is read
 */
export async function filesBelow(root: string, isOver: () => boolean): Promise<FilesBelow> {
  const folders = new Map<string, readonly string[]>();
  const files: string[] = [];
  let level = [""];
  for (let depth = 0; depth <= deepest && level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      if (isOver() || folders.size >= mostFolders || files.length >= mostNames) break;
      const entries = (await entriesOf(join(root, folder))) ?? [];
      const names = entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const own: string[] = [];
      for (const entry of names) {
        const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
        if (entry.isDirectory() && !skipped.test(entry.name)) next.push(path);
        if (own.length >= mostInFolder || entry.name.startsWith(".")) continue;
        const isFile =
          entry.isFile() || (entry.isSymbolicLink() && (await statsOf(join(root, path)))?.isFile() === true);
        if (isFile) own.push(entry.name);
      }
      folders.set(folder, own);
      files.push(...own.map((name) => (folder === "" ? name : `${folder}/${name}`)));
    }
    level = next;
  }
  return { root, files: files.slice(0, mostNames), folders };
}
