import { crc32 } from "node:zlib";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { verifiedEvent } from "./verifyRun.ts";

/** Longest line in bytes; anything longer is damage, and readers hold no more of it in memory. */
export const longestLine = 16 << 20;

/** Anything shorter is not an event; checked first, as parser exceptions are slow and a log may have a million such lines. */
const shortestLine = '{"seq":0,"time":0,"type":""}'.length;

export const newline = 0x0a;

/** The line of an event, with its newline: JSON whose last key `crc` is the CRC-32 of everything before it. */
export function encodeLine(event: RunEvent): Buffer {
  const body = JSON.stringify(event).slice(0, -1);
  return Buffer.from(`${body}${key}${hex(crc32(body))}"}\n`);
}

/**
 * The event of a whole line, without newline and checksum; undefined where the line is damaged. Lines of earlier versions have
 * no checksum, so damage is found only where they are not an event.
 */
export function decodeLine(line: Buffer): RunEvent | undefined {
  if (line.length > longestLine || line.length < shortestLine) return undefined;
  const { body, isSound } = examine(line);
  if (isSound === false) return undefined;
  return verifiedEvent(isSound ? `${body.toString("utf8")}}` : body.toString("utf8"));
}

/** `seq` of the event of a whole line, undefined where it is damaged; a line with a valid checksum is not parsed. */
export function seqOf(line: Buffer): number | undefined {
  if (line.length <= longestLine && examine(line).isSound) {
    const seq = /^\{"seq":(\d{1,15}),/.exec(line.toString("latin1", 0, 24));
    if (seq) return Number(seq[1]);
  }
  return decodeLine(line)?.seq;
}

/** The whole lines of a piece of a log, without newlines, and the end of the last one in the piece. */
export function linesOf(bytes: Buffer): { readonly lines: readonly Buffer[]; readonly end: number } {
  const lines: Buffer[] = [];
  let begin = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, begin)) {
    lines.push(bytes.subarray(begin, at));
    begin = at + 1;
  }
  return { lines, end: begin };
}

const key = ',"crc":"';
const suffix = key.length + 8 + '"}'.length;

/** Whether a line's checksum matches; undefined where it has none. `body`: what the checksum covers, else the line. */
function examine(line: Buffer): { readonly body: Buffer; readonly isSound: boolean | undefined } {
  // A conversion to Windows line endings adds a byte.
  const whole = line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
  const at = whole.length - suffix;
  if (at < 0 || whole.toString("latin1", at, at + key.length) !== key)
    return { body: whole, isSound: undefined };
  const body = whole.subarray(0, at);
  return { body, isSound: whole.toString("latin1", at + key.length) === `${hex(crc32(body))}"}` };
}

const hex = (crc: number): string => crc.toString(16).padStart(8, "0");
