import { noLabel } from "./labels.ts";
import { type Samples, sizeOf } from "./samples.ts";

/** Samples of one split that another has, too. */
export interface Overlap {
  /** Samples of the one split whose values are those of a sample of the other. */
  readonly count: number;
  /** The first of them, by their numbers in the one split, ascending. */
  readonly first: readonly number[];
  /** How many of them have another label there. */
  readonly relabelled: number;
  /** How many samples of the one split have a twin within it: what chance alone makes of few distinct values. */
  readonly twins: number;
}

const mostNamed = 5;

/**
 * The samples of `held` that `others` has, whatever file they came from: bytes equal floating-point values of the same numbers.
 * Found by a hash of each sample and compared value by value, so that none is named by accident. One pass over both.
 */
export function overlapOf(held: Samples, others: Samples): Overlap | undefined {
  if (sizeOf(held.shape) !== sizeOf(others.shape)) return undefined;
  const [own, known] = [indexOf(held, others), indexOf(others, held)];
  const first: number[] = [];
  let [count, relabelled] = [0, 0];
  for (let row = 0; row < held.count; row++) {
    const twin = find(known, own.hashes[row] as number, (other) => areEqual(held, row, others, other));
    if (twin === undefined) continue;
    count += 1;
    if (first.length < mostNamed) first.push(row);
    const other = others.labels[twin];
    if (other !== noLabel && nameOf(held, row) !== nameOf(others, twin)) relabelled += 1;
  }
  return count === 0 ? undefined : { count, first, relabelled, twins: twinsIn(held, own) };
}

/** Samples whose values another sample of the same split has. */
function twinsIn(samples: Samples, index: Index): number {
  let twins = 0;
  for (let row = 0; row < samples.count; row++) {
    const isTwin = (other: number) => other !== row && areEqual(samples, row, samples, other);
    if (find(index, index.hashes[row] as number, isTwin) !== undefined) twins += 1;
  }
  return twins;
}

interface Index {
  readonly hashes: Float64Array; // [count]
  /** The last row of each hash. */
  readonly last: ReadonlyMap<number, number>;
  /** The row before it with the same hash; −1 where there is none. */
  readonly before: Int32Array; // [count]
}

function find({ last, before }: Index, hash: number, fits: (row: number) => boolean): number | undefined {
  for (let row = last.get(hash) ?? -1; row >= 0; row = before[row] as number) if (fits(row)) return row;
  return undefined;
}

const indices = new WeakMap<Samples, { words?: Index; values?: Index }>();

/** Made once: a split is compared with several others. */
function indexOf(samples: Samples, { storage }: Samples): Index {
  const kept = indices.get(samples) ?? {};
  indices.set(samples, kept);
  const kind = [samples.storage, storage].every(isWhole(sizeOf(samples.shape))) ? "words" : "values";
  kept[kind] ??= indexed(samples.count, kind === "words" ? hashWords(samples) : hashValues(samples));
  return kept[kind];
}

/** Rows of bytes that can be read four at a time. */
const isWhole = (size: number) => (storage: Samples["storage"]) =>
  storage instanceof Uint8Array && size % 4 === 0 && storage.byteOffset % 4 === 0;

function indexed(count: number, hash: (row: number) => number): Index {
  const [hashes, before, last] = [new Float64Array(count), new Int32Array(count), new Map<number, number>()];
  for (let row = 0; row < count; row++) {
    const key = hash(row);
    hashes[row] = key;
    before[row] = last.get(key) ?? -1;
    last.set(key, row);
  }
  return { hashes, before, last };
}

function hashWords({ shape, storage: { buffer, byteOffset, length } }: Samples): (row: number) => number {
  const size = sizeOf(shape) / 4;
  const words = new Int32Array(buffer, byteOffset, length / 4);
  return (row) => hash(words, row * size, size);
}

/** Over the values as float32, so that bytes and floating-point values of the same numbers have the same. */
function hashValues({ shape, storage }: Samples): (row: number) => number {
  const size = sizeOf(shape);
  const floats = new Float32Array(size);
  const words = new Int32Array(floats.buffer);
  return (row) => {
    for (let i = 0; i < size; i++) floats[i] = (storage[row * size + i] as number) + 0; // −0 + 0 is 0
    return hash(words, 0, size);
  };
}

/** 53 bits, by two mixes of all words. */
function hash(words: Int32Array, start: number, count: number): number {
  let [a, b] = [0x811c9dc5 | 0, 0x9e3779b9 | 0];
  for (let at = start, end = start + count; at < end; at++) {
    const word = words[at] as number;
    a = Math.imul(a ^ word, 0x01000193);
    a ^= a >>> 15;
    b = Math.imul(b + word, 0x85ebca6b);
    b ^= b >>> 13;
  }
  return (a >>> 0) * 2 ** 21 + ((b >>> 0) & 0x1fffff);
}

function areEqual(a: Samples, row: number, b: Samples, other: number): boolean {
  const size = sizeOf(a.shape);
  const [left, right] = [row * size, other * size];
  for (let i = 0; i < size; i++) if (a.storage[left + i] !== b.storage[right + i]) return false;
  return true;
}

/** A label by its name where there are names; those of several files need not be in the same order. */
function nameOf({ labels, classNames }: Samples, row: number): string | number {
  const label = labels[row] as number;
  return classNames?.[label] ?? label;
}
