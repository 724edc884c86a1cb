import { createReadStream, createWriteStream } from "node:fs";
import { type FileHandle, mkdir, open, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { createInflateRaw } from "node:zlib";
import { EngineError } from "../engineError.ts";

/** Where a member of an archive goes; undefined: it is not wanted. */
export type Target = (member: string) => string | undefined;

interface Member {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  readonly at: number;
}

/**
 * Unpacks the wanted members of a zip archive to disk, one after the other, without holding one in memory: libtensorflow is
 * larger than a Node buffer may be. The archive's hash has been checked, so that only sizes are checked here.
 */
export async function unzip(archive: string, target: Target, signal?: AbortSignal): Promise<void> {
  const file = await open(archive);
  try {
    for (const member of await centralDirectory(file, archive)) {
      const to = member.name.endsWith("/") ? undefined : target(member.name);
      if (to === undefined) continue;
      await mkdir(path.dirname(to), { recursive: true });
      await extract(archive, await dataStart(file, member), member, to, signal);
      const { size } = await stat(to);
      if (size !== member.size)
        throw bad(archive, `${member.name} has ${size} bytes where ${member.size} were expected`);
    }
  } finally {
    await file.close();
  }
}

async function extract(
  archive: string,
  start: number,
  { packed, method }: Member,
  to: string,
  signal?: AbortSignal,
): Promise<void> {
  if (packed === 0) return writeFile(to, "");
  const source = createReadStream(archive, { start, end: start + packed - 1 });
  const options = signal ? { signal } : {};
  if (method === 8) await pipeline(source, createInflateRaw(), createWriteStream(to), options);
  else await pipeline(source, createWriteStream(to), options);
}

// Field offsets are those of PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16.
const endSize = 22;
const longestComment = 0xffff;

async function centralDirectory(file: FileHandle, archive: string): Promise<Member[]> {
  const { size } = await file.stat();
  const length = Math.min(size, endSize + longestComment);
  const tail = await bytes(file, size - length, length);
  const end = tail.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (end < 0) throw bad(archive, "it is not a zip archive");
  const directorySize = tail.readUInt32LE(end + 12);
  const start = tail.readUInt32LE(end + 16);
  if (start === 0xffffffff) throw bad(archive, "it is a zip64 archive, which is not read here");
  const directory = await bytes(file, start, directorySize);
  const members: Member[] = [];
  for (let at = 0; at < directory.length; ) {
    const nameLength = directory.readUInt16LE(at + 28);
    members.push({
      method: directory.readUInt16LE(at + 10),
      packed: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      at: directory.readUInt32LE(at + 42),
      name: directory.toString("utf8", at + 46, at + 46 + nameLength),
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return members;
}

/** A member's own header repeats its name and has an extra field of another length than the directory's. */
async function dataStart(file: FileHandle, { at }: Member): Promise<number> {
  const header = await bytes(file, at, 30);
  return at + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
}

async function bytes(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

export function bad(archive: string, why: string): EngineError {
  return new EngineError(
    "bad-archive",
    `${path.basename(archive)} could not be unpacked: ${why}.`,
    "Fetch it again.",
  );
}
