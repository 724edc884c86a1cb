import { dirname, join, resolve } from "node:path";
import { type Classes, toClasses } from "./classNames.ts";
import type { DataProblem } from "./problem.ts";
import { entriesOf, refusal, statsOf } from "./reading.ts";
import type { LoadOptions } from "./sources/options.ts";

/** Samples in files of their own in a folder for each class, by paths in it, with slashes. */
export interface ClassFolders {
  /** Its folders, in the order of their names, each with its files. */
  readonly classes: readonly { readonly name: string; readonly files: readonly string[] }[];
  /** The files beside them. */
  readonly loose: readonly string[];
}

/** Which files of a folder are samples, and what they are called. */
export interface SampleFiles {
  readonly named: RegExp;
  readonly what: "image" | "text";
  /** The key of a source that names a table of them. */
  readonly table: string;
}

/** Lists the files of a folder; in the order of the names by UTF-16 units, whatever order the disk has. Hidden ones are left out. */
export async function listClassFolders(
  folder: string,
  { named, what, table }: SampleFiles,
): Promise<ClassFolders | DataProblem> {
  const wanted = `a folder with a folder for each class is needed. A table of ${what}s is named by \`${table}\`.`;
  const problem = await folderProblem(folder, wanted);
  if (problem) return problem;
  const top = await visibleIn(folder);
  if (top === undefined)
    return {
      code: "permission-denied",
      message: "The folder may not be read: permission denied. Give your user the right to read it.",
      file: folder,
    };
  const ino = (await statsOf(folder))?.ino ?? 0;
  const unread: string[] = [];
  const classes = await Promise.all(
    top
      .filter(({ isFolder }) => isFolder)
      .map(async ({ name }) => ({ name, files: await filesBelow(folder, { name, named, unread }, [ino]) })),
  );
  const [first] = unread.toSorted();
  if (first !== undefined) return unreadFolder(folder, first);
  return {
    classes,
    loose: top.filter(({ name, isFolder }) => !isFolder && named.test(name)).map(({ name }) => name),
  };
}

/** Without it a class would be gone, and nobody told. */
async function unreadFolder(folder: string, name: string): Promise<DataProblem> {
  const isThere = (await statsOf(join(folder, name))) !== undefined;
  return {
    code: isThere ? "permission-denied" : "missing-file",
    message: isThere
      ? `The folder ${name} in it may not be read: permission denied. Give your user the right to read it.`
      : `The link ${name} in it leads to no folder. Put the folder there, or remove the link.`,
    file: folder,
  };
}

/** Why this is no folder that may be read; undefined where it is one. @param wanted what it has to be, as the end of a sentence */
export async function folderProblem(
  folder: string,
  wanted = "a folder is needed.",
): Promise<DataProblem | undefined> {
  const stats = await statsOf(folder);
  if (stats === undefined)
    return (await refusal(folder)) ?? { code: "missing-file", message: "No such folder.", file: folder };
  if (stats.isDirectory()) return undefined;
  return {
    code: "not-a-file",
    message: `This is a file; ${wanted}`,
    file: folder,
    expected: "folder",
    found: "file",
  };
}

/** Every file of a list of folders: those of the classes, then those beside them. */
export const allFiles = ({ classes, loose }: ClassFolders): readonly string[] => [
  ...classes.flatMap(({ files }) => files),
  ...loose,
];

/** Folders in their order, which is Python's, too; where classes are known before, they say what a name stands for. */
export function classesOfFolders(
  folder: string,
  names: readonly string[],
  { like, given }: { readonly like?: LoadOptions["like"]; readonly given?: LoadOptions["classes"] },
): Classes | DataProblem {
  if (like === undefined && given === undefined)
    return { indices: Int32Array.from(names.keys()), classes: names.length, classNames: names };
  const known = toClasses(
    names.map((text) => ({ text, line: 0, column: 0 })),
    { file: folder, like, given },
  );
  if (!("code" in known)) return known;
  const { code, message, expected, found } = known;
  return {
    code,
    message: message.replace("The label", "The folder"),
    file: folder,
    ...(expected !== undefined && { expected }),
    ...(found !== undefined && { found }),
  };
}

/** Files without a class, where each has to have one. */
export function looseProblem(
  folder: string,
  { classes, loose }: ClassFolders,
  { what }: SampleFiles,
): DataProblem | undefined {
  if (classes.length > 0 && loose.length === 0) return undefined;
  const named = `${loose.slice(0, 5).join(", ")}${loose.length > 5 ? ", …" : ""}`;
  const message =
    loose.length === 0
      ? "The folder has no folders in it; there has to be one for each class."
      : `${loose.length} ${what}${loose.length === 1 ? " lies" : "s lie"} in the folder itself and so ${loose.length === 1 ? "has" : "have"} no class: ${named}. Move each into the folder of its class.`;
  return { code: loose.length === 0 ? "no-samples" : "no-label", message, file: folder };
}

export const noFiles = (folder: string, { what }: SampleFiles): DataProblem => ({
  code: "no-samples",
  message: `There are no ${what}s in the folder.`,
  file: folder,
});

/** Files examined for their size. */
const mostMeasured = 1000;
/** More than these are not watched one by one. */
const mostFolders = 500;

/** The folders that files lie in, and how many bytes the first of those have that are used. */
export async function filesOnDisk(
  folder: string,
  { all, used }: { readonly all: readonly string[]; readonly used: readonly string[] },
): Promise<{ readonly folders: readonly string[]; readonly bytes: number }> {
  const files = all.map((path) => resolve(folder, path));
  const sizes = await Promise.all(
    used
      .slice(0, mostMeasured)
      .map((path) => resolve(folder, path))
      .map(async (file) => (await statsOf(file))?.size ?? 0),
  );
  return {
    folders: [...new Set(files.map((file) => dirname(file)))].slice(0, mostFolders),
    bytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}

/**
 * @param unread receives folders that cannot be read
 * @param above inodes of the parent folders, so that links make no cycle
 */
async function filesBelow(
  top: string,
  { name, named, unread }: { readonly name: string; readonly named: RegExp; readonly unread: string[] },
  above: readonly number[],
): Promise<string[]> {
  const path = join(top, name);
  const ino = (await statsOf(path))?.ino;
  if (ino !== undefined && above.includes(ino)) return [];
  const entries = ino === undefined ? undefined : await visibleIn(path);
  if (ino === undefined || entries === undefined) {
    if ((await refusal(path)) === undefined) unread.push(name);
    return [];
  }
  const found: string[] = [];
  for (const entry of entries) {
    const inner = `${name}/${entry.name}`;
    if (entry.isFolder)
      found.push(...(await filesBelow(top, { name: inner, named, unread }, [...above, ino])));
    else if (named.test(entry.name)) found.push(inner);
  }
  return found;
}

async function visibleIn(
  folder: string,
): Promise<readonly { readonly name: string; readonly isFolder: boolean }[] | undefined> {
  const entries = await entriesOf(folder);
  const visible = entries?.filter(({ name }) => !name.startsWith(".") && name !== "__MACOSX");
  const kinds = visible?.map(async (entry) => ({
    name: entry.name,
    isFolder: entry.isSymbolicLink()
      ? // A link that leads nowhere stood for a folder, unless it is called as a file is.
        ((await statsOf(join(folder, entry.name)))?.isDirectory() ?? !/\.\w+$/.test(entry.name))
      : entry.isDirectory(),
  }));
  return (
    kinds && (await Promise.all(kinds)).toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  );
}
