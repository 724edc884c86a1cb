import assert from "node:assert/strict";
import { test } from "node:test";
import { FILTER, image, NATURAL, rowsOf, sameLayout, shapeIn, storedOrder } from "./layout.ts";

test("a filter lies channel by channel, and of each channel tap by tap", () => {
  // [1, 2, 3, 2]: element (tap, input, output) has the logical index (tap · 3 + input) · 2 + output.
  assert.deepEqual(shapeIn(FILTER, [1, 2, 3, 2]), [6, 2]);
  assert.deepEqual([...(storedOrder(FILTER, [1, 2, 3, 2]) ?? [])], [0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11]);
});

test("rows follow the channels and positions of the image that was flattened", () => {
  const flat = { channels: 2, positions: [0, 2, 1] };
  assert.deepEqual(rowsOf(flat), [0, 4, 2, 1, 5, 3]);
  const order = storedOrder({ kind: "rows", flat }, [6, 2]);
  assert.deepEqual([...(order ?? [])], [0, 1, 8, 9, 4, 5, 2, 3, 10, 11, 6, 7]);
});

test("natural state has no order", () => {
  assert.equal(storedOrder(NATURAL, [3, 4]), undefined);
});

test("layouts are equal by what they hold where", () => {
  assert.ok(sameLayout(image([[0, 1], [2]]), image([[0, 1], [2]])));
  assert.ok(!sameLayout(image([[0, 1, 2]]), image([[0, 1], [2]])));
  const flat = { channels: 2, positions: [1, 0] };
  assert.ok(sameLayout({ kind: "rows", flat }, { kind: "rows", flat: { ...flat } }));
  assert.ok(!sameLayout({ kind: "rows", flat }, { kind: "columns", flat }));
  assert.ok(!sameLayout({ kind: "rows", flat }, { kind: "rows", flat: { channels: 2, positions: [0, 1] } }));
});
