import assert from "node:assert/strict";
import { test } from "node:test";
import { tookTooLong, within } from "./timeLimit.ts";

const still = new Int32Array(new SharedArrayBuffer(4));

test("what computes for ever is ended", () => {
  let times = 0;
  const result = within(50, () => {
    times += 1;
    for (;;) times += 0;
  });
  assert.equal(result, tookTooLong);
  assert.ok(times <= 3, "it is tried anew only where others had the processor, and not for ever");
});

test("a match that backtracks for ever is ended", () => {
  assert.equal(
    within(50, () => /^(a+)+$/.test(`${"a".repeat(60)}b`)),
    tookTooLong,
  );
});

test("time that passes without work is no reason to refuse", () => {
  let times = 0;
  const result = within(200, () => {
    times += 1;
    if (times === 1) Atomics.wait(still, 0, 0, 400);
    return "done";
  });
  assert.equal(result, "done");
});

test("what fails is thrown", () => {
  assert.throws(
    () =>
      within(1000, () => {
        throw new RangeError("no");
      }),
    /no/,
  );
});
