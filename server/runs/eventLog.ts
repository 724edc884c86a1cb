import { closeSync, fstatSync, ftruncateSync, readSync, rmSync, writeFileSync, writeSync } from "node:fs";
import type { NewEvent } from "../../schemas/newEvent.ts";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { decodeLine, encodeLine, linesOf, longestLine, seqOf } from "./eventLine.ts";
import { assertHeld } from "./lock.ts";
import { openOwnFileToAppend } from "./ownFile.ts";
import { fileError, RunError } from "./runError.ts";

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
    assertHeld(path);
    file = openOwnFileToAppend(path);
    ({ nextSeq, size } = continuation(file));
    ftruncateSync(file, size);
    // Made anew: what is there under its name may be a link.
    rmSync(reserve, { force: true });
    writeFileSync(reserve, Buffer.alloc(reserveSize, 0x20), { flag: "wx" });
  } catch (error) {
    throw fileError(error, "write", path);
  }
  /**
   * Another has written too: a trainer that lost this run while it stood still between its look at the lock and its write.
   * It ends there. Its line stays, readers pass over a number that was used before, and what they would pass over of this
   * trainer is said again.
   */
  function amidOthers(event: NewEvent, written: RunEvent, line: Buffer): RunEvent {
    const lines = linesFrom(file, size - line.length);
    const isFirst =
      lines.find((other) => seqOf(other) === written.seq)?.equals(line.subarray(0, -1)) === true;
    size = fstatSync(file).size;
    nextSeq = 1 + Math.max(written.seq, ...lines.flatMap((other) => seqOf(other) ?? []));
    log.append({
      type: "warning",
      code: "another-writer",
      message:
        "A trainer that had lost this run wrote into its log once more; what it said twice is passed over.",
    });
    return isFirst ? written : log.append(event);
  }
  const log: EventLog = {
    get nextSeq() {
      return nextSeq;
    },
    append(event) {
      const { type, ...rest } = event;
      let written = { seq: nextSeq, time: now(), type, ...rest } as RunEvent;
      let line = encodeLine(written);
      // The confusion matrix of thousands of classes makes a line longer than readers take, and no picture.
      if (line.length > longestLine && written.type === "evaluation") {
        const { confusion: _, ...told } = written;
        written = told;
        line = encodeLine(written);
      }
      try {
        assertHeld(path);
        if (fstatSync(file).nlink === 0) throw Object.assign(new Error("deleted"), { code: "ENOENT" });
        const count = writeSync(file, line);
        // A full disk takes a part of a line before it refuses.
        if (count < line.length) writeSync(file, line, count);
      } catch (error) {
        if (error instanceof RunError) throw error; // The log is another's, whole lines and all.
        restoreWholeLines(file, size);
        rmSync(reserve, { force: true });
        throw fileError(error, "write", path);
      }
      size += line.length;
      nextSeq += 1;
      return fstatSync(file).size === size ? written : amidOthers(event, written, line);
    },
    close() {
      closeSync(file);
      rmSync(reserve, { force: true });
    },
  };
  return log;
}

function linesFrom(file: number, from: number): readonly Buffer[] {
  const piece = Buffer.alloc(fstatSync(file).size - from);
  readSync(file, piece, 0, piece.length, from);
  return linesOf(piece).lines;
}

/** A few blocks of any file system, more than the longest message needs. */
const reserveSize = 16 << 10;

/**
 * Looks back from the end of the log for the last line that holds an event. Whole lines behind it are damaged, and each
 * of them is counted as an event, so that the gap in `seq` says that they are missing.
 */
function continuation(file: number): { nextSeq: number; size: number } {
  const length = fstatSync(file).size;
  let size: number | undefined; // behind the last line's end
  let damaged = 0;
  let end = length;
  let span = 1 << 16;
  while (end > 0) {
    const from = Math.max(0, end - span);
    const piece = Buffer.alloc(end - from);
    readSync(file, piece, 0, piece.length, from);
    const whole = linesOf(piece);
    // The first line of a piece may have lost its beginning.
    const first = from === 0 ? 0 : 1;
    const lines = whole.lines.slice(first);
    if (whole.lines.length > 0) size ??= from + whole.end;
    const index = lines.findLastIndex((line) => decodeLine(line) !== undefined);
    const last = lines[index] && decodeLine(lines[index]);
    if (last) return { nextSeq: last.seq + lines.length - index + damaged, size: size ?? 0 };
    if (from > 0 && span <= longestLine) {
      span *= 2;
      continue;
    }
    if (lines.length > 0) {
      damaged += lines.length;
      // What is left of the first line stays for the next piece.
      end = first === 0 ? 0 : from + (whole.lines[0]?.length ?? 0) + 1;
    } else {
      damaged += whole.lines.length; // longer than a line can be
      end = from;
    }
  }
  return { nextSeq: damaged, size: size ?? 0 };
}

function restoreWholeLines(file: number, size: number): void {
  try {
    ftruncateSync(file, size);
  } catch {
    // The disk refuses this too; the torn line is cut off when the log is opened again.
  }
}
