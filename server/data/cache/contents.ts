import { createHash } from "node:crypto";
import { readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRegular, statsOf } from "../reading.ts";
import { makeFolder, partOf, suffixes } from "./room.ts";

/** Files examined at a time. */
const atOnce = 64;
/** A file that changed this recently may change again with the same time. */
const settledMs = 2000;

/** Size and times of a file when its content was read. Programs cannot set the time of the last change. */
type Known = readonly [path: string, size: number, mtimeMs: number, ctimeMs: number, hash: string];

/**
 * Hashes of the contents of files. An unchanged file is not read again: an index in the cache has the size and times of each, by
 * the folder or table that names them.
 */
export interface Contents {
  /** Of each file: a hash, or undefined where it has to be read, or cannot be. */
  readonly hashes: (string | undefined)[];
  /** What was found in a file that had to be read. */
  learn(at: number, hash: string): void;
  /** Writes the index. */
  keep(): Promise<void>;
}

/** @param owner by which the files are found: a folder or a table */
export async function contentsOf(folder: string, owner: string, files: readonly string[]): Promise<Contents> {
  const name = createHash("sha256").update(owner).digest("hex").slice(0, 32);
  const path = join(folder, `${name}${suffixes.contents}`);
  const before = new Map(readIndex(path).map((known) => [known[0], known]));
  const now: (Known | undefined)[] = [];
  const hashes: (string | undefined)[] = [];
  for (let start = 0; start < files.length; start += atOnce)
    for (const [i, stats] of (await Promise.all(files.slice(start, start + atOnce).map(statsOf))).entries()) {
      const file = files[start + i] as string;
      now.push(stats?.isFile() ? [file, stats.size, stats.mtimeMs, stats.ctimeMs, ""] : undefined);
      const known = before.get(file);
      const isAsKnown =
        known && stats && [stats.size, stats.mtimeMs, stats.ctimeMs].every((it, k) => it === known[k + 1]);
      hashes.push(isAsKnown ? known[4] : undefined);
    }
  let isNew = false;
  return {
    hashes,
    learn(at, hash) {
      hashes[at] = hash;
      isNew = true;
    },
    async keep() {
      if (!isNew) return touch(path);
      for (const [at, known] of now.entries()) {
        const [file, size, mtimeMs, ctimeMs] = known ?? [files[at] as string, 0, 0, 0];
        const hash = hashes[at];
        if (known && hash !== undefined && Date.now() - ctimeMs > settledMs)
          before.set(file, [file, size, mtimeMs, ctimeMs, hash]);
        else before.delete(file);
      }
      makeFolder(folder);
      const part = partOf(path);
      writeFileSync(part, JSON.stringify([...before.values()]));
      try {
        renameSync(part, path);
      } catch {
        rmSync(part, { force: true }); // Windows keeps what another process has open. It is read again then.
      }
    },
  };
}

/** The hashes of files that are read as a whole; undefined where one cannot be read. */
export async function contentHashes(
  folder: string,
  owner: string,
  files: readonly string[],
): Promise<readonly string[] | undefined> {
  const contents = await contentsOf(folder, owner, files);
  for (const [at, file] of files.entries()) {
    if (contents.hashes[at] !== undefined) continue;
    const hash = await hashOf(file);
    if (hash === undefined) return undefined;
    contents.learn(at, hash);
  }
  await contents.keep();
  return contents.hashes as string[];
}

/** Of all bytes, whatever they are; undefined where they cannot be read. */
async function hashOf(file: string): Promise<string | undefined> {
  const opened = await openRegular(file).catch(() => undefined);
  if (opened === undefined || "code" in opened) return undefined;
  const hash = createHash("sha256");
  const chunk = new Uint8Array(2 ** 20);
  try {
    for (;;) {
      const { bytesRead } = await opened.handle.read(chunk, 0, chunk.length, null);
      if (bytesRead === 0) return hash.digest("base64");
      hash.update(chunk.subarray(0, bytesRead));
    }
  } catch {
    return undefined;
  } finally {
    await opened.handle.close();
  }
}

/** The valid part of an index; other files are read again. */
function readIndex(path: string): readonly Known[] {
  try {
    const found: unknown = JSON.parse(readFileSync(path, "utf8"));
    return Array.isArray(found) ? found.filter(isKnown) : [];
  } catch {
    return [];
  }
}

const isKnown = (entry: unknown): entry is Known =>
  Array.isArray(entry) && entry.map((value) => typeof value).join() === "string,number,number,number,string";

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now); // the least recently used is removed first
  } catch {} // There is none.
}
