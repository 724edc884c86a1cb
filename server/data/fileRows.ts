import { fstatSync, readSync } from "node:fs";
import { decodeElements, type ElementType, elementBytes } from "./formats/elements.ts";
import type { Numbers } from "./sampleValues.ts";

/** Samples in a file, each in as many bytes: plain numbers, so that a thread of the same process reads them, too. */
export interface FileRows {
  /** Open for reading, for as long as the samples are used. */
  readonly fd: number;
  /** For messages. */
  readonly file: string;
  /** Where the values of the first sample begin. */
  readonly offset: number;
  /** Bytes from one sample's values to the next one's. */
  readonly stride: number;
  readonly count: number;
  /** Values of one sample. */
  readonly size: number;
  readonly type: ElementType;
  /** How many channels stand first in a sample, where they do: they are put last. */
  readonly channelsFirst?: number | undefined;
  /** Of the file when it was opened; absent for a file that does not change. */
  readonly asOpened?: { readonly bytes: number; readonly mtimeMs: number } | undefined;
}

/** A file has changed since it was opened. */
export class FileChanged extends Error {
  override readonly name = "FileChanged";
  readonly code = "file-changed";
  readonly hint =
    "With the file as it was, resume the run, which goes on from its last checkpoint; to learn from what is in the file now, run the experiment again.";
  readonly file: string;

  constructor(file: string) {
    super(`${file} was changed while its samples were read.`);
    this.file = file;
  }
}

/** What is read by one call. */
const mostBytes = 2 ** 22;

/** Copies the samples at `rows` into `into`, [rows, size]. @throws FileChanged */
export function readFileRows(file: FileRows, rows: ArrayLike<number>, into: Numbers): void {
  const { stride, size } = file;
  assertUnchanged(file);
  // What lies between samples is read with them where it is short.
  const isFarBetween = stride > 2 * size * elementBytes[file.type.kind];
  const mostRows = isFarBetween ? 1 : Math.max(1, Math.floor(mostBytes / stride));
  for (let start = 0; start < rows.length; ) {
    const first = rows[start] as number;
    let end = start + 1;
    while (end < rows.length && end - start < mostRows && rows[end] === first + end - start) end += 1;
    readRun(file, first, end - start, into.subarray(start * size, end * size));
    start = end;
  }
}

/** Samples that follow one another. */
function readRun(file: FileRows, first: number, count: number, into: Numbers): void {
  const { offset, stride, size, type } = file;
  const rowBytes = size * elementBytes[type.kind];
  const position = offset + first * stride;
  if (stride === rowBytes && isAsInMemory(type, into)) {
    readFully(file, new Uint8Array(into.buffer, into.byteOffset, into.byteLength), position);
  } else {
    const bytes = new Uint8Array((count - 1) * stride + rowBytes);
    readFully(file, bytes, position);
    for (let row = 0; row < count; row++)
      decodeElements(bytes.subarray(row * stride, row * stride + rowBytes), type, into, row * size);
  }
  if (file.channelsFirst === undefined) return;
  for (let row = 0; row < count; row++)
    moveChannelsLast(into.subarray(row * size, (row + 1) * size), file.channelsFirst);
}

/** [channels, places] → [places, channels], where it lies. */
export function moveChannelsLast(sample: Numbers, channels: number): void {
  const given = sample.slice();
  const places = sample.length / channels;
  for (let channel = 0; channel < channels; channel++)
    for (let place = 0; place < places; place++)
      sample[place * channels + channel] = given[channel * places + place] as number;
}

export const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function isAsInMemory({ kind, littleEndian: isLittle }: ElementType, into: Numbers): boolean {
  if (into instanceof Uint8Array) return elementBytes[kind] === 1;
  return kind === "float32" && isLittle === littleEndian;
}

function readFully(file: FileRows, into: Uint8Array, position: number): void {
  for (let done = 0; done < into.length; ) {
    const read = readSync(file.fd, into, done, into.length - done, position + done);
    if (read === 0) throw new FileChanged(file.file);
    done += read;
  }
}

function assertUnchanged({ fd, file, asOpened }: FileRows): void {
  if (asOpened === undefined) return;
  const { size, mtimeMs } = fstatSync(fd);
  if (size !== asOpened.bytes || mtimeMs !== asOpened.mtimeMs) throw new FileChanged(file);
}
