import { grouped } from "../grouped.ts";
import { seqOf } from "./eventLine.ts";
import { wholeLines } from "./logReader.ts";

/** How far a log was checked, and the damage found so far. Plain data, kept in the index of runs. */
export interface LogCheck {
  /** The byte after the checked part. */
  readonly end: number;
  /** Only a torn line followed. */
  readonly isDone: boolean;
  /** Lines that begin before it. */
  readonly lines: number;
  /** The check ended inside a line longer than allowed. */
  readonly isTorn: boolean;
  /** The largest `seq` so far, −1 before the first event. */
  readonly seq: number;
  /** Damaged lines, and the first of them, counted from 1. */
  readonly damaged: number;
  readonly firstDamaged: number;
  /** Missing events by `seq`, and the line before which the first is missing. */
  readonly missing: number;
  readonly firstMissing: number;
  /** Events with a duplicate `seq`: of a trainer that wrote after another had taken over its run. */
  readonly doubled: number;
  readonly firstDoubled: number;
  /** Damaged lines after the last event; the next event's `seq` will tell what they held. */
  readonly unsettled: number;
}

export const unchecked: LogCheck = {
  end: 0,
  isDone: false,
  lines: 0,
  isTorn: false,
  seq: -1,
  damaged: 0,
  firstDamaged: 0,
  missing: 0,
  firstMissing: 0,
  doubled: 0,
  firstDoubled: 0,
  unsettled: 0,
};

/** Continues a check until about `budget` bytes are read. A torn last line is left for later. */
export async function checkLog(path: string, from: LogCheck, budget: number): Promise<LogCheck> {
  const check: Growing = { ...from, isDone: false };
  for await (const { lines, end, isTorn = false } of wholeLines(path, from.end)) {
    for (const line of lines) {
      const goesOn = check.isTorn;
      check.isTorn = isTorn;
      if (!goesOn) takeIn(check, line);
    }
    check.end = end;
    if (end - from.end >= budget) return check;
  }
  check.isDone = true;
  return check;
}

/** As in `events.jsonl: line 4,711 is damaged; 1 event is missing.`; undefined where nothing is wrong. */
export function damageWords(check: LogCheck): string | undefined {
  const words = [lossWords(check), doubledWords(check)].filter((part) => part !== undefined);
  return words.length === 0 ? undefined : `events.jsonl: ${words.join("; ")}.`;
}

function lossWords({ damaged, firstDamaged, ...check }: LogCheck): string | undefined {
  const missing = check.missing + check.unsettled;
  if (damaged === 0 && missing === 0) return undefined;
  const events = `${missing === 0 ? "no" : grouped(missing)} ${missing > 1 ? "events are" : "event is"} missing`;
  if (damaged === 0) return `${events} before line ${grouped(check.firstMissing)}`;
  const lines =
    damaged === 1
      ? `line ${grouped(firstDamaged)} is damaged`
      : `${grouped(damaged)} lines are damaged, the first of them line ${grouped(firstDamaged)}`;
  return `${lines}; ${events}`;
}

function doubledWords({ doubled, firstDoubled }: LogCheck): string | undefined {
  if (doubled === 0) return undefined;
  const what =
    doubled === 1
      ? `line ${grouped(firstDoubled)} has a duplicate number and is`
      : `${grouped(doubled)} lines, the first of them line ${grouped(firstDoubled)}, have duplicate numbers and are`;
  return `${what} ignored: a trainer that had lost the run wrote them`;
}

type Growing = { -readonly [K in keyof LogCheck]: LogCheck[K] };

function takeIn(check: Growing, line: Buffer): void {
  check.lines += 1;
  if (line.length === 0) return;
  const seq = seqOf(line);
  if (seq === undefined) {
    check.damaged += 1;
    check.firstDamaged ||= check.lines;
    check.unsettled += 1;
    return;
  }
  if (seq <= check.seq) {
    check.doubled += 1;
    check.firstDoubled ||= check.lines;
    return;
  }
  const gap = seq - check.seq - 1;
  if (gap > 0) {
    check.missing += gap;
    check.firstMissing ||= check.lines;
  }
  check.unsettled = 0;
  check.seq = seq;
}
