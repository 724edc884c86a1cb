import assert from "node:assert/strict";
import { test } from "node:test";
import { lastValue, sparkline } from "./sparkline.ts";

test("values between the least and the greatest rise from the lowest to the highest block", () => {
  assert.equal(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8), "▁▂▃▄▅▆▇█");
});

test("positive values stand at their logarithm: each halving is a step of the same height", () => {
  assert.equal(sparkline([128, 64, 32, 16, 8, 4, 2, 1], 8), "█▇▆▅▄▃▂▁");
});

test("more values than characters are averaged stretch by stretch", () => {
  assert.equal(sparkline([0, 0, 7, 7], 2), "▁█");
});

test("a stretch without a value is a gap, and an end without values is left off", () => {
  assert.equal(sparkline([0, null, 7, null], 4), "▁ █");
});

test("a flat curve stands in the middle; no values draw nothing", () => {
  assert.equal(sparkline([3, 3, 3], 4), "▅▅▅");
  assert.equal(sparkline([], 4), "");
  assert.equal(sparkline([null, null], 4), "");
});

test("the last value is the last finite one", () => {
  assert.equal(lastValue([1, 2, null]), 2);
  assert.equal(lastValue([null]), undefined);
});
