import assert from "node:assert/strict";
import { test } from "node:test";
import { blockOrder, blockRowsOf, windowBlocks } from "./blockOrder.ts";

const key = { seed: 3, step: 5, use: "order" };

test("an order in blocks has each sample once, mixes those of a window, and comes from no more blocks at a time", () => {
  const [count, blockRows] = [10_007, 20];
  const order = blockOrder(count, blockRows, key);
  assert.deepEqual(
    order.toSorted((a, b) => a - b),
    Int32Array.from({ length: count }, (_, i) => i),
  );
  const window = windowBlocks * blockRows;
  for (let start = 0; start + window <= count; start += window) {
    const rows = order.subarray(start, start + window - blockRows); // the last block of all may be short
    const blocks = new Set(rows.map((row) => Math.floor(row / blockRows)));
    assert.ok(blocks.size <= windowBlocks + 1, `${blocks.size} blocks`);
    const first = new Set(rows.subarray(0, 64).map((row) => Math.floor(row / blockRows)));
    assert.ok(first.size > 30, `${first.size} blocks in the first 64 samples`); // 40 of 64 are expected
  }
  assert.deepEqual(blockOrder(count, blockRows, key), order);
  assert.notDeepEqual(blockOrder(count, blockRows, { ...key, step: 6 }), order);
});

test("samples of up to 1 GiB are mixed with one another; of more, blocks of 1 MiB", () => {
  const bytes = { dtype: "uint8", size: 1024 } as const;
  assert.equal(blockRowsOf({ ...bytes, count: 2 ** 20 }), undefined);
  assert.equal(blockRowsOf({ ...bytes, count: 2 ** 20 + 1 }), 1024);
  assert.equal(blockRowsOf({ dtype: "float32", size: 2 ** 20, count: 1000 }), 1);
});
