import { createHash, randomBytes } from "node:crypto";
import { writeSync } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isMarkAlive, ownMark } from "../../ownMark.ts";
import { fileOf, openFileValues } from "../fileValues.ts";
import { openFile, readAt } from "../formats/bytes.ts";
import { type DataProblem, isProblem } from "../problem.ts";
import { statsOf } from "../reading.ts";
import type { Remark } from "../samples.ts";
import { blocksOf, type SampleValues, valuesInMemory } from "../sampleValues.ts";
import { selectedValues } from "../spreadValues.ts";

/**
 * Decoded images as bytes in the cache, under a name that says what they are made of: which files, as these were, and what became
 * of each. A file is whole or absent.
 *
 *     0       bytes of each image, [count, height, width, channels]; those that cannot be read are zeros
 *     …       JSON: what there is to know of them
 *     −12     uint32 length of the JSON, little-endian, and 8 bytes magic
 */
export interface Decoded {
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly values: SampleValues; // of `rows`
  /** Which of the images these are, ascending. */
  readonly rows: Int32Array;
  readonly remarks: readonly Remark[];
}

interface Facts {
  readonly shape: Decoded["shape"];
  readonly count: number;
  /** Images that could not be read. */
  readonly absent: readonly number[];
  readonly remarks: readonly Remark[];
  /** SHA-256 of the bytes. */
  readonly sha256: string;
}

/** Where decoded images are kept. */
export interface DecodedPlace {
  readonly folder: string;
  readonly key: string;
}

const magic = "KDIMAGE1";
const tailBytes = 4 + magic.length;
const suffix = ".images";

/** What decoded images may take on disk in all; the environment's DISTILL_CACHE_GB says another number. */
export const cacheLimit = (): number => (Number(process.env["DISTILL_CACHE_GB"]) || 64) * 1e9;

/** What was kept before; undefined where nothing whole is there. @param staysOnDisk whether so many bytes shall */
export async function openDecoded(
  { folder, key }: DecodedPlace,
  staysOnDisk: (bytes: number) => boolean,
): Promise<Decoded | undefined> {
  const path = join(folder, `${key}${suffix}`);
  if ((await statsOf(path)) === undefined) return undefined;
  const facts = await readFacts(path);
  const values = facts && (await openBytes(path, facts));
  if (facts === undefined || values === undefined || hashOf(values) !== facts.sha256) {
    await rm(path, { force: true });
    return undefined;
  }
  const now = new Date();
  await utimes(path, now, now).catch(() => {}); // who was used last is thrown away last
  return decodedOf(facts, values, staysOnDisk(values.count * values.size));
}

/** A file that images are written into as they come. */
export interface DecodedWriter {
  put(at: number, pixels: Uint8Array): void;
  /** @param isReusable whether it is all that the key says */
  finish(
    facts: Pick<Facts, "absent" | "remarks">,
    use: { readonly staysOnDisk: boolean; readonly isReusable: boolean },
  ): Promise<Decoded | DataProblem>;
  abandon(): Promise<void>;
}

export async function createDecoded(
  { folder, key }: DecodedPlace,
  { shape, count }: Pick<Facts, "shape" | "count">,
): Promise<DecodedWriter | DataProblem> {
  const size = shape[0] * shape[1] * shape[2];
  const limit = cacheLimit();
  const bytes = count * size;
  if (bytes > limit)
    return {
      code: "too-large",
      message: `The decoded images take ${gigabytes(bytes)} on disk, more than the ${gigabytes(limit)} that decoded images may take in all. Give a smaller \`size\`, \`take\` fewer, or raise DISTILL_CACHE_GB in the environment, or the setting \`distill.imageCacheGigabytes\`.`,
      file: folder,
    };
  // Not those around them: where the experiment was moved away meanwhile, its old folder must not come back.
  for (const own of [dirname(folder), folder])
    await mkdir(own).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  await makeRoom(folder, limit - bytes);
  const path = join(folder, `${key}${suffix}`);
  const part = `${path}.${ownMark()}.${randomBytes(4).toString("hex")}.part`;
  const file = await open(part, "wx+");
  let isOpen = true;
  const close = async () => {
    if (isOpen) await file.close();
    isOpen = false;
  };
  return {
    put(at, pixels) {
      for (let done = 0; done < size; )
        done += writeSync(file.fd, pixels, done, size - done, at * size + done);
    },
    async finish(known, { staysOnDisk, isReusable }) {
      await file.truncate(bytes); // the last images may be absent
      const written = await openBytes(part, { shape, count });
      if (written === undefined) throw new Error(`${part} was damaged right after it was written.`);
      const facts: Facts = { shape, count, ...known, sha256: hashOf(written) };
      const text = Buffer.from(JSON.stringify(facts));
      const tail = Buffer.alloc(tailBytes);
      tail.writeUInt32LE(text.length);
      tail.write(magic, 4);
      await file.write(Buffer.concat([text, tail]), 0, text.length + tailBytes, bytes);
      await file.sync();
      await close();
      const values = await openBytes(isReusable ? await published(part, path) : part, facts);
      // The file stays open, and is gone with the process.
      if (!isReusable) await rm(part, { force: true });
      if (values === undefined) throw new Error(`${path} was damaged right after it was written.`);
      return decodedOf(facts, values, staysOnDisk);
    },
    async abandon() {
      await close();
      await rm(part, { force: true });
    },
  };
}

