import assert from "node:assert/strict";
import { test } from "node:test";
import { smooth } from "./smoothing.ts";

test("a constant stays what it is, from the first value on", () => {
  assert.deepEqual(
    smooth([2, 2, 2], 0.9).map((value) => Number(value?.toFixed(12))),
    [2, 2, 2],
  );
});

test("the corrected average of 0 and 1 at factor 1/2 weighs the newer one twice", () => {
  // a1 = 0; a2 = (1/2·0 + 1/2·1) / (1 − 1/4) = 2/3
  assert.deepEqual(smooth([0, 1], 0.5), [0, 2 / 3]);
});

test("gaps stay gaps and do not count; factor 0 changes nothing", () => {
  assert.deepEqual(smooth([0, null, 1], 0.5), [0, null, 2 / 3]);
  assert.deepEqual(smooth([3, null, 1], 0), [3, null, 1]);
});
