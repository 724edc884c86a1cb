import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Drawing, drawn, evenly } from "./drawing.ts";
import { hashed, type Samples } from "./samples.ts";

/** Sample r has the value r. */
const sorted = (labels: readonly number[]): Samples =>
  hashed({
    count: labels.length,
    shape: [1],
    classes: 3,
    labels: Int32Array.from(labels),
    storage: Float32Array.from(labels.keys()),
  });

const rowsOf = (labels: readonly number[], drawing: Drawing) => {
  const found = drawn(sorted(labels), drawing);
  assert.equal(found.count, found.labels.length);
  return Array.from(found.values.inMemory ?? []);
};

test("shares are even as far as sizes go", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20), { minLength: 1, maxLength: 8 }), fc.nat(100), (sizes, total) => {
      const quotas = evenly(sizes, total);
      const all = sizes.reduce((sum, size) => sum + size, 0);
      assert.equal(
        quotas.reduce((sum, quota) => sum + quota, 0),
        Math.min(total, all),
      );
      const most = Math.max(...quotas);
      quotas.forEach((quota, k) => {
        assert.ok(quota === sizes[k] || (quota >= most - 1 && quota <= (sizes[k] as number)), `${quotas}`);
      });
    }),
  );
});

const labels = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, -1, 2];

test("a balanced part of a file that is sorted by class has all classes, in the file's order", () => {
  assert.deepEqual(rowsOf(labels, { take: 6, balanced: true }), [0, 1, 2, 6, 7, 11]);
  const [drawnByOne, drawnByTwo] = [1, 2].map((takeSeed) =>
    rowsOf(labels, { take: 6, balanced: true, takeSeed }),
  );
  assert.equal(new Set(drawnByOne).size, 6);
  assert.deepEqual(
    drawnByOne?.map((row) => labels[row]),
    [0, 0, 0, 1, 1, 2],
  );
  assert.notDeepEqual(drawnByOne, drawnByTwo);
});

test("a drawn part is the same for the same seed", () => {
  const drawing = { take: 5, takeSeed: 7 };
  assert.deepEqual(rowsOf(labels, drawing), rowsOf(labels, drawing));
  assert.notDeepEqual(rowsOf(labels, drawing), [0, 1, 2, 3, 4]);
  assert.equal(rowsOf(labels, { take: 99, takeSeed: 7 }).length, 12);
});
