import assert from "node:assert/strict";
import { test } from "node:test";
import { type EpochOptions, epochSize } from "../epochSize.ts";
import { epochRows } from "./epochs.ts";
import { epochOrder } from "./split.ts";

const options: EpochOptions = {
  count: 17,
  batchSize: 4,
  dropRemainder: false,
  mixture: { labelled: 5, unlabelledInBatch: 3 },
};
const rowsOf = (
  epoch: number,
  { seed = 1, shuffle = true, ...changed }: Partial<EpochOptions> & { seed?: number; shuffle?: boolean } = {},
) => Array.from(epochRows({ ...options, ...changed }, { seed, epoch, shuffle }));

test("a balanced epoch has as many samples of each class, and each sample its turn", () => {
  const labels = [...Array(12).fill(0), ...Array(3).fill(1), ...Array(2).fill(2)] as number[];
  const plain = { count: 17, batchSize: 4, dropRemainder: false };
  const epochs = Array.from({ length: 12 }, (_, epoch) =>
    Array.from(epochRows(plain, { seed: 1, epoch, shuffle: true, balanced: labels })),
  );
  const countsOf = (rows: readonly number[]) =>
    [0, 1, 2].map((k) => rows.filter((row) => labels[row] === k).length);
  for (const rows of epochs) {
    assert.equal(rows.length, 17);
    for (const count of countsOf(rows)) assert.ok(count === 5 || count === 6, `${countsOf(rows)}`);
  }
  assert.deepEqual(countsOf(epochs.flat()), [68, 68, 68]);
  // 68 draws of 12 samples: five or six of each.
  const times = Array.from({ length: 17 }, (_, row) => epochs.flat().filter((one) => one === row).length);
  for (const count of times.slice(0, 12)) assert.ok(count === 5 || count === 6, `${times}`);
  assert.notDeepEqual(epochs[0], epochs[1]);
  assert.deepEqual(
    Array.from(epochRows(plain, { seed: 1, epoch: 7, shuffle: true, balanced: labels })),
    epochs[7],
  );
  const mixed = Array.from(
    epochRows(options, { seed: 1, epoch: 0, shuffle: true, balanced: [0, 0, 0, 0, 1] }),
  );
  assert.ok(mixed.filter((row) => row === 4).length >= 2, "the labelled part of a mixture is balanced");
});

test("each batch of a mixture has its part without labels, and an epoch has every sample", () => {
  // 12 samples without labels by 3 are four batches, but 5 with labels by 1 are five.
  assert.deepEqual(epochSize(options), { steps: 5, short: 0 });
  const rows = rowsOf(0);
  for (let at = 0; at < rows.length; at += 4)
    assert.deepEqual(
      rows.slice(at, at + 4).map((row) => row < 5),
      [true, false, false, false],
    );
  assert.equal(new Set(rows).size, 17);
  assert.deepEqual(epochSize({ ...options, mixture: { labelled: 5, unlabelledInBatch: 1 } }), {
    steps: 12,
    short: 0,
  });
});

test("the kind that is through begins again in another order", () => {
  const mixture = { labelled: 5, unlabelledInBatch: 1 };
  const labelled = rowsOf(0, { mixture }).filter((row) => row < 5); // 12 · 3
  const passes = [0, 1].map((pass) => labelled.slice(5 * pass, 5 * pass + 5));
  for (const pass of passes) assert.deepEqual(pass.toSorted(), [0, 1, 2, 3, 4]);
  assert.notDeepEqual(passes[0], passes[1]);
});

test("the rows follow from seed and epoch alone; unshuffled, they are in order", () => {
  assert.deepEqual(rowsOf(3), rowsOf(3));
  assert.notDeepEqual(rowsOf(3), rowsOf(4));
  assert.notDeepEqual(rowsOf(3), rowsOf(3, { seed: 2 }));
  assert.deepEqual(rowsOf(0, { shuffle: false }).slice(0, 8), [0, 5, 6, 7, 1, 8, 9, 10]);
});

test("without a mixture an epoch is what it was", () => {
  const plain = { count: 17, batchSize: 4, dropRemainder: false };
  assert.deepEqual(epochSize(plain), { steps: 5, short: 1 });
  assert.deepEqual(epochSize({ ...plain, dropRemainder: true }), { steps: 4, short: 0 });
  assert.deepEqual(
    epochRows(plain, { seed: 1, epoch: 2, shuffle: true }),
    epochOrder(17, { seed: 1, epoch: 2, shuffle: true }),
  );
});
