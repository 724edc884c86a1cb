import { createHash, randomBytes } from "node:crypto";
import { readSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isMarkAlive, ownMark } from "../ownMark.ts";
import { openRegular } from "./reading.ts";

/**
 * A teacher's outputs for each sample, in a file named by a key of what they depend on: data, teacher and preprocessing. A file
 * is whole or absent: it is written beside and renamed, and its checksum is verified when it is opened.
 *
 *     0   8 bytes  magic
 *     8   uint32   rows, little-endian as all that follows
 *     12  uint32   classes
 *     16  32 bytes SHA-256 of the logits
 *     48  float32  logits [rows, classes]
 */
export interface TeacherOutputs {
  readonly count: number;
  readonly classes: number;
  /** Copies the logits of the samples at `rows` into `out` [rows, classes]. */
  gather(rows: ArrayLike<number>, out: Float32Array): void;
  close(): Promise<void>;
}

/** Takes logits in the order of the samples, any number of rows at a time. */
export interface TeacherOutputsWriter {
  append(logits: Float32Array): Promise<void>;
  /** Takes those of all the samples of `outputs`. */
  appendAll(outputs: TeacherOutputs): Promise<void>;
  /** Publishes the file, once all rows are there, and gives it opened. */
  finish(): Promise<TeacherOutputs>;
  /** Removes the unfinished file. Does nothing after `finish`. */
  abandon(): Promise<void>;
}

export interface CacheOptions {
  /** Logits of up to so many bytes stay in memory, more are read from the file row by row. */
  readonly memoryLimit?: number;
}

const magic = "KDLOGIT1";
const headerSize = 48;
const defaultMemoryLimit = 256 * 2 ** 20;
const chunkSize = 2 ** 20;

/** A writer on another machine that has not written for an hour is dead. */
const partLifetimeMs = 3_600_000;

/** The name of the outputs of one teacher for one data set. */
export function cacheKey(parts: {
  /** `contentHash` of the samples. */
  readonly data: string;
  /** A hash of the teacher's files or of the experiment that trains it. */
  readonly teacher: string;
  /** All that happens to a raw sample before the teacher sees it, and to what the teacher gives. */
  readonly preprocessing: string;
}): string {
  const { data, teacher, preprocessing } = parts;
  return createHash("sha256")
    .update(JSON.stringify([magic, data, teacher, preprocessing]))
    .digest("hex");
}

/**
 * Opens what the cache holds under `key`; undefined if there is nothing, or nothing whole for `count` samples. Damaged
 * files are removed, so that they are computed again.
 */
