export type Numbers = Uint8Array | Float32Array;

/** The values of samples, in memory or on disk: readers cannot tell which. */
export interface SampleValues {
  /** Bytes stay bytes. */
  readonly dtype: "uint8" | "float32";
  readonly count: number;
  /** Values of one sample. */
  readonly size: number;
  /** Copies the samples at `rows`, in any order, into `into`: [rows, size]. */
  read(rows: ArrayLike<number>, into: Numbers): void;
  /** All of them, [count, size], where they are in memory. */
  readonly inMemory?: Numbers;
}

/** Values in memory. @param array [count, size], row-major */
export const valuesInMemory = (array: Numbers, size: number): SampleValues & { readonly inMemory: Numbers } =>
  new ValuesInMemory(array, size);

/** A class, so that deep comparison compares the values. */
class ValuesInMemory implements SampleValues {
  readonly dtype: SampleValues["dtype"];
  readonly count: number;
  readonly size: number;
  readonly inMemory: Numbers;

  constructor(array: Numbers, size: number) {
    this.dtype = array instanceof Uint8Array ? "uint8" : "float32";
    this.count = size === 0 ? 0 : array.length / size;
    this.size = size;
    this.inMemory = array;
  }

  read(rows: ArrayLike<number>, into: Numbers): void {
    const { size, inMemory } = this;
    for (let i = 0; i < rows.length; i++) {
      const start = (rows[i] as number) * size;
      into.set(inMemory.subarray(start, start + size), i * size);
    }
  }
}

/** An array for so many samples. */
export const spaceFor = ({ dtype, size }: Pick<SampleValues, "dtype" | "size">, samples: number): Numbers =>
  dtype === "uint8" ? new Uint8Array(samples * size) : new Float32Array(samples * size);

export const bytesOf = ({ dtype, size }: Pick<SampleValues, "dtype" | "size">): number =>
  dtype === "uint8" ? size : 4 * size;

/** What is read at once where samples are gone through: large enough for a disk, small beside all else. */
const blockBytes = 2 ** 22;

const blockRows = (values: SampleValues): number =>
  Math.max(1, Math.min(values.count, Math.floor(blockBytes / Math.max(1, bytesOf(values)))));

/** The numbers 0 … count − 1, at most so many at a time. */
export function* rangesOf(count: number, most: number): Generator<Int32Array> {
  for (let first = 0; first < count; first += most)
    yield Int32Array.from({ length: Math.min(most, count - first) }, (_, i) => first + i);
}

/** All values in their order, whole samples at a time. The next block may overwrite the last one. */
export function* blocksOf(values: SampleValues): Generator<Numbers> {
  if (values.inMemory) {
    yield values.inMemory;
    return;
  }
  const most = blockRows(values);
  const space = spaceFor(values, most);
  for (const rows of rangesOf(values.count, most)) {
    const block = space.subarray(0, rows.length * values.size);
    values.read(rows, block);
    yield block;
  }
}

/** Two values of each of the same samples, [rows, size] both, some rows at a time. The next ones may overwrite the last ones. */
export function* blocksOfBoth(
  one: SampleValues,
  other: SampleValues,
): Generator<readonly [first: number, one: Numbers, other: Numbers]> {
  const most = Math.min(blockRows(one), blockRows(other));
  const both = [one, other].map((values) => [values, spaceFor(values, most)] as const);
  for (const rows of rangesOf(one.count, most)) {
    const [a, b] = both.map(([values, space]) => {
      const block = space.subarray(0, rows.length * values.size);
      values.read(rows, block);
      return block;
    });
    yield [rows[0] as number, a as Numbers, b as Numbers];
  }
}

/** One sample after the other, by number; those that follow one another are read together. */
export interface RowCursor {
  readonly array: Numbers;
  /** Where a sample begins in `array`, until the next one is asked for. */
  readonly at: (row: number) => number;
}

export function rowCursor(values: SampleValues): RowCursor {
  const { inMemory, size, count } = values;
  if (inMemory) return { array: inMemory, at: (row) => row * size };
  const most = blockRows(values);
  const array = spaceFor(values, most);
  let [from, to] = [0, 0];
  return {
    array,
    at(row) {
      if (row < from || row >= to) {
        // A sample that does not follow the last ones is read alone.
        [from, to] = row === to || row === 0 ? [row, Math.min(count, row + most)] : [row, row + 1];
        const rows = Int32Array.from({ length: to - from }, (_, i) => from + i);
        values.read(rows, array.subarray(0, rows.length * size));
      }
      return (row - from) * size;
    },
  };
}
