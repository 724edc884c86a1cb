import type { RunEvent } from "../../schemas/run-event.gen.ts";

/** What stands in the log longer than this without a line's end is damage: readers hold no more of it in memory. */
export const longestLine = 16 << 20;

export const newline = 0x0a;

/** The event of a whole line, its end left out; undefined where the line is damaged. */
export function decodeLine(line: Buffer): RunEvent | undefined {
  if (line.length > longestLine) return undefined;
  try {
    const event = JSON.parse(line.toString("utf8")) as RunEvent;
    const isEvent = typeof event === "object" && event !== null && typeof event.type === "string";
    return isEvent && Number.isSafeInteger(event.seq) && event.seq >= 0 ? event : undefined;
  } catch {
    return undefined;
  }
}

/** The whole lines of a piece of a log, their ends left out, and where in the piece the last of them ends. */
export function linesOf(bytes: Buffer): { readonly lines: readonly Buffer[]; readonly end: number } {
  const lines: Buffer[] = [];
  let begin = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, begin)) {
    lines.push(bytes.subarray(begin, at));
    begin = at + 1;
  }
  return { lines, end: begin };
}
