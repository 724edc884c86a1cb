import { sizeOf } from "../sizeOf.ts";
import type { Samples } from "./samples.ts";
import { blocksOf, rowCursor, type SampleValues } from "./sampleValues.ts";

/** Samples of one split that another has, too. */
export interface Overlap {
  /** Samples of the one split whose values are those of a sample of the other. */
  readonly count: number;
  /** The first of them, by their numbers in the one split, ascending. */
  readonly first: readonly number[];
  /** How many samples of the other split these are: all of them where the other is a part of the one. */
  readonly covered: number;
  /** How many of `count` have a label here and another one wherever they are there. */
  readonly relabelled: number;
  /** One split begins with the other, sample by sample: they are copies, however often rows repeat in them. */
  readonly isInOrder: boolean;
  /**
   * The larger share of a split whose samples have a twin within it: of few distinct values chance alone puts about as many into
   * another split.
   */
  readonly repeated: number;
}

const mostNamed = 5;

/**
 * The samples of `evaluated` that `others` has, whatever file they came from. Bytes are the same as floating-point values of the same
 * numbers and as those divided by 255. Found by a hash of each sample and compared value by value, so that none is named by
 * accident: 60,000 images of 784 bytes against 10,000 take 0.1 s.
 */
export function overlapOf(evaluated: Samples, others: Samples): Overlap | undefined {
  if (sizeOf(evaluated.shape) !== sizeOf(others.shape)) return undefined;
  const representation = commonRepresentation(evaluated, others);
  const [own, known] = [groupsOf(evaluated, representation), groupsOf(others, representation)];
  const twins = matches(own, known, {
    evaluated: rowsOf(evaluated, representation),
    others: rowsOf(others, representation),
  });
  const isRelabelled = relabelling(evaluated, others, known);
  const first: number[] = [];
  let [count, relabelled] = [0, 0];
  for (let row = 0; row < evaluated.count; row++) {
    const twin = twins[own.group[row] as number] as number;
    if (twin < 0) continue;
    count += 1;
    if (first.length < mostNamed) first.push(row);
    if (isRelabelled(row, twin)) relabelled += 1;
  }
  if (count === 0) return undefined;
  const covered = twins.reduce((sum, twin) => sum + (twin < 0 ? 0 : (known.size[twin] as number)), 0);
  const shorter = Math.min(evaluated.count, others.count);
  let same = 0;
  while (same < shorter && twins[own.group[same] as number] === known.group[same]) same += 1;
  return {
    count,
    first,
    covered,
    relabelled,
    isInOrder: same === shorter,
    repeated: Math.max(own.repeated, known.repeated),
  };
}

/** Equal samples of one split, by the first of them. */
interface Groups {
  readonly hashes: Int32Array; // [count]
  /** The first row that is equal to each row. */
  readonly group: Int32Array; // [count]
  /** How many rows are equal to each first row; 0 for the others. */
  readonly size: Int32Array; // [count]
  /** First rows, each at its hash or in the next slot that was free; −1 where there is none. */
  readonly table: Int32Array; // [a power of two, at least twice the rows]
  /** Share of the rows that are equal to another one. */
  readonly repeated: number;
}

const kept = new WeakMap<Samples, Map<Representation, Groups>>();

/** Made once: a split is compared with several others. */
function groupsOf(samples: Samples, representation: Representation): Groups {
  const byRepresentation = kept.get(samples) ?? new Map<Representation, Groups>();
  kept.set(samples, byRepresentation);
  const groups = byRepresentation.get(representation) ?? grouped(samples, representation);
  byRepresentation.set(representation, groups);
  return groups;
}

function grouped(samples: Samples, representation: Representation): Groups {
  const { count } = samples;
  const [rows, earlier] = [rowsOf(samples, representation), rowsOf(samples, representation)];
  const hashes = new Int32Array(count);
  const [group, size] = [new Int32Array(count), new Int32Array(count)];
  const table = new Int32Array(2 ** Math.ceil(Math.log2(2 * count + 1))).fill(-1);
  for (let row = 0; row < count; row++) {
    const key = hash(rows, row);
    hashes[row] = key;
    const slot = slotOf({ table, hashes }, key, (other) => areEqual(rows, row, earlier, other));
    const first = table[slot] as number;
    if (first < 0) table[slot] = row;
    group[row] = first < 0 ? row : first;
    size[group[row] as number] = (size[group[row] as number] as number) + 1;
  }
  const twins = size.reduce((sum, many) => sum + (many > 1 ? many : 0), 0);
  return { hashes, group, size, table, repeated: twins / count };
}

/** Where a sample with this hash is in the table, or would be. */
function slotOf(
  { table, hashes }: Pick<Groups, "table" | "hashes">,
  key: number,
  fits: (row: number) => boolean,
): number {
  for (let slot = key & (table.length - 1); ; slot = (slot + 1) & (table.length - 1)) {
    const row = table[slot] as number;
    if (row < 0 || (hashes[row] === key && fits(row))) return slot;
  }
}

/** Of each first row of the one split the first row of the other that is equal to it; −1 where none is. */
function matches(
  own: Groups,
  known: Groups,
  rows: { readonly evaluated: Rows; readonly others: Rows },
): Int32Array {
  return own.hashes.map((key, row) => {
    if (own.size[row] === 0) return -1;
    const slot = slotOf(known, key, (other) => areEqual(rows.evaluated, row, rows.others, other));
    return known.table[slot] as number;
  });
}

