import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { tookTooLong, within } from "./timeLimit.ts";

test("who computes for ever is not waited for", async (t) => {
  const thread = new Worker("for (;;);", { eval: true });
  t.after(() => thread.terminate());
  assert.equal(await within(50, new Promise(() => {})), tookTooLong);
});

test("time that passes without work is no reason to refuse", async () => {
  assert.equal(await within(400, setTimeout(600, "done")), "done");
});

test("who never answers is not waited for, though nothing is computed", async () => {
  assert.equal(await within(50, new Promise(() => {})), tookTooLong);
});

test("what fails is thrown", async () => {
  await assert.rejects(within(1000, Promise.reject(new RangeError("no"))), /no/);
});
