import { existsSync, mkdirSync, renameSync } from "node:fs";
import { open, readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { hideFromGit } from "../ownFolder.ts";
import { isMarkAlive, ownMark } from "../ownMark.ts";
import { assertLocked } from "./lock.ts";
import { fileError, RunError } from "./runError.ts";

/** Contents by file name; names hold no folder. */
export type FolderContents = Readonly<Record<string, Uint8Array | string>>;

/** A replaced folder keeps this ending until the new one is in its place, so that one of the two is always there. */
export const replacedSuffix = ".replaced";
const temporary = /^\..*?(?:\.([0-9a-f]{8})\.(\d+))?\.\d+\.tmp$/;

/** Replaces a file atomically: a reader, or the disk after a power cut, has the old content or the new. */
export async function writeFileDurably(path: string, content: Uint8Array | string): Promise<void> {
  const beside = temporaryName(path);
  try {
    await writeSynced(beside, content);
    move(beside, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(beside).catch(() => {});
    throw fileError(error, "write", path);
  }
}

/**
 * Writes a whole folder beside `path`, syncs it, then moves it into place. Killed at any moment, `path` or
 * `path.replaced` holds a whole folder if one was there before.
 */
export async function writeFolderDurably(path: string, contents: FolderContents): Promise<void> {
  const beside = temporaryName(path);
  const replaced = path + replacedSuffix;
  try {
    makeFolder(dirname(path));
    makeFolder(beside);
    for (const [name, content] of Object.entries(contents)) await writeSynced(join(beside, name), content);
    await syncFolder(beside);
    // The folder at `path` is moved aside only now, when its replacement is complete and on disk.
    if (await isFolder(path)) {
      await remove(replaced);
      move(path, replaced);
    }
    move(beside, path);
    await syncFolder(dirname(path));
    await remove(replaced);
  } catch (error) {
    await rm(beside, { recursive: true }).catch(() => {});
    throw fileError(error, "write", path);
  }
}

/** Like mkdir -p. Node's own reports ENOENT on a read-only file system, and never ends below /proc. */
export function makeFolders(path: string): void {
  if (existsSync(path)) return; // Windows refuses to make the root of a drive.
  try {
    makeFolder(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || dirname(path) === path) throw error;
    makeFolders(dirname(path));
    makeFirstIn(dirname(path), path);
  }
}

/** In a folder that is there. */
function makeFirstIn(folder: string, path: string): void {
  try {
    makeFolder(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const why = `Could not create ${path}: ${folder} takes no new folders.`;
    throw new RunError("read-only", why, "Choose another folder.");
  }
}

/**
 * Removes files of killed writers in `folder`, but none that a living process on this machine is writing.
 * @param others whether to remove files of other machines too: in a run yes, for the holder of the lock
 */
export async function removeTemporaries(
  folder: string,
  { others = true }: { readonly others?: boolean } = {},
): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  await Promise.all(
    names.filter((name) => isLeftOver(name, others)).map((name) => remove(join(folder, name))),
  );
}

function isLeftOver(name: string, others: boolean): boolean {
  const [match, host, pid] = temporary.exec(name) ?? [];
  if (match === undefined) return false;
  if (host === undefined || pid === undefined) return true; // as earlier versions named them
  return !(isMarkAlive(host, pid) ?? !others);
}

/** Removes a file or a folder, if it exists. */
export async function remove(path: string): Promise<void> {
  assertLocked(path);
  await rm(path, { recursive: true, force: true });
}

/** Syncs renames and new names in a folder to disk. Windows cannot open folders and does not need it. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Synchronous: a process that was suspended after its check must not replace another's file. */
function move(from: string, to: string): void {
  assertLocked(to);
  renameSync(from, to);
}

async function writeSynced(path: string, content: Uint8Array | string): Promise<void> {
  assertLocked(path);
  const handle = await open(path, "wx");
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Not recursive: a run directory deleted meanwhile must not reappear without its events. */
export function makeFolder(path: string): void {
  assertLocked(path);
  try {
    mkdirSync(path);
    hideFromGit(path, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

let writes = 0;
function temporaryName(path: string): string {
  writes += 1;
  return join(dirname(path), `.${basename(path)}.${ownMark()}.${writes}.tmp`);
}
