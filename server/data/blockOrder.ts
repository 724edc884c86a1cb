import { generator, permutation, type RandomKey, shuffle } from "./random.ts";
import { bytesOf, type SampleValues } from "./sampleValues.ts";

/** Samples of more bytes than these are shuffled in blocks. It depends on the samples alone, so that an order does, too. */
const shuffledWhole = 2 ** 30;
/** Enough for a disk to read at once. */
const blockBytes = 2 ** 20;
/** Blocks that are mixed with one another, and so in memory together. */
export const windowBlocks = 64;

/** Samples of a window; undefined where there are no blocks. */
export function windowRowsOf(values: Pick<SampleValues, "count" | "dtype" | "size">): number | undefined {
  const blockRows = blockRowsOf(values);
  return blockRows && windowBlocks * blockRows;
}

/**
 * How many samples that follow one another are a block in the order of an epoch; undefined where all samples are mixed with one
 * another. It does not depend on whether they are in memory.
 */
export function blockRowsOf(values: Pick<SampleValues, "count" | "dtype" | "size">): number | undefined {
  const bytes = bytesOf(values);
  return values.count * bytes <= shuffledWhole ? undefined : Math.max(1, Math.floor(blockBytes / bytes));
}

/**
 * The numbers 0 … count − 1 in random order, of which whole blocks stay near one another: the blocks are in random order, and the
 * samples of {@link windowBlocks} that follow one another in it are mixed. Reading them from a disk in this order reads whole
 * blocks.
 */
export function blockOrder(count: number, blockRows: number, key: RandomKey): Int32Array {
  const blocks = permutation(Math.ceil(count / blockRows), { ...key, use: `${key.use}.blocks` });
  const order = new Int32Array(count);
  let end = 0;
  for (let first = 0; first < blocks.length; first += windowBlocks) {
    const start = end;
    for (const block of blocks.subarray(first, first + windowBlocks))
      for (let row = block * blockRows; row < Math.min(count, (block + 1) * blockRows); row++)
        order[end++] = row;
    shuffle(order.subarray(start, end), generator(key, first / windowBlocks));
  }
  return order;
}
