import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { type FileHandle, lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { grouped } from "../grouped.ts";
import { fileError, RunError } from "./runError.ts";

/**
 * Files of a run directory, which may come from a repository, a colleague or a broken disk: only regular files are opened. A
 * link could make a run read or write files outside of it; a pipe would block its reader.
 */

/** Windows has neither; there links are checked before. */
const { O_NOFOLLOW: noFollow = 0, O_NONBLOCK: noWait = 0 } = constants as Partial<typeof constants>;

/** Undefined where it is missing. The caller closes it. Throws a RunError `link`, `not-a-file` or that of the disk. */
export async function openOwnFile(path: string): Promise<FileHandle | undefined> {
  return (await opened(path))?.handle;
}

/** @param most bytes; a larger file is refused with a RunError `too-large` */
export async function readOwnFile(path: string, most: number): Promise<Buffer | undefined> {
  return (await readOwnFileWithStats(path, most))?.bytes;
}

/** @returns also the file's metadata from before it was read */
export async function readOwnFileWithStats(
  path: string,
  most: number,
): Promise<{ readonly bytes: Buffer; readonly stats: Stats } | undefined> {
  const file = await opened(path);
  if (file === undefined) return undefined;
  const { handle, stats } = file;
  try {
    assertSize(stats, most, path);
    // FileHandle.readFile would stat again.
    const bytes = Buffer.allocUnsafe(stats.size);
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return { bytes: bytes.subarray(0, filled), stats };
  } catch (error) {
    throw ownFileError(error, "read", path);
  } finally {
    await handle.close();
  }
}

async function opened(
  path: string,
): Promise<{ readonly handle: FileHandle; readonly stats: Stats } | undefined> {
  let handle: FileHandle | undefined;
  try {
    if (noFollow === 0) assertNoLink(await lstat(path), path);
    handle = await open(path, constants.O_RDONLY | noFollow | noWait);
    const stats = await handle.stat();
    assertRegular(stats, path);
    return { handle, stats };
  } catch (error) {
    await handle?.close();
    if (isMissing(error)) return undefined;
    throw ownFileError(error, "read", path);
  }
}

export function readOwnFileSync(path: string, most: number): Buffer | undefined {
  let file: number | undefined;
  try {
    if (noFollow === 0) assertNoLink(lstatSync(path), path);
    file = openSync(path, constants.O_RDONLY | noFollow | noWait);
    const stats = fstatSync(file);
    assertRegular(stats, path);
    assertSize(stats, most, path);
    return readFileSync(file);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw ownFileError(error, "read", path);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Opens a file for reading and appending, created if missing. A hard link is refused. */
export function openOwnFileToAppend(path: string): number {
  let file: number | undefined;
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found !== undefined) assertNoLink(found, path);
    file = openSync(
      path,
      constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | noFollow | noWait,
      0o644,
    );
    const stats = fstatSync(file);
    assertRegular(stats, path);
    if (stats.nlink > 1)
      throw new RunError(
        "link",
        `${path} is a hard link: the same file has another name elsewhere.`,
        "Put a copy of the file in its place.",
      );
    return file;
  } catch (error) {
    if (file !== undefined) closeSync(file);
    throw ownFileError(error, "write", path);
  }
}

/** More are not a run's. */
const mostEntries = 100_000;
const deepest = 8;

/**
 * Throws a RunError where the path, or anything in it at any depth, is not a folder or a file.
 * @param files names that must be files if they exist
 */
export async function assertOwnFolder(path: string, files: readonly string[] = []): Promise<void> {
  let visited = 0;
  const visit = async (folder: string, depth: number): Promise<void> => {
    for (const entry of await entriesOf(folder)) {
      const inside = join(folder, entry.name);
      visited += 1;
      if (entry.isSymbolicLink()) throw linkError(inside);
      if (entry.isFile()) continue;
      if (!entry.isDirectory() || (depth === 1 && files.includes(entry.name))) throw notAFile(inside);
      if (depth === deepest || visited > mostEntries)
        throw new RunError("too-large", `${path} holds more folders than a run does.`, hint);
      await visit(inside, depth + 1);
    }
  };
  try {
    assertNoLink(await lstat(path), path);
    await visit(path, 1);
  } catch (error) {
    if (!isMissing(error)) throw ownFileError(error, "read", path);
  }
}

/** Throws a RunError where a link stands at the path itself. */
export async function assertNoLinkAt(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats !== undefined) assertNoLink(stats, path);
}

/** Files that a trainer has replaced meanwhile are gone. */
const entriesOf = (folder: string) =>
  readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw ownFileError(error, "read", folder);
  });

const hint = "Check the folder: no version of Distillery has written this.";

function assertNoLink(stats: Stats, path: string): void {
  if (stats.isSymbolicLink()) throw linkError(path);
}

const linkError = (path: string): RunError =>
  new RunError(
    "link",
    `${path} is a symbolic link; a run reads and writes only files in its own folder.`,
    "Replace the link by its target, or remove it.",
  );

function assertRegular(stats: Stats, path: string): void {
  if (!stats.isFile()) throw notAFile(path);
}

const notAFile = (path: string): RunError => new RunError("not-a-file", `${path} is not a file.`, hint);

function assertSize({ size }: Stats, most: number, path: string): void {
  if (size > most)
    throw new RunError(
      "too-large",
      `${path} has ${grouped(size)} bytes; expected at most ${grouped(most)}.`,
      hint,
    );
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}

function ownFileError(error: unknown, doing: "read" | "write", path: string): RunError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ELOOP" || code === "EMLINK") return linkError(path);
  // A pipe without a reader, a socket; a folder that is to be written.
  return code === "ENXIO" || code === "EISDIR" ? notAFile(path) : fileError(error, doing, path);
}
