import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { sumOf, sumsIn, sumsName } from "../data/checksums.ts";
import { parse } from "../language/parse.ts";
import { references } from "../language/references.ts";
import { makeFolders, writeFileDurably } from "./durable.ts";
import { readOwnFile } from "./ownFile.ts";
import { type RunDirectory, readExperiment, readJob } from "./runDirectory.ts";
import { RunError, toOutput } from "./runError.ts";
import { ownRunsFolder } from "./runsFolder.ts";
import { cacheFolder } from "./trainedTeachers.ts";

/** What nothing is written over, whatever a person asks for. Paths are absolute. */
export interface Kept {
  /** `*` in a name stands for any letters. */
  readonly files: readonly string[];
  /** Nor is anything written into it. */
  readonly run?: string;
  /** A folder with the checksums of the outputs that were written: such a file may be replaced. */
  readonly written: string;
}

/** Where a person wants an output. */
export interface OutputPlace {
  /** Absolute. */
  readonly path: string;
  readonly kept: Kept;
  /** Any file that is there may be replaced: a person has said so. */
  readonly replace?: boolean | undefined;
}

/** What an experiment reads, and its own file. @param experiment its content, with paths from the file's folder */
export const keptBy = (experiment: unknown, file: string, folder = dirname(file)): Kept => ({
  files: [
    file,
    ...references(parse(JSON.stringify(experiment)).root).map(({ path }) => resolve(folder, path)),
  ],
  written: writtenIn(ownRunsFolder(dirname(file))),
});

/** As `keptBy`, and the run. */
export async function keptOf(run: RunDirectory): Promise<Kept> {
  const { experimentFile, baseDirectory } = await readJob(run);
  const kept = keptBy(await readExperiment(run), experimentFile, baseDirectory);
  return { ...kept, run: run.path, written: writtenIn(dirname(run.path)) };
}

const writtenIn = (runs: string): string => join(cacheFolder(runs), "written");

/** Writes a file that a person has named, and makes its folder. */
export const writeOutput = (place: OutputPlace, content: Uint8Array | string): Promise<void> =>
  toOutput(async () => {
    await assertOutput(place);
    makeFolders(dirname(place.path));
    await writeFileDurably(place.path, content);
    await rememberOutput(place);
  });

/** Throws a RunError where a file may not be written: it would replace what is kept, a device, or a file of another program or a person. */
export async function assertOutput({ path, kept, replace = false }: OutputPlace): Promise<void> {
  await assertNotKept(path, kept);
  const there = await stat(path).catch(() => undefined);
  if (there === undefined || there.isDirectory()) return;
  if (!there.isFile())
    throw new RunError("not-a-file", `Could not write ${path}: it is a device or a pipe.`, "Name a file.");
  // Of an empty one, as `mktemp` makes it, nothing is lost.
  if (replace || there.size === 0 || (await isOutput(path, kept))) return;
  throw new RunError(
    "other-files",
    `Could not write ${path}: another file is there.`,
    "Choose another name, or give --replace.",
  );
}

/** So that it may be replaced later, by its content: it may be moved. Where that cannot be kept, --replace is needed then. */
export async function rememberOutput({ path, kept }: OutputPlace): Promise<void> {
  const sum = await sumOf(path);
  if (typeof sum !== "string") return;
  try {
    makeFolders(kept.written);
    await writeFileDurably(join(kept.written, sum), "");
  } catch {}
}

async function isOutput(path: string, { written }: Kept): Promise<boolean> {
  const sum = await sumOf(path);
  if (typeof sum !== "string") return false;
  if ((await stat(join(written, sum)).catch(() => undefined)) !== undefined) return true;
  const sealed = await readOwnFile(`${path}.sha256`, mostSums).catch(() => undefined);
  return sumsIn(String(sealed ?? ""))?.get(basename(path)) === sum;
}

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
