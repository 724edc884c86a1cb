import { setTimeout as sleep } from "node:timers/promises";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { eventBlocks } from "./logReader.ts";
import type { RunDirectory } from "./runDirectory.ts";
import { trainerOf } from "./spawn.ts";

/** How a trainer ended; `undefined`: without a final event. */
export type Ending = (RunEvent & { type: "stopped" | "failed" | "completed" | "swept" }) | undefined;

export interface Followed {
  /** Byte offset in the log to begin at: after the events of earlier trainers. */
  readonly from: number;
  /** Resolves when the trainer is dead; without it the lock is checked. */
  readonly ended?: Promise<unknown> | undefined;
}

export interface Following extends Followed {
  /** Gets whole events, in order, as they come. */
  readonly onEvents: (events: readonly RunEvent[]) => void;
}

/** Longest delay between writing and showing an event. */
const pollMs = 40;

/** A run's events, in order and as they come, until its trainer is dead. */
export async function* runEvents(
  run: RunDirectory,
  { from, ended }: Followed,
): AsyncGenerator<readonly RunEvent[], void, undefined> {
  let offset = from;
  let dead = false;
  const death = ended?.then(() => {
    dead = true;
  });
  for (;;) {
    // Checked before reading, so that this round reads all that a dead trainer wrote.
    const last = dead || (ended === undefined && trainerOf(run.path) === undefined);
    for await (const read of eventBlocks(run.events, offset)) {
      offset = read.offset;
      if (read.events.length > 0) yield read.events;
    }
    if (last) return;
    await Promise.race([sleep(pollMs), ...(death === undefined ? [] : [death])]);
  }
}

/** Passes a run's events on until its trainer is dead. */
export async function follow(run: RunDirectory, { onEvents, ...followed }: Following): Promise<Ending> {
  let ending: Ending;
  for await (const events of runEvents(run, followed)) {
    onEvents(events);
    ending = endingAfter(events, ending);
  }
  return ending;
}

/** What a trainer has said last of its end; another one may have begun since. */
export function endingAfter(events: readonly RunEvent[], before: Ending): Ending {
  let ending = before;
  for (const event of events) {
    if (event.type === "started" || event.type === "member") ending = undefined;
    if (isEnding(event)) ending = event;
  }
  return ending;
}

export const isEnding = (event: RunEvent): event is NonNullable<Ending> =>
  event.type === "stopped" || event.type === "failed" || event.type === "completed" || event.type === "swept";
