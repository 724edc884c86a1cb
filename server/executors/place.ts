import type { Job } from "../../schemas/run-files.gen.ts";
import type { RunState, RunSummary } from "../protocol.ts";
import type { LockHolder } from "../runs/holder.ts";
import { isMissing, placeOf, type QueuePlace } from "./slurmQueue.ts";

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
  const seen = sweep && placeOf(sweep.id, sweep.index);
  return waits(state, seen) ? { state: "running", queued: true, place: waitingWords(seen) } : { state };
}

/** Whether a run without a trainer, which its log leaves in this state, has an attempt to come. */
export function waits(state: RunState, seen: QueuePlace | undefined): boolean {
  switch (state) {
    case "running":
      return true;
    case "interrupted":
      return seen !== undefined; // Its trainer is gone, which the queue need not know yet.
    case "stopped":
      return seen !== undefined && seen.restarts > 0 && seen.state === "PENDING"; // Preempted, or requeued by a person.
    default:
      return false;
  }
}

/** Of a sweep of which no run trains, and that goes on in a job. @param pending how many of its runs wait, and say so */
export function nextJobWords(
  sweep: string,
  { lastEventAt, askedAt }: Job,
  pending: number | undefined,
): string | undefined {
  if (isMissing(sweep, lastEventAt ?? askedAt))
    return "none of your jobs in the queue is of it: stop it, then resume it";
  return pending === undefined ? "waits for its next job" : undefined;
}

/** Of a run that waits. @param seen undefined: the queue has said nothing of it */
export const waitingWords = (seen: QueuePlace | undefined): string =>
  seen === undefined ? "pending" : wordsOf(seen);

function wordsOf({ state, reason, restarts, node }: QueuePlace): string {
  const why = reason === "None" || reason === "" ? "" : `: ${reason}`;
  return `${state.toLowerCase()}${state === "PENDING" ? why : ` on ${node}`}${requeuedWords(restarts)}`;
}

const requeuedWords = (restarts: number): string => (restarts === 0 ? "" : `, requeued ${restarts}x`);
