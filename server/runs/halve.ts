import { setTimeout as sleep } from "node:timers/promises";
import type { RungEvent } from "../../schemas/run-event.gen.ts";
import type { Member } from "../../schemas/run-files.gen.ts";
import { goingOn, type halvingOf } from "../sweep/halving.ts";
import { isSettled, isTrained, type MemberResult } from "../sweep/results.ts";
import { taskOfSplits } from "../tasks/tasks.ts";
import { type EventLog, openEventLog } from "./eventLog.ts";
import { acquireLock, lockHolder } from "./lock.ts";
import { readEvents } from "./logReader.ts";
import { memberResults } from "./memberResults.ts";
import type { RunDirectory } from "./runDirectory.ts";
import { memberDirectory } from "./sweep.ts";

const lookMs = 20;

interface Halved extends ReturnType<typeof halvingOf> {
  readonly sweep: RunDirectory;
  /** Of the sweep. */
  readonly log: EventLog;
  readonly stop: { readonly requested?: string };
  /** Trains runs that have not come so far yet. */
  readonly trainTo: (members: readonly Member[], rung: number) => Promise<void>;
}

/**
 * Trains runs from rung to rung, and ends those that are not among the best there. What was decided is in the sweep's log before any run
 * goes on, so that a sweep that was killed goes on with the same ones.
 * @returns those that are left to train to the end; undefined: some could not be compared, or a stop was requested
 */
export async function halved(
  members: readonly Member[],
  { sweep, log, stop, eta, rung, trainTo }: Halved,
): Promise<readonly Member[] | undefined> {
  const decided = new Map((await decisions(sweep)).map(({ epochs, runs }) => [epochs, runs]));
  let left = members;
  for (let epochs = rung; ; epochs *= eta) {
    const before = await resultsAmong(sweep, left);
    if (isOne(before) || before.every(({ summary }) => summary && isTrained(summary))) return left;
    let on = decided.get(epochs)?.slice();
    if (on === undefined) {
      await trainTo(left, epochs);
      const results = await resultsAmong(sweep, left);
      if (stop.requested !== undefined || !results.every((result) => isComparable(result, epochs)))
        return undefined;
      // Training is shorter than the rung.
      if (results.every(({ summary }) => summary && isTrained(summary))) return left;
      on = goingOn(results, eta).map(({ runId }) => runId);
      log.append({ type: "rung", epochs, runs: on });
    }
    const isOn = new Set(on);
    // Those that a person has deleted since.
    const gone = before.filter(
      ({ runId, summary }) => !isOn.has(runId) && decided.has(epochs) && !hasCome(summary, epochs),
    );
    if (gone.length > 0) {
      await trainTo(gone, epochs);
      const again = await resultsAmong(sweep, gone);
      if (!again.every((result) => isComparable(result, epochs))) return undefined;
    }
    await endOthers(sweep, { left, isOn, epochs });
    left = left.filter(({ runId }) => isOn.has(runId));
  }
}

/** Which runs went on, in the order in which it was decided. */
export async function decisions({ events }: RunDirectory): Promise<readonly RungEvent[]> {
  const read = (await readEvents(events)).events;
  return read.flatMap((event) => (event.type === "rung" ? [event] : []));
}

async function resultsAmong(sweep: RunDirectory, members: readonly Member[]): Promise<MemberResult[]> {
  const ids = new Set(members.map(({ runId }) => runId));
  return (await memberResults(sweep)).filter(({ runId }) => ids.has(runId));
}

/** Runs of one combination are not compared with one another. */
const isOne = (results: readonly MemberResult[]): boolean =>
  new Set(results.map(({ settings: { seed: _, ...point } }) => JSON.stringify(point))).size < 2;

/** A run whose numbers are not finite would come to the same end again. */
const isComparable = ({ summary }: MemberResult, epochs: number): boolean =>
  hasCome(summary, epochs) || summary?.code === "not-finite";

const hasCome = (summary: MemberResult["summary"], epochs: number): boolean =>
  summary !== undefined && (isSettled(summary) || (summary.member?.rung ?? 0) >= epochs);

async function endOthers(
  sweep: RunDirectory,
  {
    left,
    isOn,
    epochs,
  }: { readonly left: readonly Member[]; readonly isOn: ReadonlySet<string>; readonly epochs: number },
): Promise<void> {
  const results = await resultsAmong(sweep, left);
  const words = `halved at epoch ${epochs}: ${isOn.size} of ${left.length} runs go on`;
  await endHalved(
    sweep,
    results.filter(({ runId }) => !isOn.has(runId)),
    { epochs, words },
  );
}

/** Has runs that have begun, and are not done, end at a rung. */
export async function endHalved(
  sweep: RunDirectory,
  results: readonly MemberResult[],
  { epochs, words }: { readonly epochs: number; readonly words: string },
): Promise<void> {
  for (const { runId, summary } of results) {
    if (summary === undefined || isSettled(summary)) continue;
    const { key } = taskOfSplits(summary.metrics);
    const reached = summary.metrics[`validation.${key}`];
    const why =
      summary.state === "failed"
        ? `. ${summary.message}`
        : reached === undefined
          ? ""
          : `, and ${key} ${Number(reached.toPrecision(4))} on validation is not among the best`;
    const run = memberDirectory(sweep, { runId });
    // A trainer that has said its last word ends a moment later.
    while (lockHolder(run.path) !== undefined) await sleep(lookMs);
    const lock = acquireLock(run.path);
    try {
      const own = openEventLog(run.events);
      own.append({
        type: "stopped",
        reason: `${words}${why}`,
        step: summary.step,
        rung: epochs,
        halved: true,
      });
      own.close();
    } finally {
      lock.release();
    }
  }
}
