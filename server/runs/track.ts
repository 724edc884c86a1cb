import type { Series } from "../protocol.ts";
import { Column } from "./column.ts";

/** Points that a track holds. */
const mostPoints = 1 << 15;
/** Most names in a track, which bounds memory. */
const mostNames = 512;

/** Smallest, largest and last value of each point's reports. One column where a point is one report. */
interface Curve {
  min: Column;
  max: Column;
  last: Column;
}

/**
 * Series that are reported together and so share their steps: those of a subject's steps, or of its evaluations on a split.
 * Memory is bounded: once there are too many points, neighbours are merged in pairs, and points cover twice as many reports
 * from then on. A curve of a million steps is still finer than any screen.
 */
export class Track {
  readonly #step = new Column();
  readonly #seconds = new Column();
  readonly #epoch = new Column();
  readonly #series = new Map<string, Curve>();
  /** Reports per point, and those in the last point. */
  #stride = 1;
  #inLast = 1;

  get names(): Iterable<string> {
    return this.#series.keys();
  }

  /** Of memory. */
  get bytes(): number {
    return this.#columns().reduce((sum, column) => sum + column.bytes, 0);
  }

  /** Seconds at the last point at or before `step`; 0 before the first. */
  secondsAt(step: number): number {
    const index = this.#step.firstNotLess(step + 1) - 1;
    return index < 0 ? 0 : this.#seconds.at(index);
  }

  /** Adds a report. A repeated step, after a return to a checkpoint, replaces the points from there on. */
  push(
    step: number,
    seconds: number,
    epoch: number,
    values: Iterable<readonly [string, number | null]>,
  ): void {
    const length = this.#step.firstNotLess(step);
    if (length < this.#step.length) {
      for (const column of this.#columns()) column.cut(length);
      this.#inLast = this.#stride;
    }
    const isNew = this.#inLast >= this.#stride;
    if (isNew && this.#step.length === mostPoints) this.#halve();
    this.#inLast = isNew ? 1 : this.#inLast + 1;
    const at = this.#step.length - (isNew ? 0 : 1);
    put(this.#step, at, step);
    put(this.#seconds, at, seconds);
    put(this.#epoch, at, epoch);
    for (const [name, given] of values) {
      const curve = this.#curve(name);
      if (curve === undefined) continue;
      const value = given ?? Number.NaN;
      if (curve.min !== curve.last) {
        put(curve.min, at, isNew ? value : smaller(curve.min.at(at), value));
        put(curve.max, at, isNew ? value : larger(curve.max.at(at), value));
      }
      put(curve.last, at, value);
    }
  }

  read(name: string, range: readonly [number, number] | undefined, buckets: number): Series | undefined {
    const curve = this.#series.get(name);
    if (curve === undefined) return undefined;
    const from = range === undefined ? 0 : this.#step.firstNotLess(range[0]);
    const to = range === undefined ? this.#step.length : this.#step.firstNotLess(range[1] + 1);
    const width = bucketWidth(from, to, Math.max(1, Math.floor(buckets)));
    const series = { step: [], min: [], max: [], last: [], time: [], epoch: [] } as MutableSeries;
    const [smallest, largest] = [curve.min.values(), curve.max.values()];
    for (let begin = from; begin < to; ) {
      // Buckets begin at multiples of their width, so full buckets do not change during the run.
      const end = Math.min(to, begin - (begin % width) + width);
      let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (let index = begin; index < end; index++) {
        // Past the end: undefined, which compares like NaN.
        const [low, high] = [smallest[index] as number, largest[index] as number];
        if (low < min) min = low;
        if (high > max) max = high;
      }
      const last = curve.last.at(end - 1);
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

  #curve(name: string): Curve | undefined {
    const known = this.#series.get(name);
    if (known !== undefined || this.#series.size >= mostNames) return known;
    const last = new Column();
    const curve =
      this.#stride === 1 ? { min: last, max: last, last } : { min: new Column(), max: new Column(), last };
    this.#series.set(name, curve);
    return curve;
  }

  /** Merges two neighbours: step and last value of the second, smallest and largest of both. */
  #halve(): void {
    for (const curve of this.#series.values()) {
      const { min, max, last } = curve;
      curve.min = paired(min, smaller);
      curve.max = paired(max, larger);
      curve.last = paired(last, second);
    }
    for (const column of [this.#step, this.#seconds, this.#epoch]) {
      const halved = paired(column, second);
      column.cut(0);
      for (const value of halved.values()) column.push(value);
    }
    this.#stride *= 2;
  }

  #columns(): Column[] {
    const curves = [...this.#series.values()].flatMap(({ min, max, last }) => [...new Set([min, max, last])]);
    return [this.#step, this.#seconds, this.#epoch, ...curves];
  }
}

/** At the end or in place of the last one; gaps before are NaN. */
function put(column: Column, index: number, value: number): void {
  while (column.length < index) column.push(Number.NaN);
  if (column.length === index) column.push(value);
  else column.set(index, value);
}

/** One of every two values; a single last one is kept. */
function paired(column: Column, join: (first: number, second: number) => number): Column {
  const halved = new Column();
  for (let at = 0; at < column.length; at += 2)
    halved.push(at + 1 < column.length ? join(column.at(at), column.at(at + 1)) : column.at(at));
  return halved;
}

const second = (_: number, value: number): number => value;
/** Of two values; NaN is ignored. */
const smaller = (a: number, b: number): number => (a <= b || Number.isNaN(b) ? a : b);
const larger = (a: number, b: number): number => (a >= b || Number.isNaN(b) ? a : b);

type MutableSeries = { -readonly [K in keyof Series]: Series[K] extends readonly (infer V)[] ? V[] : never };

/** The smallest width whose buckets, which begin at multiples of it, are no more than `buckets` between two indices. */
function bucketWidth(from: number, to: number, buckets: number): number {
  let width = 1;
  while (Math.ceil(to / width) - Math.floor(from / width) > buckets) width += 1;
  return width;
}
