import { setTimeout as sleep } from "node:timers/promises";
import type { EventLog } from "../../runs/eventLog.ts";
import { eventBlocks } from "../../runs/logReader.ts";
import { type RunDirectory, readJob } from "../../runs/runDirectory.ts";
import { explained } from "../../runs/runError.ts";
import { heldEvents, isMeasured, type Measured } from "../heldEvents.ts";
import { mlflowPlace, storeAt } from "./place.ts";
import { type Measurement, parentTag, type TrackedRun } from "./trackedRun.ts";
import { measured, trackedRun } from "./writeRuns.ts";

/** Between two looks at the log. */
const everyMs = 1000;
/** Until a server that was away is asked again; doubled each time. */
const [firstRetryMs, lastRetryMs] = [5000, 60_000];
/** That a run of a sweep waits until the sweep is there. */
const mostMsForSweep = 10_000;
/** That a server has for an answer while a run trains. */
const patienceMs = 20_000;
/** That it has for what is left once the run has ended: a sweep waits as long. One that was away has less. */
const [endMs, awayEndMs] = [5000, 1000];
/** Of it, for saying that the run has ended: numbers that have not arrived by then are left to an export. */
const endingMs = 2000;
/** Events that are told at once, so that little of this time is passed. */
const mostEvents = 100;

interface LiveTracking {
  /** The run is over. Resolves once all has arrived, or is given up, after a few seconds at most. */
  finish(): Promise<void>;
}

/**
 * Tells MLflow what a run logs, while it trains. It reads the log, so a server that is slow or away holds nothing up and takes no memory;
 * it is asked again later, and goes on where it was. That it is away is one warning of the run.
 */
export function trackLive(
  run: RunDirectory,
  { to, base, log }: { readonly to: string; readonly base: string; readonly log: Pick<EventLog, "append"> },
): LiveTracking {
  const over = new AbortController();
  const late = new AbortController();
  const given = new AbortController();
  let isTold = false;
  const tell = (error: unknown) => {
    if (isTold) return;
    isTold = true;
    const isOver = over.signal.aborted;
    const later = `${isOver ? "" : "The run goes on; "}\`distill export-log\` writes them later.`;
    const why = (explained(error) ?? (error as Error)).message;
    const message = `MLflow at ${to} does not get the run's numbers: ${why} ${later}`;
    if (isOver) console.error(message);
    else log.append({ type: "warning", code: "mlflow", message });
  };
  const work = (async () => {
    for (let wait = firstRetryMs; ; wait = Math.min(2 * wait, lastRetryMs)) {
      const isLast = over.signal.aborted;
      try {
        const options = { patience: patienceMs, signal: given.signal };
        const store = storeAt(mlflowPlace(to, base), process.env, options);
        const { name, askedAt, sweep } = await readJob(run);
        const experiment = await store.openExperiment(name === "" ? "run" : name, askedAt);
        const parentNow = async () => (sweep === undefined ? undefined : experiment.idOf(sweep.id));
        const parent = sweep && (await toldBy(parentNow, over.signal));
        let isCut = false;
        const cut = () => {
          isCut = true;
        };
        const live = { over: over.signal, late: late.signal, cut, parentNow };
        await experiment.store(await liveRun(run, live), parent);
        if (isCut) tell(new Error("The last ones have not arrived in time."));
        return;
      } catch (error) {
        tell(error);
        if (isLast || given.signal.aborted) return;
        await sleep(wait, undefined, { signal: over.signal }).catch(() => undefined);
      }
    }
  })().catch((error: unknown) => console.error(error)); // The disk that refused the warning.
  return {
    async finish() {
      over.abort();
      const wait = isTold ? awayEndMs : endMs;
      const limits = [
        setTimeout(() => late.abort(), Math.max(0, wait - endingMs)),
        setTimeout(() => given.abort(), wait),
      ];
      await work;
      limits.forEach(clearTimeout);
    },
  };
}

/** A sweep's process tells of the sweep; a run of it may begin before that has arrived, and waits for a while. */
async function toldBy<T>(ask: () => Promise<T | undefined>, over: AbortSignal): Promise<T | undefined> {
  for (let waited = 0; ; waited += everyMs) {
    const answer = await ask();
    if (answer !== undefined || over.aborted || waited >= mostMsForSweep) return answer;
    await sleep(everyMs, undefined, { signal: over }).catch(() => undefined);
  }
}

interface Live {
  /** Aborted once the run has ended. */
  readonly over: AbortSignal;
  /** Aborted where it has, and no more numbers are to be told. */
  readonly late: AbortSignal;
  /** Called where numbers are left out for that. */
  readonly cut: () => void;
}

/** @param parentNow id of the run that this one stands below, if it is known by then */
async function liveRun(
  run: RunDirectory,
  { parentNow, ...live }: Live & { readonly parentNow: () => Promise<string | undefined> },
): Promise<TrackedRun> {
  const begun = await trackedRun(run);
  const { end: _, ...rest } = begun;
  return {
    ...rest,
    status: "RUNNING",
    measurements: newMeasurements(run, live),
    async ended() {
      const ended = await trackedRun(run);
      return { ...ended, tags: { ...ended.tags, [parentTag]: await parentNow() } };
    },
  };
}

/** What still holds of the log so far, then what is logged. Steps that a resumed run takes again follow those that were told before. */
async function* newMeasurements(
  { events: path }: RunDirectory,
  { over, late, cut }: Live,
): AsyncGenerator<readonly Measurement[]> {
  let last = -1;
  for await (const held of heldEvents(path)) {
    last = held.at(-1)?.seq ?? last;
    for (const piece of inPieces(held)) {
      if (late.aborted) return cut();
      yield piece;
    }
  }
  let offset = 0;
  while (true) {
    const isOver = over.aborted;
    for await (const block of eventBlocks(path, offset)) {
      offset = block.offset;
      const after = last;
      const news = block.events.filter(isMeasured).filter(({ seq }) => seq > after);
      for (const piece of inPieces(news)) {
        if (late.aborted) return cut();
        yield piece;
      }
    }
    if (isOver) return;
    await sleep(everyMs, undefined, { signal: over }).catch(() => undefined);
  }
}

function* inPieces(events: readonly Measured[]): Generator<readonly Measurement[]> {
  for (let at = 0; at < events.length; at += mostEvents)
    yield events.slice(at, at + mostEvents).map(measured);
}
