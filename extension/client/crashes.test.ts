import assert from "node:assert/strict";
import { test } from "node:test";
import { Crashes } from "./crashes.ts";

const noted = (times: readonly number[]) => {
  const crashes = new Crashes({ most: 2, withinMs: 100 });
  return times.map((time) => crashes.note(time));
};

test("one more than is put up with is too many", () => {
  assert.deepEqual(noted([0, 10, 20]), [true, true, false]);
});

test("those that are long past do not count", () => {
  assert.deepEqual(noted([0, 90, 101, 191, 292]), [true, true, true, true, true]);
  assert.deepEqual(noted([0, 90, 100]), [true, true, false]);
});

test("after a person's start it begins anew", () => {
  const crashes = new Crashes({ most: 1, withinMs: 100 });
  assert.deepEqual([crashes.note(0), crashes.note(1)], [true, false]);
  crashes.forget();
  assert.deepEqual([crashes.note(2), crashes.note(3)], [true, false]);
});
