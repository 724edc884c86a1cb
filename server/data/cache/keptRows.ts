import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { littleEndian } from "../fileRows.ts";
import { type FileValues, openFileValues } from "../fileValues.ts";
import { openFile, readAt } from "../formats/bytes.ts";
import { type StorageChoice, whyOnDisk } from "../placement.ts";
import { type DataProblem, isProblem } from "../problem.ts";
import { statsOf } from "../reading.ts";
import {
  blocksOf,
  bytesOf,
  type Numbers,
  type SampleValues,
  spaceFor,
  valuesInMemory,
} from "../sampleValues.ts";
import { cacheLimit, fullDisk, gigabytes, makeFolder, makeRoom, partOf, suffixes } from "./room.ts";

/**
 * Samples as rows of numbers in a file of the cache, named by a hash of what they are made of and read like those of an array
 * file. A file is whole or absent, and has a checksum for each of its blocks.
 *
 *     0       the rows, [count, size], bytes or float32
 *     …       sections, one behind the other: what else there is by row
 *     …       JSON: what there is to know of them
 *     −12     uint32 length of the JSON, little-endian, and 8 bytes magic
 */
export interface Kept {
  readonly values: FileValues;
  readonly sections: Readonly<Record<string, Uint8Array>>;
  readonly about: unknown;
  /** Whether a row is intact: reads its block. */
  readonly isIntact: (row: number) => boolean;
  /** The same for all rows. */
  readonly isWhole: () => boolean;
}

/** Where rows are kept, and as what. */
export interface KeptPlace {
  readonly folder: string;
  /** A hash of all that they are made of; without one they are not found again. */
  readonly key?: string | undefined;
  /** Whether the key still holds when they are written; absent: it does. */
  readonly holds?: (() => Promise<boolean>) | undefined;
}

type Layout = Pick<SampleValues, "dtype" | "size">;

interface Head extends Layout {
  readonly count: number;
  readonly about: unknown;
  readonly sections: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
  readonly blockRows: number;
  /** SHA-256 of each block of rows, in base64. */
  readonly blocks: readonly string[];
}

const magic = "KDROWS01";
const tailBytes = 4 + magic.length;
/** Bytes of a block with a checksum of its own. */
const blockBytes = 2 ** 22;

const pathOf = (folder: string, key: string): string => join(folder, `${key}${suffixes.rows}`);

/** The kept rows; undefined where there is no file, or no valid one. */
export async function openKept(place: KeptPlace): Promise<Kept | undefined> {
  if (place.key === undefined) return undefined;
  const path = pathOf(place.folder, place.key);
  if ((await statsOf(path)) === undefined) return undefined;
  const read = await readHead(path);
  const values = read && (await openRows(path, read.head));
  if (read === undefined || values === undefined) {
    await rm(path, { force: true });
    return undefined;
  }
  const now = new Date();
  await utimes(path, now, now).catch(() => {}); // the least recently used is removed first
  const { head, sections } = read;
  const { blockRows, blocks, about } = head;
  const looked = new Map<number, boolean>();
  const isSound = (block: number): boolean => {
    const known = looked.get(block) ?? checksumOf(values, block, blockRows) === blocks[block];
    looked.set(block, known);
    return known;
  };
  return {
    values,
    sections,
    about,
    isIntact: (row) => isSound(Math.floor(row / blockRows)),
    isWhole: () => blocks.every((_, block) => isSound(block)),
  };
}

/** The same with all blocks verified; a damaged file is removed. */
export async function openWhole(place: KeptPlace): Promise<Kept | undefined> {
  const kept = await openKept(place);
  if (kept === undefined || kept.isWhole()) return kept;
  await rm(pathOf(place.folder, place.key ?? ""), { force: true });
  return undefined;
}

/** A file that rows are written into in any order. */
export interface KeptWriter {
  /** Rows from number `at` on. */
  put(at: number, rows: Numbers): DataProblem | undefined;
  /** The rows put so far, for reading. */
  rows(count: number): Promise<FileValues>;
  /** @param known what else is kept, and the key where it was not known before */
  finish(
    count: number,
    known: Partial<Pick<Kept, "sections" | "about">> & { readonly key?: string | undefined },
  ): Promise<FileValues>;
  /** Removes a file that was not finished. */
  abandon(): void;
}

