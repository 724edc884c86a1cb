import { setTimeout as sleep } from "node:timers/promises";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { eventBlocks } from "../runs/logReader.ts";
import type { RunDirectory } from "../runs/runDirectory.ts";
import { trainerOf } from "../runs/spawn.ts";

/** How a trainer ended; `undefined`: without a final event. */
export type Ending = (RunEvent & { type: "stopped" | "failed" | "completed" | "swept" }) | undefined;

export interface Following {
  /** Byte offset in the log to begin at: after the events of earlier trainers. */
  readonly from: number;
  /** Resolves when the trainer is dead; without it the lock is checked. */
  readonly ended?: Promise<unknown>;
  /** Gets whole events, in order, as they come. */
  readonly onEvents: (events: readonly RunEvent[]) => void;
}

/** Longest delay between writing and showing an event. */
const pollMs = 40;

/** Reads a run's events until its trainer is dead. */
export async function follow(run: RunDirectory, { from, ended, onEvents }: Following): Promise<Ending> {
  let offset = from;
  let ending: Ending;
  let dead = false;
  const death = ended?.then(() => {
    dead = true;
  });
  for (;;) {
    // Checked before reading, so that this round reads all that a dead trainer wrote.
    const last = dead || (ended === undefined && trainerOf(run.path) === undefined);
    for await (const read of eventBlocks(run.events, offset)) {
      offset = read.offset;
      if (read.events.length > 0) onEvents(read.events);
      for (const event of read.events) {
        if (event.type === "started" || event.type === "member") ending = undefined;
        if (isEnding(event)) ending = event;
      }
    }
    if (last) return ending;
    await Promise.race([sleep(pollMs), ...(death === undefined ? [] : [death])]);
  }
}

const isEnding = (event: RunEvent): event is NonNullable<Ending> =>
  event.type === "stopped" || event.type === "failed" || event.type === "completed" || event.type === "swept";
