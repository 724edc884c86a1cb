import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { epochSize } from "../epochSize.ts";
import { batches, epochOrder, stratifiedSplit } from "./split.ts";

const labels = fc.array(fc.nat(5), { maxLength: 200 });

test("a split holds back its share of the whole and of each class", () => {
  fc.assert(
    fc.property(
      labels,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer(),
      (labels, fraction, seed) => {
        const { train, validation } = stratifiedSplit(labels, { validation: fraction }, seed);
        assert.equal(validation.length, Math.round(labels.length * fraction));
        assert.deepEqual(
          [...train, ...validation].sort((a, b) => a - b),
          labels.map((_, row) => row),
        );
        for (const label of new Set(labels)) {
          const share = labels.filter((other) => other === label).length * fraction;
          const count = Array.from(validation).filter((row) => labels[row] === label).length;
          assert.ok(Math.abs(count - share) < 1 + 1e-9, `class ${label}: ${count} of ${share}`);
        }
      },
    ),
  );
});

test("validation and test share no sample, and neither depends on the other's share", () => {
  const share = fc.double({ min: 0, max: 0.4, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(fc.nat(3), { minLength: 60, maxLength: 200 }),
      share,
      share,
      fc.integer(),
      (labels, validation, test, seed) => {
        const parts = stratifiedSplit(labels, { validation, test }, seed);
        assert.deepEqual(
          [...parts.train, ...parts.validation, ...parts.test].sort((a, b) => a - b),
          labels.map((_, row) => row),
        );
        assert.deepEqual(parts.validation, stratifiedSplit(labels, { validation }, seed).validation);
        const alone = stratifiedSplit(labels, { test }, seed).test;
        assert.equal(alone.length, Math.round(labels.length * test));
        const isValidation = new Set(parts.validation);
        assert.deepEqual(
          parts.test,
          alone.filter((row) => !isValidation.has(row)),
        );
      },
    ),
  );
});

test("a split depends on the seed alone", () => {
  const labels = Array.from({ length: 100 }, (_, i) => i % 10);
  assert.deepEqual(
    stratifiedSplit(labels, { validation: 0.2 }, 3),
    stratifiedSplit(labels, { validation: 0.2 }, 3),
  );
  assert.notDeepEqual(
    stratifiedSplit(labels, { validation: 0.2 }, 3),
    stratifiedSplit(labels, { validation: 0.2 }, 4),
  );
});

test("an epoch visits every sample once, in an order of its own", () => {
  const sorted = (order: Int32Array) => Array.from(order).sort((a, b) => a - b);
  const ascending = Array.from({ length: 50 }, (_, i) => i);
  assert.deepEqual(sorted(epochOrder(50, { seed: 1, epoch: 0, shuffle: true })), ascending);
  assert.notDeepEqual(
    epochOrder(50, { seed: 1, epoch: 0, shuffle: true }),
    epochOrder(50, { seed: 1, epoch: 1, shuffle: true }),
  );
  assert.notDeepEqual(
    epochOrder(50, { seed: 1, epoch: 0, shuffle: true }),
    epochOrder(50, { seed: 2, epoch: 0, shuffle: true }),
  );
  assert.deepEqual(Array.from(epochOrder(50, { seed: 1, epoch: 7, shuffle: false })), ascending);
});

test("the last batch is short, or left out", () => {
  const cut = (count: number, dropRemainder: boolean) =>
    Array.from(
      batches(epochOrder(count, { seed: 0, epoch: 0, shuffle: false }), { batchSize: 4, dropRemainder }),
      (batch) => batch.length,
    );
  assert.deepEqual(cut(10, false), [4, 4, 2]);
  assert.deepEqual(cut(10, true), [4, 4]);
  assert.deepEqual(cut(8, false), [4, 4]);
  assert.deepEqual(cut(3, true), []);
  for (const count of [0, 1, 4, 10]) {
    for (const dropRemainder of [false, true]) {
      assert.equal(epochSize({ count, batchSize: 4, dropRemainder }).steps, cut(count, dropRemainder).length);
    }
  }
});
