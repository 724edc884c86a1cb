import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { list } from "tar/list"; // alone: "tar" is a bundle that hides its parts from licence lists
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { EngineError } from "../engineError.ts";

/** Path of a member in the folder; undefined: skip it. */
export type Target = (member: string) => string | undefined;

/**
 * Unpacks the wanted members of a zip archive to disk, one after the other, without holding one in memory:
 * libtensorflow is larger than a Node buffer may be. The archive's hash is verified before; yauzl refuses names that
 * lead out of a folder and members of another size than the directory lists.
 */
export async function unzip(archive: string, target: Target, signal?: AbortSignal): Promise<void> {
  const zip = await openPromise(archive).catch((error: Error) => {
    throw bad(archive, error.message);
  });
  try {
    for await (const entry of members(zip, archive)) {
      const to = entry.fileName.endsWith("/") ? undefined : target(entry.fileName);
      if (to === undefined) continue;
      await mkdir(path.dirname(to), { recursive: true });
      const content = await zip.openReadStreamPromise(entry);
      await pipeline(content, createWriteStream(to), signal ? { signal } : {}).catch((error: Error) => {
        // Errors of the disk are passed on: the archive is not at fault.
        throw error.name === "AbortError" || "syscall" in error
          ? error
          : bad(archive, `${entry.fileName}: ${error.message}`);
      });
    }
  } finally {
    zip.close();
  }
}

async function* members(zip: ZipFile, archive: string): AsyncGenerator<Entry> {
  try {
    yield* zip.eachEntry();
  } catch (error) {
    throw bad(archive, (error as Error).message);
  }
}

/** Unpacks the wanted regular files of an npm package's .tgz into memory: such archives are small. */
export async function untar(archive: string, target: Target): Promise<void> {
  const writing: Promise<void>[] = [];
  let outside: string | undefined;
  await list({
    file: archive,
    strict: true,
    onReadEntry(entry) {
      if (entry.path.split("/").includes("..")) outside ??= entry.path;
      const to = entry.type === "File" || entry.type === "OldFile" ? target(entry.path) : undefined;
      if (to !== undefined && outside === undefined)
        writing.push(entry.concat().then((content) => write(to, content)));
    },
  }).catch((error: Error) => {
    throw bad(archive, error.message);
  });
  await Promise.all(writing);
  if (outside !== undefined) throw bad(archive, `invalid relative path: ${outside}`);
}

async function write(file: string, content: Uint8Array): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}

function bad(archive: string, why: string): EngineError {
  return new EngineError(
    "bad-archive",
    `${path.basename(archive)} could not be unpacked: ${why.replace(/^TAR_\w+: |\.$/g, "")}.`,
    "Download it again.",
  );
}
