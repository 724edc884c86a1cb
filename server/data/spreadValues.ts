import { blocksOf, type Numbers, type SampleValues, spaceFor, valuesInMemory } from "./sampleValues.ts";

/** Values of which some are on disk: which of several stores has each sample, and where in it. */
export interface Spread {
  readonly stores: readonly SampleValues[];
  readonly storeOf: Uint8Array; // [count]
  readonly rowIn: Int32Array; // [count]
}

interface SpreadValues extends SampleValues {
  readonly spread: Spread;
}

/** Those at `rows`, in that order. In memory, rows that follow one another share it with the original; others are copied. */
export function selectedValues(values: SampleValues, rows: Int32Array): SampleValues {
  const { inMemory, size } = values;
  if (inMemory === undefined) {
    const { stores, storeOf, rowIn } = spreadOf(values);
    return spreadValues(values, {
      stores,
      storeOf: Uint8Array.from(rows, (row) => storeOf[row] as number),
      rowIn: rows.map((row) => rowIn[row] as number),
    });
  }
  const [first = 0] = rows;
  if (isRun(rows)) return valuesInMemory(inMemory.subarray(first * size, (first + rows.length) * size), size);
  const gathered = spaceFor(values, rows.length);
  values.read(rows, gathered);
  return valuesInMemory(gathered, size);
}

/** Those of all parts, one part behind the other; in memory where all are. */
export function joinedValues(parts: readonly SampleValues[]): SampleValues {
  const size = parts[0]?.size ?? 0;
  const dtype = parts.every((part) => part.dtype === "uint8") ? "uint8" : "float32";
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  if (parts.some(({ inMemory }) => inMemory === undefined)) {
    const spreads = parts.map(spreadOf);
    const stores = spreads.flatMap((spread) => spread.stores);
    if (stores.length > 256) throw new RangeError(`${stores.length} stores of samples are too many.`);
    const [storeOf, rowIn] = [new Uint8Array(count), new Int32Array(count)];
    let [start, before] = [0, 0];
    for (const spread of spreads) {
      spread.storeOf.forEach((store, row) => {
        storeOf[start + row] = before + store;
      });
      rowIn.set(spread.rowIn, start);
      start += spread.rowIn.length;
      before += spread.stores.length;
    }
    return spreadValues({ dtype, size }, { stores, storeOf, rowIn });
  }
  const joined = spaceFor({ size, dtype }, count);
  let start = 0;
  for (const block of parts.flatMap((part) => [...blocksOf(part)])) {
    joined.set(block, start);
    start += block.length;
  }
  return valuesInMemory(joined, size);
}

/** Where each sample lies. */
export function spreadOf(values: SampleValues | SpreadValues): Spread {
  if ("spread" in values) return values.spread;
  const { count } = values;
  return {
    stores: [values],
    storeOf: new Uint8Array(count),
    rowIn: Int32Array.from({ length: count }, (_, row) => row),
  };
}

function spreadValues({ dtype, size }: Pick<SampleValues, "dtype" | "size">, spread: Spread): SpreadValues {
  const { stores, storeOf, rowIn } = spread;
  return {
    dtype,
    count: rowIn.length,
    size,
    spread,
    read(rows: ArrayLike<number>, into: Numbers) {
      for (let start = 0; start < rows.length; ) {
        const store = storeOf[rows[start] as number] as number;
        let end = start + 1;
        while (end < rows.length && storeOf[rows[end] as number] === store) end += 1;
        const own = Int32Array.from(
          { length: end - start },
          (_, i) => rowIn[rows[start + i] as number] as number,
        );
        stores[store]?.read(own, into.subarray(start * size, end * size));
        start = end;
      }
    },
  };
}

export const isRun = (rows: Int32Array): boolean =>
  rows.every((row, i) => i === 0 || row === (rows[i - 1] as number) + 1);
