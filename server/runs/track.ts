import type { Series } from "../protocol.ts";
import { Column } from "./column.ts";

/** Series that are reported together and so share their steps: those of a subject's steps, or of its evaluations on a split. */
export class Track {
  readonly #step = new Column();
  readonly #seconds = new Column();
  readonly #epoch = new Column();
  readonly #series = new Map<string, Column>();

  get names(): Iterable<string> {
    return this.#series.keys();
  }

  /** Seconds at the last point at or before `step`; 0 before the first. */
  secondsAt(step: number): number {
    const index = this.#step.firstNotLess(step + 1) - 1;
    return index < 0 ? 0 : this.#seconds.at(index);
  }

  /** Adds a point. A step said again, by a run that went back to a checkpoint, takes the place of what stood there and behind. */
  push(
    step: number,
    seconds: number,
    epoch: number,
    values: Iterable<readonly [string, number | null]>,
  ): void {
    const length = this.#step.firstNotLess(step);
    if (length < this.#step.length)
      for (const column of [this.#step, this.#seconds, this.#epoch, ...this.#series.values()])
        column.cut(length);
    this.#step.push(step);
    this.#seconds.push(seconds);
    this.#epoch.push(epoch);
    for (const [name, value] of values) {
      const column = this.#series.get(name) ?? new Column();
      this.#series.set(name, column);
      while (column.length < length) column.push(Number.NaN); // was missing in earlier points
      column.push(value ?? Number.NaN);
    }
  }

  read(name: string, range: readonly [number, number] | undefined, buckets: number): Series | undefined {
    const column = this.#series.get(name);
    if (column === undefined) return undefined;
    const from = range === undefined ? 0 : this.#step.firstNotLess(range[0]);
    const to = range === undefined ? this.#step.length : this.#step.firstNotLess(range[1] + 1);
    const width = bucketWidth(from, to, Math.max(1, Math.floor(buckets)));
    const series = { step: [], min: [], max: [], last: [], time: [], epoch: [] } as MutableSeries;
    const values = column.values();
    for (let begin = from; begin < to; ) {
      // Buckets begin at multiples of their width, so those that are full stay as they are while the run goes on.
      const end = Math.min(to, begin - (begin % width) + width);
      let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (let index = begin; index < end; index++) {
        const value = values[index] as number; // behind the end: undefined, which compares as NaN does
        if (value < min) min = value;
        if (value > max) max = value;
      }
      const last = column.at(end - 1);
      series.step.push(this.#step.at(end - 1));
      series.min.push(min <= max ? min : null);
      series.max.push(min <= max ? max : null);
      series.last.push(Number.isNaN(last) ? null : last);
      series.time.push(this.#seconds.at(end - 1));
      series.epoch.push(this.#epoch.at(end - 1));
      begin = end;
    }
    return series;
  }
}

type MutableSeries = { -readonly [K in keyof Series]: Series[K] extends readonly (infer V)[] ? V[] : never };

/** The smallest width whose buckets, which begin at multiples of it, are no more than `buckets` between two indices. */
function bucketWidth(from: number, to: number, buckets: number): number {
  let width = Math.max(1, Math.ceil((to - from) / buckets));
  while (Math.ceil(to / width) - Math.floor(from / width) > buckets) {
    // One bucket cannot straddle a multiple: then it takes everything.
    if (buckets === 1) return Math.max(1, to);
    width += 1;
  }
  return width;
}
