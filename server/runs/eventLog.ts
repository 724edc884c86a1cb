import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { open } from "node:fs/promises";
import type { NewEvent } from "../../schemas/newEvent.ts";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { fileError } from "./runError.ts";

export interface EventLog {
  /**
   * Writes one whole line in one call, then gives the event as written. Throws a RunError when the disk does not take
   * it; the event that says so is taken.
   */
  append(event: NewEvent): RunEvent;
  /** `seq` of the next event. */
  readonly nextSeq: number;
  close(): void;
}

/**
 * Opens the log for its one writer, the holder of the run's lock. A torn last line, left by a writer that died inside
 * a write, is cut off; `seq` goes on behind the last whole line. While the log is open some space is held in reserve
 * beside it: given up when the disk is full, it lets the log still say so.
 */
export function openEventLog(path: string, now: () => number = Date.now): EventLog {
  const reserve = `${path}.reserve`;
  let file: number;
  let nextSeq: number;
  let size: number;
  try {
    file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o644);
    ({ nextSeq, size } = continuation(file));
    ftruncateSync(file, size);
    writeFileSync(reserve, Buffer.alloc(reserveSize, 0x20));
  } catch (error) {
    throw fileError(error, "write", path);
  }
  return {
    get nextSeq() {
      return nextSeq;
    },
    append(event) {
      const { type, ...rest } = event;
      const written = { seq: nextSeq, time: now(), type, ...rest } as RunEvent;
      const line = Buffer.from(`${JSON.stringify(written)}\n`);
      try {
        if (fstatSync(file).nlink === 0) throw Object.assign(new Error("deleted"), { code: "ENOENT" });
        const count = writeSync(file, line);
        // A full disk takes a part of a line before it refuses.
        if (count < line.length) writeSync(file, line, count);
      } catch (error) {
        restoreWholeLines(file, size);
        rmSync(reserve, { force: true });
        throw fileError(error, "write", path);
      }
      size += line.length;
      nextSeq += 1;
      return written;
    },
    close() {
      closeSync(file);
      rmSync(reserve, { force: true });
    },
  };
}

/** A few blocks of any file system, more than the longest message needs. */
const reserveSize = 16 << 10;

export interface EventsRead {
  readonly events: readonly RunEvent[];
  /** Where the next read goes on: behind the last whole line. */
  readonly offset: number;
}

/**
 * Reads the whole lines from a byte offset to the end; a torn last line stays for the next read. A missing file is an
 * empty log. A line that is not JSON, which no writer here leaves, is passed over.
 */
export async function readEvents(path: string, fromOffset = 0): Promise<EventsRead> {
  const events: RunEvent[] = [];
  let offset = fromOffset;
  for await (const { lines, end } of wholeLines(path, fromOffset)) {
    for (const line of lines) {
      const event = parseEvent(line);
      if (event !== undefined) events.push(event);
    }
    offset = end;
  }
  return { events, offset };
}

const blockSize = 1 << 20;

/** Blocks of whole lines from a byte offset on; `end` is the offset behind the block's last line. */
export async function* wholeLines(
  path: string,
  fromOffset: number,
): AsyncGenerator<{ readonly lines: readonly string[]; readonly end: number }> {
  const handle = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw fileError(error, "read", path);
  });
  if (handle === undefined) return;
  try {
    let position = fromOffset;
    let torn: Buffer = Buffer.alloc(0);
    for (;;) {
      const block = Buffer.allocUnsafe(blockSize);
      const { bytesRead } = await handle.read(block, 0, blockSize, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      const text =
        torn.length > 0 ? Buffer.concat([torn, block.subarray(0, bytesRead)]) : block.subarray(0, bytesRead);
      const end = text.lastIndexOf(0x0a) + 1;
      torn = text.subarray(end);
      if (end > 0)
        yield { lines: text.toString("utf8", 0, end - 1).split("\n"), end: position - torn.length };
    }
  } finally {
    await handle.close();
  }
}

export function parseEvent(line: string): RunEvent | undefined {
  try {
    const event = JSON.parse(line) as RunEvent;
    return typeof event === "object" && event !== null && typeof event.type === "string" ? event : undefined;
  } catch {
    return undefined;
  }
}

/** Looks back from the end of the log for the last whole line; blocks double until one is found. */
function continuation(file: number): { nextSeq: number; size: number } {
  const length = fstatSync(file).size;
  for (let span = Math.min(length, 1 << 16); span > 0; span = Math.min(length, span * 2)) {
    const tail = Buffer.alloc(span);
    readSync(file, tail, 0, span, length - span);
    const end = tail.lastIndexOf(0x0a) + 1;
    const lines = tail.toString("utf8", 0, end).split("\n");
    // The first line of a block may have lost its beginning, then it does not parse and the block grows.
    const last = lines.map(parseEvent).findLast((event) => event !== undefined);
    if (last !== undefined) return { nextSeq: last.seq + 1, size: length - span + end };
    if (span === length) return { nextSeq: 0, size: end };
  }
  return { nextSeq: 0, size: 0 };
}

function restoreWholeLines(file: number, size: number): void {
  try {
    ftruncateSync(file, size);
  } catch {
    // The disk refuses this too; the torn line is cut off when the log is opened again.
  }
}