/**
 * Whether a sample has a label, and its twins in the other split have others. Labels are told apart by their names where there
 * are names; those of several files need not be in the same order.
 */
function relabelling(evaluated: Samples, others: Samples, { group, size }: Groups) {
  const names = others.classNames;
  const there = evaluated.classNames?.map((name) => names?.indexOf(name) ?? -1);
  const keyOf = (twin: number, label: number) => twin * 2 ** 21 + label + 1;
  /** Labels of samples that have twins in their own split, and 0 for having one at all. */
  const several = new Set<number>();
  others.labels.forEach((label, row) => {
    const twin = group[row] as number;
    if (label < 0 || (size[twin] as number) < 2) return;
    several.add(keyOf(twin, label)).add(keyOf(twin, -1));
  });
  return (row: number, twin: number): boolean => {
    const own = evaluated.labels[row] as number;
    const label = names && there ? (there[own] as number) : own;
    if ((size[twin] as number) > 1) return several.has(keyOf(twin, -1)) && !several.has(keyOf(twin, label));
    return (others.labels[twin] as number) >= 0 && others.labels[twin] !== label;
  };
}

/** As what the values of two splits are compared. */
type Representation = "bytes" | "floats";

function commonRepresentation(a: Samples, b: Samples): Representation {
  const kinds = [kindOf(a), kindOf(b)];
  if (kinds.includes("other")) return "floats";
  // Zeros and ones may be the numbers 0 and 1 as well as the bytes 0 and 255: they are what the other split has.
  return kinds.includes("fractions") && kinds.includes("bits") ? "floats" : "bytes";
}

/** Numbers from 0 to 1, from 0 to 255, such numbers divided by 255, or others. */
type Kind = "bits" | "whole" | "fractions" | "other";

const kinds = new WeakMap<Samples, Kind>();

function kindOf(samples: Samples): Kind {
  const known = kinds.get(samples) ?? kindOfValues(samples.values);
  kinds.set(samples, known);
  return known;
}

function kindOfValues(values: SampleValues): Kind {
  const isOnlyBytes = values.dtype === "uint8";
  let [areBits, areWhole, areFractions] = [true, true, !isOnlyBytes];
  for (const block of blocksOf(values))
    for (let i = 0; i < block.length; i++) {
      const value = block[i] as number;
      if (value === 0 || value === 1) continue;
      if (isOnlyBytes) return "whole";
      areBits = false;
      areWhole &&= isByte(value);
      areFractions &&= isFraction(value);
      if (!areWhole && !areFractions) return "other";
    }
  return areBits ? "bits" : areWhole ? "whole" : "fractions";
}

const isFraction = (value: number): boolean => {
  const nearest = Math.round(value * 255);
  return Math.abs(value * 255 - nearest) <= 1e-3 && isByte(nearest);
};

const isByte = (value: number): boolean => value >= 0 && value <= 255 && Number.isInteger(value);

/** The rows of a split as words of 32 bits; of those that are not so in memory each is brought into `words` when it is asked for. */
interface Rows {
  readonly words: Int32Array;
  /** Words of a row. */
  readonly length: number;
  /** Where a row begins in `words`, until the next one is asked for. */
  readonly at: (row: number) => number;
}

function rowsOf(samples: Samples, representation: Representation): Rows {
  const size = sizeOf(samples.shape);
  const given = rowCursor(samples.values);
  const { array } = given;
  if (
    representation === "bytes" &&
    array instanceof Uint8Array &&
    size % 4 === 0 &&
    array.byteOffset % 4 === 0
  ) {
    const words = new Int32Array(array.buffer, array.byteOffset, array.length / 4);
    return { words, length: size / 4, at: (row) => given.at(row) / 4 };
  }
  const length = representation === "bytes" ? Math.ceil(size / 4) : size;
  const words = new Int32Array(length);
  const values = representation === "bytes" ? new Uint8Array(words.buffer) : new Float32Array(words.buffer);
  const factor = representation === "bytes" && kindOf(samples) === "fractions" ? 255 : 1;
  const at = (row: number) => {
    const start = given.at(row);
    if (factor === 255)
      for (let i = 0; i < size; i++) values[i] = Math.round((array[start + i] as number) * 255);
    else for (let i = 0; i < size; i++) values[i] = (array[start + i] as number) + 0; // −0 + 0 is 0
    return 0;
  };
  return { words, length, at };
}

/** By MurmurHash3 of its words, whose low bits tell it as well as the others do. */
function hash({ words, length, at }: Rows, row: number): number {
  let mixed = length;
  for (let word = at(row), end = word + length; word < end; word++) {
    const scaled = Math.imul(words[word] as number, 0xcc9e2d51);
    mixed ^= Math.imul((scaled << 15) | (scaled >>> 17), 0x1b873593);
    mixed = (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
  }
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function areEqual(a: Rows, row: number, b: Rows, other: number): boolean {
  const [left, right] = [a.at(row), b.at(other)];
  for (let i = 0; i < a.length; i++) if (a.words[left + i] !== b.words[right + i]) return false;
  return true;
}
