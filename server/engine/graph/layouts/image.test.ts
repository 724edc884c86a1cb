import assert from "node:assert/strict";
import { test } from "node:test";
import { chunksOf } from "./image.ts";
import { positions } from "./windows.ts";

test("columns that fit in 32 MiB are one chunk", () => {
  // 64 rows · 128 samples · 4 bytes = 32 KiB for each position
  assert.equal(chunksOf(positions(1024), { rows: 64, batch: 128 }).length, 1);
});

test("larger ones are chunks of 2 MiB, all positions in order", () => {
  const chunks = chunksOf(positions(1025), { rows: 64, batch: 128 });
  assert.deepEqual(
    chunks.map(({ length }) => length),
    [...new Array(16).fill(64), 1],
  );
  assert.deepEqual(chunks.flat(), positions(1025));
});

test("there are at most 64 chunks", () => {
  assert.equal(chunksOf(positions(64 * 64 * 10), { rows: 64, batch: 128 }).length, 64);
});