export async function openTeacherOutputs(
  directory: string,
  key: string,
  {
    count,
    memoryLimit = defaultMemoryLimit,
    damagedAt,
  }: CacheOptions & {
    readonly count: number;
    /** Called for a damaged file. */
    readonly damagedAt?: (path: string) => void;
  },
): Promise<TeacherOutputs | undefined> {
  const path = join(directory, key);
  let file: FileHandle;
  try {
    const opened = await openRegular(path);
    if ("code" in opened) return undefined;
    file = opened.handle;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const outputs = await readVerified(file, memoryLimit);
  if (outputs?.count === count) return outputs;
  await outputs?.close();
  await rm(path, { force: true });
  damagedAt?.(path);
  return undefined;
}

/** Starts the outputs of `count` samples. Several processes may write the same key at once. */
export async function createTeacherOutputs(
  directory: string,
  key: string,
  {
    count,
    classes,
    memoryLimit = defaultMemoryLimit,
  }: CacheOptions & { readonly count: number; readonly classes: number },
): Promise<TeacherOutputsWriter> {
  await makeFolder(directory);
  await removeDeadParts(directory);
  const path = join(directory, key);
  const part = `${path}.${ownMark()}.${randomBytes(4).toString("hex")}.part`;
  const file = await open(part, "wx+");
  const hash = createHash("sha256");
  let position = headerSize;

  async function abandon(): Promise<void> {
    await file.close();
    await rm(part, { force: true });
  }

  async function append(logits: Float32Array): Promise<void> {
    const bytes = new Uint8Array(logits.buffer, logits.byteOffset, logits.byteLength);
    hash.update(bytes);
    await writeFully(file, bytes, position);
    position += bytes.length;
  }

  return {
    append,
    async appendAll(outputs) {
      const most = Math.max(1, Math.floor(chunkSize / (4 * classes)));
      for (let start = 0; start < outputs.count; start += most) {
        const rows = Int32Array.from(
          { length: Math.min(most, outputs.count - start) },
          (_, row) => start + row,
        );
        const logits = new Float32Array(rows.length * classes);
        outputs.gather(rows, logits);
        await append(logits);
      }
    },
    async finish() {
      const expected = headerSize + count * classes * 4;
      if (position !== expected) {
        await abandon();
        throw new RangeError(`${(position - headerSize) / 4} logits were written for ${count} × ${classes}.`);
      }
      await writeFully(file, encodeHeader(count, classes, hash.digest()), 0);
      await file.sync();
      await file.close();
      await publish(part, path, directory);
      const outputs = await openTeacherOutputs(directory, key, { count, memoryLimit });
      if (outputs === undefined) throw new Error(`${path} was damaged right after it was written.`);
      return outputs;
    },
    abandon,
  };
}

/** Not its parents: the old folder of an experiment that was moved must not reappear. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

async function publish(part: string, path: string, directory: string): Promise<void> {
  try {
    await rename(part, path);
  } catch (error) {
    // Windows does not replace a file that another process holds open. It has the same content.
    await rm(part, { force: true });
    if (!(await exists(path))) throw error;
  }
  await syncDirectory(directory);
}

async function readVerified(file: FileHandle, memoryLimit: number): Promise<TeacherOutputs | undefined> {
  let keepOpen = false;
  try {
    const header = Buffer.alloc(headerSize);
    await file.read(header, 0, headerSize, 0);
    const [count, classes] = [header.readUInt32LE(8), header.readUInt32LE(12)];
    const size = count * classes * 4;
    const isWhole =
      header.toString("latin1", 0, 8) === magic && (await file.stat()).size === headerSize + size;
    if (!isWhole) return undefined;
    const inMemory = size <= memoryLimit;
    const kept = new Uint8Array(inMemory ? size : 0);
    const digest = await digestPayload(file, size, inMemory ? kept : undefined);
    if (!digest.equals(header.subarray(16, headerSize))) return undefined;
    if (inMemory) return fromMemory(new Float32Array(kept.buffer), count, classes);
    keepOpen = true;
    return fromFile(file, count, classes);
  } finally {
    if (!keepOpen) await file.close();
  }
}

/** Hashes the logits in the file, and keeps them in `kept` where that is given. */
async function digestPayload(file: FileHandle, size: number, kept: Uint8Array | undefined): Promise<Buffer> {
  const hash = createHash("sha256");
  const chunk = new Uint8Array(chunkSize);
  for (let done = 0; done < size; ) {
    const into = kept ? kept.subarray(done, done + chunkSize) : chunk;
    const { bytesRead } = await file.read(into, 0, into.length, headerSize + done);
    if (bytesRead === 0) break; // made shorter meanwhile: the checksum will not fit
    hash.update(into.subarray(0, bytesRead));
    done += bytesRead;
  }
  return hash.digest();
}

/** Outputs that are not cached. @param logits [count, classes] */
export function fromMemory(logits: Float32Array, count: number, classes: number): TeacherOutputs {
  return {
    count,
    classes,
    gather(rows, out) {
      for (let i = 0; i < rows.length; i++) {
        const row = checkRow(rows[i], count);
        for (let k = 0; k < classes; k++) out[i * classes + k] = logits[row * classes + k] as number;
      }
    },
    async close() {},
  };
}

function fromFile(file: FileHandle, count: number, classes: number): TeacherOutputs {
  const row = new Float32Array(classes);
  return {
    count,
    classes,
    gather(rows, out) {
      for (let i = 0; i < rows.length; i++) {
        const position = headerSize + checkRow(rows[i], count) * classes * 4;
        const read = readSync(file.fd, row, { position });
        if (read !== row.byteLength) throw new Error("The cached teacher outputs were cut off while in use.");
        out.set(row, i * classes);
      }
    },
    close: () => file.close(),
  };
}

function checkRow(row: number | undefined, count: number): number {
  if (row === undefined || !(row >= 0 && row < count))
    throw new RangeError(`There is no sample ${row} of ${count}.`);
  return row;
}

function encodeHeader(count: number, classes: number, digest: Buffer): Uint8Array {
  const header = Buffer.alloc(headerSize);
  header.write(magic);
  header.writeUInt32LE(count, 8);
  header.writeUInt32LE(classes, 12);
  header.set(digest, 16);
  return header;
}

async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

/** Removes unfinished files of killed processes, of all keys. */
async function removeDeadParts(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.endsWith(".part")) continue;
    const part = join(directory, name);
    const [, host = "", pid = ""] = /\.([0-9a-f]{8})\.(\d+)\.[0-9a-f]{8}\.part$/.exec(name) ?? [];
    const stats = await stat(part).catch(() => undefined);
    const isInUse =
      isMarkAlive(host, pid) ?? (stats !== undefined && Date.now() - stats.mtimeMs <= partLifetimeMs);
    if (!isInUse) await rm(part, { force: true });
  }
}

/** Makes the new name last through a power failure; where directories cannot be synced (Windows) it is left out. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory).catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
