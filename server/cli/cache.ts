import { runsDirectories } from "../api/findRun.ts";
import { cacheLimit, cacheUse, clearCache, gigabytes, samplesFolder } from "../data/cache/room.ts";
import { cacheFolder } from "../runs/trainedTeachers.ts";
import { shown } from "../terminal/shownPath.ts";
import { type ExitCode, exit, print, printJson, type Terminal } from "../terminal/terminal.ts";

/** Samples in the cache beside a folder of runs: what they take and may take at most, in bytes. */
export interface SampleCache {
  readonly folder: string;
  readonly bytes: number;
  readonly limit: number;
}

/** `distill cache`: what samples in the caches of the runs from here take; with `clear` they are removed. */
export async function cache(
  { clear, json, runsDirectory }: { clear?: boolean; json?: boolean; runsDirectory?: string },
  terminal: Terminal,
): Promise<ExitCode> {
  const caches = await sampleCaches(runsDirectory);
  const cleared = new Map<string, number>();
  if (clear) for (const { folder } of caches) cleared.set(folder, await clearCache(folder));
  const left = clear ? await sampleCaches(runsDirectory) : caches;
  if (json) printJson(terminal, { sampleCaches: left });
  else if (left.length === 0) print(terminal, "There are no runs here, and so no samples in a cache.");
  else
    for (const one of left) {
      const freed = cleared.get(one.folder);
      print(terminal, cacheLine(one), ...(freed === undefined ? [] : [`  ${gigabytes(freed)} are cleared`]));
    }
  return exit.done;
}

export async function sampleCaches(runsDirectory?: string): Promise<readonly SampleCache[]> {
  const folders = (await runsDirectories(runsDirectory)).map((runs) => samplesFolder(cacheFolder(runs)));
  const limit = cacheLimit();
  return Promise.all(folders.map(async (folder) => ({ folder, bytes: await cacheUse(folder), limit })));
}

export const cacheLine = ({ folder, bytes, limit }: SampleCache): string =>
  `samples in the cache: ${gigabytes(bytes)} of at most ${gigabytes(limit)} in ${shown(folder)}`;
