import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { inTurns } from "./turns.ts";

test("two jobs are done at a time, in order, and one that fails gives its turn to the next", async () => {
  const inTurn = inTurns(2);
  const begun: number[] = [];
  const ends = new Map<number, (fails: boolean) => void>();
  const jobs = [0, 1, 2, 3, 4].map((index) =>
    inTurn(
      () =>
        new Promise<number>((resolve, reject) => {
          begun.push(index);
          ends.set(index, (fails) => (fails ? reject(new Error("failed")) : resolve(index)));
        }),
    ),
  );
  const settled = Promise.allSettled(jobs);
  await setImmediate();
  assert.deepEqual(begun, [0, 1]);
  ends.get(1)?.(true);
  await setImmediate();
  assert.deepEqual(begun, [0, 1, 2]);
  ends.get(0)?.(false);
  ends.get(2)?.(false);
  await setImmediate();
  assert.deepEqual(begun, [0, 1, 2, 3, 4]);
  ends.get(3)?.(false);
  ends.get(4)?.(false);
  const states = (await settled).map(({ status }) => status);
  assert.deepEqual(states, ["fulfilled", "rejected", "fulfilled", "fulfilled", "fulfilled"]);
  await inTurn(async () => undefined); // A place is free again.
});
