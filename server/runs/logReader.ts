import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { decodeLine, linesOf, longestLine, newline } from "./eventLine.ts";
import { openOwnFile } from "./ownFile.ts";

export interface EventsRead {
  readonly events: readonly RunEvent[];
  /** Start of the next read: after the last whole line. */
  readonly offset: number;
}

/**
 * Reads the whole lines from a byte offset to the end, with all events in memory: for appended events, not for a long log. A
 * torn last line stays for the next read. A missing file is an empty log. A damaged line is ignored.
 */
export async function readEvents(path: string, fromOffset = 0): Promise<EventsRead> {
  const events: RunEvent[] = [];
  let offset = fromOffset;
  for await (const block of eventBlocks(path, fromOffset)) {
    for (const event of block.events) events.push(event);
    offset = block.offset;
  }
  return { events, offset };
}

/** The same a block at a time, so that memory is bounded whatever the log's length. */
export async function* eventBlocks(path: string, fromOffset = 0): AsyncGenerator<EventsRead> {
  let last = -1;
  for await (const { lines, end } of wholeLines(path, fromOffset)) {
    const events = eventsIn(lines, last);
    last = events.at(-1)?.seq ?? last;
    yield { events, offset: end };
  }
}

/**
 * The events after number `last`. An event with a smaller number is ignored: it is of a trainer that had lost its run.
 */
export function eventsIn(lines: readonly Buffer[], last = -1): RunEvent[] {
  const events: RunEvent[] = [];
  let seq = last;
  for (const line of lines) {
    const event = decodeLine(line);
    if (event === undefined || event.seq <= seq) continue;
    events.push(event);
    seq = event.seq;
  }
  return events;
}

/** Events that one answer holds. */
const mostEvents = 10_000;

/**
 * The events after `seq`, in order, at most 10,000. Their start is found by bisection, so that the end of a long log is found
 * fast.
 */
export async function eventsAfter(path: string, seq: number): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const block of eventBlocks(path, await placeBefore(path, seq))) {
    for (const event of block.events) if (event.seq > seq && events.length < mostEvents) events.push(event);
    if (events.length === mostEvents) break;
  }
  return events;
}

/** A byte, perhaps inside a line, before all events after `seq`. */
async function placeBefore(path: string, seq: number): Promise<number> {
  const handle = await openOwnFile(path);
  if (handle === undefined) return 0;
  try {
    const piece = Buffer.alloc(1 << 16);
    let [low, high] = [0, (await handle.stat()).size];
    while (high - low > largestBlock) {
      const middle = Math.floor((low + high) / 2);
      const { bytesRead } = await handle.read(piece, 0, piece.length, middle);
      // The first line may have lost its beginning.
      const [, ...lines] = linesOf(piece.subarray(0, bytesRead)).lines;
      const found = lines.map(decodeLine).find((event) => event !== undefined);
      if (found !== undefined && found.seq <= seq) low = middle;
      else high = middle;
    }
    return low;
  } finally {
    await handle.close();
  }
}

/**
 * Bytes read at a time: few at first, since most logs are short, and what a run logged since a frame ago is. A block of the largest
 * takes a few milliseconds, in which a server answers nothing.
 */
const firstBlock = 1 << 14;
const largestBlock = 1 << 17;

export interface Lines {
  /** Without newlines; valid until the next block is requested. */
  readonly lines: readonly Buffer[];
  /** The byte after the block's last line. */
  readonly end: number;
  /** The block is a piece of an overlong line, which the next block continues. */
  readonly isTorn?: true;
}

/**
 * Blocks of whole lines from a byte offset on. An overlong line is given in pieces, as lines without an event. Reads each byte
 * once.
 */
export async function* wholeLines(path: string, fromOffset: number): AsyncGenerator<Lines> {
  const handle = await openOwnFile(path);
  if (handle === undefined) return;
  try {
    let position = fromOffset;
    let torn: Buffer[] = [];
    let tornSize = 0;
    for (let size = firstBlock; ; size = Math.min(2 * size, largestBlock)) {
      const block = Buffer.allocUnsafe(size);
      const { bytesRead } = await handle.read(block, 0, size, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      const read = block.subarray(0, bytesRead);
      const end = read.lastIndexOf(newline) + 1;
      if (end > 0) {
        const whole = read.subarray(0, end);
        const { lines } = linesOf(tornSize === 0 ? whole : Buffer.concat([...torn, whole]));
        torn = [read.subarray(end)];
        tornSize = bytesRead - end;
        yield { lines, end: position - tornSize };
        continue;
      }
      torn.push(read);
      tornSize += bytesRead;
      if (tornSize > longestLine) {
        yield { lines: [Buffer.concat(torn)], end: position, isTorn: true };
        torn = [];
        tornSize = 0;
      }
    }
  } finally {
    await handle.close();
  }
}
