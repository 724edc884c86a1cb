import assert from "node:assert/strict";
import { test } from "node:test";
import { negativesOf } from "./negatives.ts";

const labels = Int32Array.of(2, 0, 1, 1, 0, 2, 1, 4);
const key = { seed: 3, step: 5, use: "negatives.crd" };

for (const from of ["otherClasses", "otherSamples"] as const) {
  const negatives = negativesOf(labels, from);
  const allowed = (row: number) =>
    Array.from(labels.keys()).filter((other) =>
      from === "otherClasses" ? labels[other] !== labels[row] : other !== row,
    );
  const rows = Int32Array.of(3, 7, 0, 1);
  const each = 4000;
  const draw = (at = key) => {
    const out = new Int32Array(rows.length * each);
    negatives?.draw(rows, out, at);
    return out;
  };

  test(`${from}: every one that may be drawn is, about as often as the others, and no other`, () => {
    const drawn = draw();
    rows.forEach((row, i) => {
      const counts = new Map<number, number>();
      for (const other of drawn.subarray(i * each, (i + 1) * each))
        counts.set(other, (counts.get(other) ?? 0) + 1);
      const expected = allowed(row);
      assert.deepEqual(
        [...counts.keys()].toSorted((a, b) => a - b),
        expected,
      );
      // Five standard deviations of a count.
      const mean = each / expected.length;
      for (const count of counts.values())
        assert.ok(Math.abs(count - mean) < 5 * Math.sqrt(mean), `${count}`);
    });
  });

  test(`${from}: what is drawn follows from the key`, () => {
    assert.deepEqual(draw(), draw());
    for (const other of [{ seed: 4 }, { step: 6 }, { use: "negatives.crd_2" }])
      assert.notDeepEqual(draw({ ...key, ...other }), draw());
  });
}

test("a sample without any other has no negatives", () => {
  assert.equal(negativesOf(Int32Array.of(0), "otherSamples"), undefined);
  assert.equal(negativesOf(Int32Array.of(1, 1, 1), "otherClasses"), undefined);
  assert.ok(negativesOf(Int32Array.of(1, 1, 1), "otherSamples"));
});