async function published(part: string, path: string): Promise<string> {
  try {
    await rename(part, path);
    return path;
  } catch (error) {
    // Windows does not replace a file that another process holds open. It has the same content.
    if ((await stat(path).catch(() => undefined)) === undefined) throw error;
    await rm(part, { force: true });
    return path;
  }
}

function decodedOf(facts: Facts, values: SampleValues, staysOnDisk: boolean): Decoded {
  const { shape, count, absent, remarks } = facts;
  const missing = new Set(absent);
  const rows = Int32Array.from({ length: count }, (_, row) => row).filter((row) => !missing.has(row));
  const own = missing.size === 0 ? values : selectedValues(values, rows);
  return { shape, values: staysOnDisk ? own : inMemory(own), rows, remarks };
}

function inMemory(values: SampleValues): SampleValues {
  const all = new Uint8Array(values.count * values.size);
  let start = 0;
  for (const block of blocksOf(values)) {
    all.set(block, start);
    start += block.length;
  }
  return valuesInMemory(all, values.size);
}

async function openBytes(path: string, { shape, count }: Pick<Facts, "shape" | "count">) {
  const size = shape[0] * shape[1] * shape[2];
  const rows = { offset: 0, stride: size, count, size, type: { kind: "uint8", littleEndian: true } } as const;
  const values = await openFileValues(path, rows, { dtype: "uint8", isOwn: true });
  return isProblem(values) || (fileOf(values)?.bytes ?? 0) < count * size ? undefined : values;
}

async function readFacts(path: string): Promise<Facts | undefined> {
  const opened = await openFile(path);
  if ("code" in opened) return undefined;
  try {
    const tail = await readAt(opened, Math.max(0, opened.size - tailBytes), tailBytes);
    if ("code" in tail || tail.length < tailBytes) return undefined;
    const view = Buffer.from(tail.buffer, tail.byteOffset, tail.length);
    if (view.toString("latin1", 4) !== magic) return undefined;
    const length = view.readUInt32LE();
    const text = await readAt(opened, opened.size - tailBytes - length, length);
    if ("code" in text) return undefined;
    const facts = JSON.parse(new TextDecoder().decode(text)) as Facts;
    const [height, width, channels] = facts.shape;
    const isWhole = opened.size === facts.count * height * width * channels + length + tailBytes;
    return isWhole ? facts : undefined;
  } catch {
    return undefined;
  } finally {
    await opened.handle.close();
  }
}

function hashOf(values: SampleValues): string {
  const hash = createHash("sha256");
  for (const block of blocksOf(values)) hash.update(block);
  return hash.digest("hex");
}

/** Bytes of the decoded images in a folder of the cache. */
export async function cacheUse(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const own = names.filter((name) => name.endsWith(suffix));
  const sizes = await Promise.all(own.map((name) => stat(join(folder, name)).catch(() => ({ size: 0 }))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

/** Throws away what was not used for the longest time, and what killed processes have begun. */
async function makeRoom(folder: string, most: number): Promise<void> {
  const found: { path: string; bytes: number; used: number }[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const stats = await stat(path).catch(() => undefined);
    if (stats === undefined) continue;
    if (name.endsWith(".part") && !isBeingWritten(basename(path), stats.mtimeMs))
      await rm(path, { force: true });
    else if (name.endsWith(suffix)) found.push({ path, bytes: stats.size, used: stats.mtimeMs });
  }
  let bytes = found.reduce((sum, file) => sum + file.bytes, 0);
  for (const file of found.sort((a, b) => a.used - b.used)) {
    if (bytes <= most) return;
    await rm(file.path, { force: true }).catch(() => {}); // Windows keeps what another process has open
    bytes -= file.bytes;
  }
}

/** A writer on another machine that has not written for an hour is dead. */
const partLifetimeMs = 3_600_000;

function isBeingWritten(name: string, mtimeMs: number): boolean {
  const [, host = "", pid = ""] = /\.([0-9a-f]{8})\.(\d+)\.[0-9a-f]{8}\.part$/.exec(name) ?? [];
  return isMarkAlive(host, pid) ?? Date.now() - mtimeMs <= partLifetimeMs;
}

export const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