/** @param bytes what the rows take, where that is known before */
export function createKept(place: KeptPlace, layout: Layout, bytes = 0): KeptWriter | DataProblem {
  makeFolder(place.folder);
  let reserved = Math.max(bytes, blockBytes);
  const problem = makeRoom(place.folder, reserved);
  if (problem) return problem;
  const part = partOf(pathOf(place.folder, place.key ?? "unnamed"));
  const fd = openSync(part, "wx+");
  const rowBytes = bytesOf(layout);
  let isOpen = true;
  const close = () => {
    if (isOpen) closeSync(fd);
    isOpen = false;
  };
  const rows = async (count: number): Promise<FileValues> => {
    const values = await openRows(part, { ...layout, count });
    if (values === undefined) throw new Error(`${part} was damaged right after it was written.`);
    return values;
  };
  return {
    put(at, given) {
      const end = at * rowBytes + given.byteLength;
      if (end > reserved) {
        reserved = Math.max(2 * reserved, end);
        const problem = makeRoom(place.folder, end) ?? makeRoom(place.folder, Math.min(reserved, end * 1.25));
        if (problem) return problem;
      }
      writeFully(fd, new Uint8Array(given.buffer, given.byteOffset, given.byteLength), at * rowBytes);
      return undefined;
    },
    rows,
    async finish(count, { sections = {}, about = {}, key = place.key }) {
      const values = await rows(count);
      const blockRows = Math.max(1, Math.floor(blockBytes / Math.max(1, rowBytes)));
      const named = Object.entries(sections);
      const head: Head = {
        ...layout,
        count,
        about,
        sections: named.map(([name, it]) => ({ name, bytes: it.byteLength, sha256: sha256(it) })),
        blockRows,
        blocks: Array.from({ length: Math.ceil(count / blockRows) }, (_, block) =>
          checksumOf(values, block, blockRows),
        ),
      };
      const text = Buffer.from(JSON.stringify(head));
      const tail = Buffer.alloc(tailBytes);
      tail.writeUInt32LE(text.length);
      tail.write(magic, 4);
      let end = count * rowBytes;
      for (const piece of [...named.map(([, it]) => it), text, tail]) {
        writeFully(fd, piece, end);
        end += piece.byteLength;
      }
      fsyncSync(fd);
      close();
      if (key !== undefined && ((await place.holds?.()) ?? true))
        await publish(part, pathOf(place.folder, key));
      else rmSync(part, { force: true });
      return values; // open still, also where it is gone from the folder
    },
    abandon() {
      close();
      rmSync(part, { force: true });
    },
  };
}

/**
 * A known number of rows: kept ones, or those that `fill` writes.
 * @param file for the message of a full disk
 */
export async function keptRows<About extends object>(
  place: KeptPlace,
  { count, file, ...layout }: Layout & { readonly count: number; readonly file: string },
  fill: (put: KeptWriter["put"]) => Promise<About | DataProblem>,
): Promise<{ readonly values: FileValues; readonly about: About } | DataProblem> {
  const found = await openWhole(place);
  if (found !== undefined && found.values.count === count && found.values.size === layout.size)
    return { values: found.values, about: found.about as About };
  const writer = createKept(place, layout, count * bytesOf(layout));
  if ("code" in writer) return writer;
  try {
    const about: About | DataProblem = await fill(writer.put);
    if (isProblem<About>(about)) return about;
    return { values: await writer.finish(count, { about }), about };
  } catch (error) {
    return fullDisk(file, error);
  } finally {
    writer.abandon();
  }
}

/** Rows of the cache, left there with the reason in words, or read into memory. */
export function placedRows(
  values: SampleValues,
  storage: StorageChoice | undefined,
): { readonly values: SampleValues; readonly onDisk?: string } {
  const why = whyOnDisk(values.count * bytesOf(values), storage);
  return why === undefined ? { values: inMemory(values) } : { values, onDisk: withLimit(why) };
}

/** Why samples are in the cache, with what it may take. */
export const withLimit = (why: string): string =>
  `${why} (samples may take ${gigabytes(cacheLimit())} there)`;

function inMemory(values: SampleValues): SampleValues {
  const all = spaceFor(values, values.count);
  let start = 0;
  for (const block of blocksOf(values)) {
    all.set(block, start);
    start += block.length;
  }
  return valuesInMemory(all, values.size);
}

/** Windows does not replace a file that another process holds open. It has the same content. */
async function publish(part: string, path: string): Promise<void> {
  try {
    renameSync(part, path);
  } catch (error) {
    if ((await stat(path).catch(() => undefined)) === undefined) throw error;
    rmSync(part, { force: true });
  }
}

function writeFully(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}

async function openRows(
  path: string,
  { dtype, size, count }: Layout & { readonly count: number },
): Promise<FileValues | undefined> {
  const type = { kind: dtype, littleEndian } as const;
  const rows = { offset: 0, stride: bytesOf({ dtype, size }), count, size, type };
  const values = await openFileValues(path, rows, { dtype, isOwn: true });
  return isProblem(values) ? undefined : values;
}

function checksumOf(values: SampleValues, block: number, blockRows: number): string {
  const first = block * blockRows;
  const rows = Int32Array.from({ length: Math.min(blockRows, values.count - first) }, (_, i) => first + i);
  const space = spaceFor(values, rows.length);
  try {
    values.read(rows, space);
  } catch {
    return ""; // The file has become shorter.
  }
  return sha256(new Uint8Array(space.buffer));
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64");

async function readHead(path: string): Promise<
  | {
      readonly head: Head;
      readonly sections: Readonly<Record<string, Uint8Array>>;
    }
  | undefined
> {
  const opened = await openFile(path);
  if ("code" in opened) return undefined;
  try {
    const read = async (position: number, length: number): Promise<Uint8Array> => {
      const bytes = position < 0 ? new Uint8Array(0) : await readAt(opened, position, length);
      if ("code" in bytes || bytes.length < length) throw new RangeError();
      return bytes;
    };
    const tail = Buffer.from(await read(opened.size - tailBytes, tailBytes));
    if (tail.toString("latin1", 4) !== magic) return undefined;
    const length = tail.readUInt32LE();
    const end = opened.size - tailBytes - length;
    const head = JSON.parse(new TextDecoder().decode(await read(end, length))) as Head;
    let start = head.count * bytesOf(head);
    const sections: Record<string, Uint8Array> = {};
    for (const { name, bytes, sha256: expected } of head.sections) {
      const section = await read(start, bytes);
      if (sha256(section) !== expected) return undefined;
      sections[name] = section;
      start += bytes;
    }
    return start === end ? { head, sections } : undefined;
  } catch {
    return undefined;
  } finally {
    await opened.handle.close();
  }
}
