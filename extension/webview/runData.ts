import type { Series, SeriesResult } from "../../server/protocol.ts";
import type { Points } from "../panel/messages.ts";

/** One series of one run, an entry per bucket; it grows at its end while the run trains. */
export interface Columns {
  readonly step: number[];
  readonly epoch: number[];
  readonly time: number[];
  readonly min: (number | null)[];
  readonly max: (number | null)[];
  readonly last: (number | null)[];
}

/** A run's data in the page: all of it in buckets, and the zoomed part in finer ones. */
export class RunData {
  readonly directory: string;
  available: readonly string[] = [];
  /** `seq` of the last event included; −1 before the first reading. */
  lastSeq = -1;
  overview = new Map<string, Columns>();
  detail: { readonly range: readonly [number, number]; readonly columns: Map<string, Columns> } | undefined;
  /**
   * Unix milliseconds of the run's second 0 in the reading's time, which leaves pauses out. Set by the first new event,
   * which directly follows the last one read.
   */
  #origin: number | undefined;

  constructor(directory: string) {
    this.directory = directory;
  }

  setOverview({ series, available, lastSeq }: SeriesResult): void {
    this.available = available;
    this.lastSeq = lastSeq;
    this.overview = toColumns(series);
    this.#origin = undefined;
  }

  setDetail(range: readonly [number, number], { series }: SeriesResult): void {
    this.detail = { range, columns: toColumns(series) };
  }

  /**
   * Adds new events.
   * @returns false where events are missing or the run went back to a checkpoint: then read the series again
   */
  append({ fromSeq, toSeq, points, rewound }: Points): boolean {
    if (this.lastSeq < 0) return true; // The first reading is under way and will include them.
    if (toSeq <= this.lastSeq) return true; // Already included: reading and events overlap.
    if (rewound || fromSeq > this.lastSeq + 1) return false;
    for (const point of points) {
      if (point.seq <= this.lastSeq) continue;
      this.#origin ??= point.time - 1000 * this.#lastSecond();
      const seconds = (point.time - this.#origin) / 1000;
      for (const [name, value] of Object.entries(point.values)) {
        if (!this.available.includes(name)) return false; // A new series needs a new chart.
        append(this.overview.get(name), { ...point, seconds }, value);
        const range = this.detail?.range;
        if (range && point.step >= range[0] && point.step <= range[1]) {
          append(this.detail?.columns.get(name), { ...point, seconds }, value);
        }
      }
    }
    this.lastSeq = toSeq;
    return true;
  }

  /** The finest columns that cover the visible steps. */
  columns(name: string, range: readonly [number, number] | undefined): Columns | undefined {
    const finer = this.detail;
    if (
      range !== undefined &&
      finer !== undefined &&
      finer.range[0] <= range[0] &&
      finer.range[1] >= range[1]
    ) {
      return finer.columns.get(name) ?? this.overview.get(name);
    }
    return this.overview.get(name);
  }

  #lastSecond(): number {
    return Math.max(0, ...[...this.overview.values()].map(({ time }) => time.at(-1) ?? 0));
  }

  /** Most points per series: well beyond the number requested, the series is read again. */
  get length(): number {
    let most = 0;
    for (const { step } of this.overview.values()) most = Math.max(most, step.length);
    return most;
  }
}

function append(
  columns: Columns | undefined,
  { step, epoch, seconds }: { step: number; epoch: number; seconds: number },
  value: number | null,
): void {
  if (columns === undefined) return;
  columns.step.push(step);
  columns.epoch.push(epoch);
  columns.time.push(seconds);
  columns.min.push(value);
  columns.max.push(value);
  columns.last.push(value);
}

function toColumns(series: Readonly<Record<string, Series>>): Map<string, Columns> {
  return new Map(
    Object.entries(series).map(([name, read]) => [
      name,
      {
        step: unboxed(read.step),
        epoch: unboxed(read.epoch),
        time: unboxed(read.time),
        min: unboxed(read.min),
        max: unboxed(read.max),
        last: unboxed(read.last),
      },
    ]),
  );
}

/** A copy that grows: numbers in a message lie each in an object of its own, where they are read slowly and take twice the memory. */
function unboxed<T extends number | null>(values: readonly T[]): T[] {
  const copy: T[] = [];
  for (const value of values) copy.push(value);
  return copy;
}
