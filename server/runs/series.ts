import { stat } from "node:fs/promises";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import type { Series, SeriesResult } from "../protocol.ts";
import { eventBlocks } from "./logReader.ts";
import { runDirectory } from "./runDirectory.ts";
import { Track } from "./track.ts";

export interface SeriesQuery {
  readonly series: readonly string[];
  readonly range?: readonly [fromStep: number, toStep: number];
  readonly buckets: number;
}

/** Logs read so far, by run directory; kept by readers of series. */
export type SeriesCache = Map<string, RunSeries>;

/** Enough for all runs drawn at once; the least recently used run is dropped first. */
const cachedRuns = 64;
const cachedBytes = 256 << 20;

/** Updates the series of a run and gives the requested ones in buckets. */
export async function readSeries(
  directory: string,
  query: SeriesQuery,
  cache: SeriesCache = new Map(),
): Promise<SeriesResult> {
  const { path, events } = runDirectory(directory);
  const run = cache.get(path) ?? new RunSeries(events);
  cache.delete(path);
  cache.set(path, run); // now the newest in the map's order
  await run.refresh();
  let bytes = [...cache.values()].reduce((sum, cached) => sum + cached.bytes, 0);
  for (const [oldest, cached] of cache) {
    if ((cache.size <= cachedRuns && bytes <= cachedBytes) || cached === run) break;
    cache.delete(oldest);
    bytes -= cached.bytes;
  }
  return run.read(query);
}

/** The series of a run in columns; its log is read once, then only appended events. */
export class RunSeries {
  readonly #path: string;
  #tracks = new Map<string, Track>();
  #offset = 0;
  #lastSeq = -1;
  /** Unix time in milliseconds at second 0 of the run, shifted by every pause. */
  #origin = 0;
  #refreshing: Promise<void> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Of memory. */
  get bytes(): number {
    return [...this.#tracks.values()].reduce((sum, track) => sum + track.bytes, 0);
  }

  /** Reads appended events. Concurrent calls share one read. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#readOn().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  read({ series: names, range, buckets }: SeriesQuery): SeriesResult {
    const series: Record<string, Series> = {};
    for (const name of names)
      for (const track of this.#tracks.values()) {
        const found = track.read(name, range, buckets);
        if (found !== undefined) series[name] = found;
      }
    const available = [...this.#tracks.values()].flatMap((track) => [...track.names]);
    return { series, available, lastSeq: this.#lastSeq };
  }

  async #readOn(): Promise<void> {
    const { size } = await stat(this.#path).catch(() => ({ size: 0 }));
    if (size < this.#offset) this.#forget(); // the log was replaced
    for await (const { events, offset } of eventBlocks(this.#path, this.#offset)) {
      for (const event of events) this.#takeIn(event);
      this.#offset = offset;
    }
  }

  #takeIn(event: RunEvent): void {
    if (event.seq <= this.#lastSeq) return; // As in `eventsIn`, across reads.
    this.#lastSeq = event.seq;
    if (event.type === "started") {
      // The pause before a resume is not training time: the clock continues from the checkpoint, or without one from the
      // teacher's last step.
      const teacher = this.#track("teacher").secondsAt(Number.MAX_SAFE_INTEGER - 1);
      this.#origin = event.time - 1000 * Math.max(teacher, this.#track("student").secondsAt(event.step));
    } else if (event.type === "step") {
      const subject = event.subject ?? "student";
      this.#track(subject).push(
        event.step,
        this.#secondsAt(event),
        event.epoch,
        stepValues(event, prefixOf(subject)),
      );
      // Few steps have it: among those of all steps it would be a curve of gaps.
      if (event.memory !== undefined)
        this.#track(`${subject} memory`).push(event.step, this.#secondsAt(event), event.epoch, [
          [`${prefixOf(subject)}memory`, event.memory],
        ]);
    } else if (event.type === "evaluation") {
      const subject = event.subject ?? "student";
      const prefix = `${prefixOf(subject)}${event.split}.`;
      const values = Object.entries(event.metrics).map(([name, value]) => [prefix + name, value] as const);
      this.#track(prefix).push(event.step, this.#secondsAt(event), event.epoch, values);
    }
  }

  #secondsAt({ time }: RunEvent): number {
    return (time - this.#origin) / 1000;
  }

  #track(name: string): Track {
    const track = this.#tracks.get(name) ?? new Track();
    this.#tracks.set(name, track);
    return track;
  }

  #forget(): void {
    this.#tracks = new Map();
    this.#offset = 0;
    this.#lastSeq = -1;
  }
}

/** The student's series have bare names: `loss`, `validation.accuracy`; others `studentAlone.loss`, `teacher.test.accuracy`. */
function prefixOf(subject: string): string {
  return subject === "student" ? "" : `${subject}.`;
}

function* stepValues(
  event: RunEvent & { type: "step" },
  prefix: string,
): Generator<readonly [string, number | null]> {
  yield [`${prefix}loss`, event.loss];
  for (const [name, { raw, weighted, gradNorm }] of Object.entries(event.terms)) {
    yield [`${prefix}terms.${name}.raw`, raw];
    yield [`${prefix}terms.${name}.weighted`, weighted];
    if (gradNorm !== undefined) yield [`${prefix}terms.${name}.gradNorm`, gradNorm];
  }
  yield [`${prefix}learningRate`, event.learningRate];
  yield [`${prefix}gradNorm`, event.gradNorm];
  yield [`${prefix}stepMs`, event.stepMs];
  yield [`${prefix}dataMs`, event.dataMs];
  yield [`${prefix}samplesPerSecond`, event.samplesPerSecond];
}
