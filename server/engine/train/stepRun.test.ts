import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { pace, type StepBoundaries, stepsToBoundary } from "./stepRun.ts";

/** The lengths of all calls of a training where time sets no limit. */
function stretches(boundaries: StepBoundaries): number[] {
  const lengths: number[] = [];
  for (let step = 0; step < boundaries.totalSteps; step += lengths.at(-1) as number)
    lengths.push(stepsToBoundary(step, boundaries));
  return lengths;
}

const epochs = { totalSteps: 12, stepsPerEpoch: 4, endsShort: false };

test("a call ends with the epoch", () => assert.deepEqual(stretches(epochs), [4, 4, 4]));
test("a short batch is a call of its own", () =>
  assert.deepEqual(stretches({ ...epochs, endsShort: true }), [3, 1, 3, 1, 3, 1]));
test("a call ends where somebody evaluates or keeps the state", () => {
  assert.deepEqual(stretches({ ...epochs, evaluateEvery: 3 }), [3, 1, 2, 2, 1, 3]);
  assert.deepEqual(stretches({ ...epochs, checkpointEvery: 6 }), [4, 2, 2, 4]);
});
test("the last call ends with the training", () =>
  assert.deepEqual(stretches({ ...epochs, totalSteps: 6 }), [4, 2]));
test("an epoch of one short batch", () =>
  assert.deepEqual(stretches({ totalSteps: 2, stepsPerEpoch: 1, endsShort: true }), [1, 1]));

test("no call goes past a boundary, and none is empty", () => {
  const some = fc.integer({ min: 1, max: 30 });
  const boundaries = fc.record({
    totalSteps: fc.integer({ min: 1, max: 100 }),
    stepsPerEpoch: some,
    endsShort: fc.boolean(),
    evaluateEvery: fc.option(some, { nil: undefined }),
    checkpointEvery: fc.option(some, { nil: undefined }),
  });
  fc.assert(
    fc.property(boundaries, (it) => {
      let step = 0;
      for (const length of stretches(it)) {
        assert.ok(length >= 1);
        for (let inside = step + 1; inside < step + length; inside++) {
          assert.ok(inside % it.stepsPerEpoch !== 0);
          for (const every of [it.evaluateEvery, it.checkpointEvery])
            assert.ok(every === undefined || inside % every !== 0);
        }
        step += length;
      }
      assert.equal(step, it.totalSteps);
    }),
  );
});

test("calls grow until they take 90 ms, and shrink when steps become slower", () => {
  const it = pace();
  const chosen: number[] = [];
  for (const msPerStep of [500, 3, 3, 3, 3, 3, 3, 3, 10, 10]) {
    const steps = it.steps(1000);
    chosen.push(steps);
    it.took(steps, steps * msPerStep); // the first call takes half a second: the runtime gets ready
  }
  assert.deepEqual(chosen, [1, 1, 2, 4, 8, 16, 30, 30, 30, 9]);
});

test("a call that something else cut short does not slow down the next", () => {
  const it = pace();
  for (let i = 0; i < 8; i++) it.took(it.steps(1000), it.steps(1000));
  assert.equal(it.steps(1000), 90);
  it.took(it.steps(3), 3);
  assert.equal(it.steps(1000), 90);
});
