import assert from "node:assert/strict";
import { test } from "node:test";
import { positions } from "../slidingWindows.ts";
import { chunksOf } from "./imageRows.ts";

const image = { order: "batchInnermost", batch: 128, channels: 8 } as const;

test("columns that fit in 32 MiB are one chunk", () => {
  // 8 channels · 8 taps · 128 samples · 4 bytes = 32 KiB for each position
  assert.equal(chunksOf(positions(1024), image, { taps: 8 }).length, 1);
});

test("larger ones are chunks of 2 MiB, all positions in order", () => {
  const chunks = chunksOf(positions(1025), image, { taps: 8 });
  assert.deepEqual(
    chunks.map(({ length }) => length),
    [...new Array(16).fill(64), 1],
  );
  assert.deepEqual(chunks.flat(), positions(1025));
});

test("there are at most 64 chunks", () => {
  assert.equal(chunksOf(positions(64 * 64 * 10), image, { taps: 8 }).length, 64);
});
