import type { Job } from "../../schemas/run-files.gen.ts";
import type { RunState, RunSummary } from "../protocol.ts";
import type { LockHolder } from "../runs/holder.ts";
import { placeOf, type QueuePlace } from "./slurmQueue.ts";

/** The state of a run and where it is, by its own files, and for a run that has no trainer by what the queue has last said of it. */
export function placeIn(
  { queued, sweep }: Pick<Job, "queued" | "sweep">,
  state: RunState,
  holder: LockHolder | undefined,
): Pick<RunSummary, "state" | "queued" | "place"> {
  if (queued === undefined) return { state };
  if (state === "running" && holder !== undefined)
    return holder.attempt === undefined
      ? { state }
      : { state, place: `on ${holder.attempt.node}${requeuedWords(holder.attempt.restarts)}` };
  if (state !== "running" && state !== "interrupted") return { state };
  const seen = sweep && placeOf(sweep.id, sweep.index);
  // By its log it waits, or its trainer is gone, which the queue need not know yet.
  return state === "running" || seen !== undefined
    ? { state: "running", queued: true, place: waitingWords(seen) }
    : { state };
}

/** Of a run that waits. @param seen undefined: the queue has said nothing of it */
export const waitingWords = (seen: QueuePlace | undefined): string =>
  seen === undefined ? "pending" : wordsOf(seen);

function wordsOf({ state, reason, restarts, node }: QueuePlace): string {
  const why = reason === "None" || reason === "" ? "" : `: ${reason}`;
  return `${state.toLowerCase()}${state === "PENDING" ? why : ` on ${node}`}${requeuedWords(restarts)}`;
}

const requeuedWords = (restarts: number): string => (restarts === 0 ? "" : `, requeued ${restarts}x`);
