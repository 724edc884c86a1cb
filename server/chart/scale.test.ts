import assert from "node:assert/strict";
import { test } from "node:test";
import { air, fit, place, tickLabel, ticks } from "./scale.ts";

const linear = (min: number, max: number) => ({ min, max, log: false });
const log = (min: number, max: number) => ({ min, max, log: true });

test("a linear scale places by difference, a log scale by ratio", () => {
  assert.equal(place(linear(0, 10), 2.5), 0.25);
  assert.equal(place(log(1, 10_000), 100), 0.5);
});

test("a log scale has no place for zero and below", () => {
  assert.equal(place(log(0.1, 10), 0), null);
  assert.equal(place(log(0.1, 10), -1), null);
});

test("the ends hold all values, without going below zero for the margin's sake", () => {
  assert.deepEqual(fit([0, 10, null]), { min: 0, max: 10.5, log: false });
  const { min, max } = fit([-1, 1]);
  assert.ok(min < -1 && max > 1);
});

test("a log scale fits positive values only, and a decade around 1 where there are none", () => {
  const { min, max } = fit([0, -3, 0.01, 1], true);
  assert.ok(min > 0.005 && min < 0.01 && max > 1 && max < 2);
  assert.deepEqual(fit([0, -1], true), { min: 0.1, max: 10, log: true });
});

test("one single value still has room above and below", () => {
  const { min, max } = air(5, 5, false);
  assert.ok(min < 5 && max > 5);
});

test("ticks are round and inside", () => {
  assert.deepEqual(ticks(linear(0, 9), 5), [0, 2, 4, 6, 8]);
  assert.deepEqual(ticks(linear(0.93, 0.99), 5), [0.94, 0.96, 0.98]);
  assert.deepEqual(ticks(log(0.001, 1000), 8), [0.001, 0.01, 0.1, 1, 10, 100, 1000]);
  assert.deepEqual(ticks(log(0.2, 9), 4), [0.2, 0.5, 1, 2, 5]);
});

test("no range, no ticks: never an endless loop", () => {
  assert.deepEqual(ticks(linear(1, 1), 5), []);
  assert.deepEqual(ticks(linear(Number.NaN, 1), 5), []);
});

test("labels are short and keep neighbours apart", () => {
  assert.deepEqual([0, 0.0001, 0.25, 1000, 15_000, 2_500_000, 2e30, -1.25e9].map(tickLabel), [
    "0",
    "1e-4",
    "0.25",
    "1000",
    "15k",
    "2.5M",
    "2e30",
    "−1.25e9",
  ]);
});
