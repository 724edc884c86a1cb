import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { linesOf } from "./eventLine.ts";
import { type LogFacts, noFacts, takeIn } from "./logFacts.ts";
import { eventsIn } from "./logReader.ts";
import { openOwnFile } from "./ownFile.ts";

/** A part of a log, from a byte offset; `end` is the offset after its last whole line. */
interface Part {
  readonly events: readonly RunEvent[];
  readonly end: number;
  readonly bytes: number;
}

export interface FactsRead {
  readonly facts: LogFacts;
  /** The byte after the part that the facts cover. */
  readonly end: number;
  /** Of the log, to know them. */
  readonly bytes: number;
}

const headSize = 16 << 10;
/** A log without a summary is read back at most this far, to find its last evaluation. */
const tailSizes = [32 << 10, 256 << 10, 1 << 20];

/** Of where the student's training ends in a log, before that of a baseline. */
const middleSize = 256 << 10;
/** Read to learn whose training a place of a log tells of: some forty steps. */
const sampleSize = 16 << 10;

/** Facts from the beginning and the end of a log, and the end of the student's training; the rest of a long one is not read. */
export async function factsFromEnds(path: string, size: number): Promise<FactsRead> {
  const facts = noFacts();
  const head = await readPart(path, 0, Math.min(size, headSize));
  for (const event of head.events) takeIn(facts, event);
  const headSeq = head.events.at(-1)?.seq ?? -1;
  if (head.end === size) return { facts, end: size, bytes: head.bytes };
  const tail = await tailOf(path, size);
  const tailSeq = tail.events[0]?.seq ?? Number.POSITIVE_INFINITY;
  const middle = isOfBaseline(tail) ? await endOfStudent(path, head.end, size - sampleSize) : nothing;
  for (const event of middle.events) if (event.seq > headSeq && event.seq < tailSeq) takeIn(facts, event);
  for (const event of tail.events) if (event.seq > headSeq) takeIn(facts, event);
  return { facts, end: tail.end, bytes: head.bytes + middle.bytes + tail.bytes };
}

/** Folds in events appended since. */
export async function addFacts(
  path: string,
  { facts, end }: Pick<FactsRead, "facts" | "end">,
  size: number,
): Promise<FactsRead> {
  const part = await readPart(path, end, size - end);
  for (const event of part.events) takeIn(facts, event);
  return { facts, end: part.end, bytes: part.bytes };
}

const nothing: Part = { events: [], end: 0, bytes: 0 };

const isStudents = ({ subject = "student" }: { readonly subject?: string }): boolean => subject === "student";

/** Whether the end of a log tells of the training of another net alone, which is the teacher's, or that of a baseline. */
const isOfBaseline = ({ events }: Part): boolean =>
  events.some((event) => event.type === "step" && !isStudents(event)) &&
  !events.some((event) => event.type === "completed" || (event.type === "evaluation" && isStudents(event)));

/** The last part of the student's training, found by bisection: what is trained after it comes behind all of it. */
async function endOfStudent(path: string, from: number, to: number): Promise<Part> {
  let [low, high, bytes] = [from, to, 0];
  while (high - low > sampleSize) {
    const middle = Math.floor((low + high) / 2);
    const sample = await readPart(path, middle, sampleSize);
    bytes += sample.bytes;
    const step = sample.events.find(({ type }) => type === "step");
    if (step?.type === "step" && isStudents(step)) low = middle;
    else high = middle;
  }
  const begin = Math.max(from, high + sampleSize - middleSize);
  const part = await readPart(path, begin, high + sampleSize - begin);
  return { ...part, bytes: bytes + part.bytes };
}

async function tailOf(path: string, size: number): Promise<Part> {
  let part = nothing;
  let bytes = 0;
  for (const tailSize of tailSizes) {
    const from = Math.max(0, size - tailSize);
    part = await readPart(path, from, size - from);
    bytes += part.bytes;
    if (from === 0 || part.events.some(({ type }) => type === "evaluation" || type === "completed")) break;
  }
  return { ...part, bytes };
}

/** The first line of a part may lack its beginning: then it is not an event and is ignored. */
async function readPart(path: string, from: number, length: number): Promise<Part> {
  const handle = await openOwnFile(path);
  if (handle === undefined) return { events: [], end: from, bytes: 0 };
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
    const { lines, end } = linesOf(buffer.subarray(0, bytesRead));
    return { events: eventsIn(lines), end: from + end, bytes: bytesRead };
  } finally {
    await handle.close();
  }
}
