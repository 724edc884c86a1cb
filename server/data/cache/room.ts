import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isMarkAlive, ownMark } from "../../ownMark.ts";
import type { DataProblem } from "../problem.ts";

/** Of samples as rows, and of what is known of the content of files. */
export const suffixes = { rows: ".rows", contents: ".contents" } as const;

/** What samples may take on disk in all; the environment's DISTILL_CACHE_GB says another number. */
export const cacheLimit = (): number => (Number(process.env["DISTILL_CACHE_GB"]) || 64) * 1e9;

/** Where a cache keeps samples. */
export const samplesFolder = (cacheDirectory: string): string => join(cacheDirectory, "samples");

const isOwn = (name: string): boolean => Object.values(suffixes).some((suffix) => name.endsWith(suffix));

/** Bytes of the samples in a folder of the cache. */
export async function cacheUse(folder: string): Promise<number> {
  const names = (await readdir(folder).catch(() => [])).filter(isOwn);
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => ({ size: 0 }))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

/** Removes all samples of a folder but those being written. @returns the bytes freed */
export async function clearCache(folder: string): Promise<number> {
  const bytes = await cacheUse(folder);
  for (const name of await readdir(folder).catch(() => []))
    if (isOwn(name) || (name.endsWith(".part") && !isBeingWritten(join(folder, name))))
      await rm(join(folder, name), { force: true }).catch(() => {}); // Windows keeps what another process has open
  return bytes - (await cacheUse(folder));
}

/** Creates the folder, but not its parents: the old folder of an experiment that was moved must not reappear. */
export function makeFolder(folder: string): void {
  for (const own of [dirname(folder), folder])
    try {
      mkdirSync(own);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
}

/** The temporary name of a file while it is written. */
export const partOf = (path: string): string => `${path}.${ownMark()}.${randomBytes(4).toString("hex")}.part`;

/** Makes room for so many bytes: removes the least recently used samples, and files of killed processes. */
export function makeRoom(folder: string, bytes: number): DataProblem | undefined {
  const limit = cacheLimit();
  if (bytes > limit)
    return {
      code: "too-large",
      message: `The samples take ${gigabytes(bytes)} on disk, more than the ${gigabytes(limit)} that the cache of samples may take in all. \`take\` fewer, of images give a smaller \`size\`, or raise DISTILL_CACHE_GB in the environment, or the setting \`distill.imageCacheGigabytes\`.`,
      file: folder,
    };
  const found: { path: string; bytes: number; used: number }[] = [];
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) continue;
    if (name.endsWith(".part") && !isBeingWritten(path)) rmSync(path, { force: true });
    else if (isOwn(name)) found.push({ path, bytes: stats.size, used: stats.mtimeMs });
  }
  let kept = found.reduce((sum, file) => sum + file.bytes, 0);
  for (const file of found.sort((a, b) => a.used - b.used)) {
    if (kept <= limit - bytes) break;
    try {
      rmSync(file.path, { force: true });
    } catch {} // Windows keeps what another process has open
    kept -= file.bytes;
  }
  return undefined;
}

/** A writer on another machine that has not written for an hour is dead. */
const partLifetimeMs = 3_600_000;

function isBeingWritten(path: string): boolean {
  const [, host = "", pid = ""] = /\.([0-9a-f]{8})\.(\d+)\.[0-9a-f]{8}\.part$/.exec(path) ?? [];
  const { mtimeMs = 0 } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return isMarkAlive(host, pid) ?? Date.now() - mtimeMs <= partLifetimeMs;
}

/** @throws what is not the disk's fault */
export function fullDisk(file: string, error: unknown): DataProblem {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code !== "ENOSPC" && code !== "EDQUOT" && code !== "EFBIG") throw error;
  const message =
    "The disk has no room for the samples in the cache. Free some, `take` fewer samples, or of images give a smaller `size`.";
  return { code: "too-large", message, file };
}

export const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
