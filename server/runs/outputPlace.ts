import { readdir, realpath, stat } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { sumsIn, sumsName } from "../data/checksums.ts";
import { parse } from "../language/parse.ts";
import { references } from "../language/references.ts";
import { makeFolders, writeFileDurably } from "./durable.ts";
import { readOwnFile } from "./ownFile.ts";
import { type RunDirectory, readExperiment, readJob } from "./runDirectory.ts";
import { RunError, toOutput } from "./runError.ts";

/** What nothing is written over, whatever a person asks for. Paths are absolute. */
export interface Kept {
  /** `*` in a name stands for any letters. */
  readonly files: readonly string[];
  /** Nor is anything written into it. */
  readonly run?: string;
}

/** What an experiment reads, and its own file. @param experiment its content, with paths from the file's folder */
export const keptBy = (experiment: unknown, file: string, folder = dirname(file)): Kept => ({
  files: [
    file,
    ...references(parse(JSON.stringify(experiment)).root).map(({ path }) => resolve(folder, path)),
  ],
});

/** As `keptBy`, and the run. */
export async function keptOf(run: RunDirectory): Promise<Kept> {
  const { experimentFile, baseDirectory } = await readJob(run);
  return { ...keptBy(await readExperiment(run), experimentFile, baseDirectory), run: run.path };
}

/** Writes a file that a person has named, and makes its folder. @param kept what it may not replace */
export const writeOutput = (path: string, content: Uint8Array | string, kept: Kept): Promise<void> =>
  toOutput(async () => {
    await assertNotKept(path, kept);
    await assertFile(path);
    makeFolders(dirname(path));
    await writeFileDurably(path, content);
  });

/** Throws a RunError where an output would replace one of these files, or lie in the run. */
export async function assertNotKept(path: string, { files, run }: Kept): Promise<void> {
  const target = await realOf(path);
  const refuse = (why: string) => {
    throw new RunError("kept-file", `Nothing is written to ${path}: ${why}.`, "Choose another name.");
  };
  if (run !== undefined && `${target}${sep}`.startsWith((await realOf(run)) + sep))
    refuse("only its trainer writes into a run");
  for (const file of files) {
    const real = await realOf(file);
    if (target === real || isOfPattern(target, real)) refuse("it is what the experiment reads");
  }
}

/** Throws a RunError for a device or a pipe, which a file would take the place of. */
export async function assertFile(path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there === undefined || there.isFile() || there.isDirectory()) return;
  throw new RunError("not-a-file", `Could not write ${path}: it is a device or a pipe.`, "Name a file.");
}

/** Bytes of checksums: an export has a few files. */
const mostSums = 2 ** 20;

/** Throws a RunError for a folder with anything in it that is not of an earlier export: it would be replaced as a whole. */
export async function assertOwnFolder(path: string): Promise<void> {
  const names = await readdir(path).catch(() => []);
  const sums = await readOwnFile(join(path, sumsName), mostSums).catch(() => undefined);
  const own = new Set([".DS_Store", sumsName, ...(sumsIn(String(sums ?? ""))?.keys() ?? [])]);
  const other = names.find((name) => !own.has(name));
  if (other === undefined) return;
  throw new RunError(
    "other-files",
    `Could not write ${path}: the folder has other files in it, such as ${other}, and would be replaced as a whole.`,
    "Choose a folder that is not there yet.",
  );
}

/** Throws a RunError for a file that is not of an earlier export, where a person has named its folder alone. */
export async function assertOwnFile(path: string): Promise<void> {
  const isThere = async (file: string) => (await stat(file).catch(() => undefined)) !== undefined;
  if (!(await isThere(path)) || (await isThere(`${path}.sha256`))) return;
  throw new RunError(
    "other-files",
    `Could not write ${path}: another file is there.`,
    "Choose another folder, or name the file itself.",
  );
}

/** As it is on the disk, or would be. */
async function realOf(path: string): Promise<string> {
  return realpath(path).catch(async () => {
    const folder = resolve(path, "..");
    return folder === path ? path : join(await realOf(folder), path.slice(folder.length));
  });
}

/** `train-*.parquet` names all shards of a table. */
function isOfPattern(path: string, pattern: string): boolean {
  if (!pattern.includes("*")) return false;
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(`[^/\\\\]*`)}$`).test(path);
}
