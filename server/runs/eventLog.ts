import { closeSync, fstatSync, ftruncateSync, readSync, rmSync, writeFileSync, writeSync } from "node:fs";
import type { NewEvent } from "../../schemas/newEvent.ts";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { decodeLine, encodeLine, linesOf, longestLine, seqOf } from "./eventLine.ts";
import { assertLocked } from "./lock.ts";
import { openOwnFileToAppend } from "./ownFile.ts";
import { fileError, RunError } from "./runError.ts";

export interface EventLog {
  /**
   * Writes one whole line in one call, then gives the event as written. Throws a RunError when writing fails; the event that
   * reports this still fits.
   */
  append(event: NewEvent): RunEvent;
  /** `seq` of the next event. */
  readonly nextSeq: number;
  close(): void;
}

/**
 * Opens the log for its one writer, the holder of the run's lock. A torn last line, from a writer killed during a write, is
 * truncated; `seq` continues after the last whole line. While the log is open, a reserve file beside it takes some space; it is
 * deleted when the disk is full, so that the log can still report that.
 */
export function openEventLog(path: string, now: () => number = Date.now): EventLog {
  const reserve = `${path}.reserve`;
  let file: number;
  let nextSeq: number;
  let size: number;
  try {
    assertLocked(path);
    file = openOwnFileToAppend(path);
    ({ nextSeq, size } = continuation(file));
    ftruncateSync(file, size);
    // Created as a new file: an existing entry of that name may be a link.
    rmSync(reserve, { force: true });
    writeFileSync(reserve, Buffer.alloc(reserveSize, 0x20), { flag: "wx" });
  } catch (error) {
    throw fileError(error, "write", path);
  }
  /**
   * Another process has written too: a trainer that lost this run while suspended between its lock check and its write. It ends
   * there. Its line stays, readers skip duplicate numbers, and events of this trainer that they would skip are written again.
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
      message: "A trainer that had lost this run wrote to its log once more; duplicate events are ignored.",
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
      // The confusion matrix of thousands of classes makes a line longer than readers accept, and is not drawn.
      if (line.length > longestLine && written.type === "evaluation") {
        const { confusion: _, ...withoutConfusion } = written;
        written = withoutConfusion;
        line = encodeLine(written);
      }
      try {
        assertLocked(path);
        if (fstatSync(file).nlink === 0) throw Object.assign(new Error("deleted"), { code: "ENOENT" });
        const count = writeSync(file, line);
        // A full disk may accept a part of a line.
        if (count < line.length) writeSync(file, line, count);
      } catch (error) {
        if (error instanceof RunError) throw error; // The log has been replaced.
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

/** A few blocks of any file system, enough for the longest message. */
const reserveSize = 16 << 10;

/**
 * Searches backwards for the event with the highest number: the last one, but where a trainer that had lost the run has written once
 * more. Damaged lines after it count as events, so that the gap in `seq` shows that they are missing.
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
    // The first line of a piece may lack its beginning.
    const first = from === 0 ? 0 : 1;
    const lines = whole.lines.slice(first);
    if (whole.lines.length > 0) size ??= from + whole.end;
    const seqs = lines.map((line) => decodeLine(line)?.seq);
    const known = seqs.filter((seq) => seq !== undefined);
    if (known.length > 0) {
      const last = known.reduce((a, b) => Math.max(a, b));
      const behind = seqs.slice(seqs.lastIndexOf(last)).filter((seq) => seq === undefined);
      return { nextSeq: last + 1 + behind.length + damaged, size: size ?? 0 };
    }
    if (from > 0 && span <= longestLine) {
      span *= 2;
      continue;
    }
    if (lines.length > 0) {
      damaged += lines.length;
      // The rest of the first line is kept for the next piece.
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
    // This fails too; the torn line is truncated when the log is opened again.
  }
}
