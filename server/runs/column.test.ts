import assert from "node:assert/strict";
import { test } from "node:test";
import { Column } from "./column.ts";

function column(...values: number[]): Column {
  const made = new Column();
  for (const value of values) made.push(value);
  return made;
}

test("numbers come back as they were, in half the memory where 32 bits hold them", () => {
  const narrow = column(1, -2.5, Number.NaN, Number.POSITIVE_INFINITY);
  assert.deepEqual(narrow.values(), Float32Array.of(1, -2.5, Number.NaN, Number.POSITIVE_INFINITY));
  assert.deepEqual([narrow.length, narrow.bytes], [4, 256 * 4]);
  narrow.push(0.1);
  assert.deepEqual(narrow.values(), Float64Array.of(1, -2.5, Number.NaN, Number.POSITIVE_INFINITY, 0.1));
  assert.deepEqual([narrow.length, narrow.bytes], [5, 256 * 8]);
  const set = column(1, 2);
  set.set(0, 3);
  assert.deepEqual(set.values(), Float32Array.of(3, 2));
  set.set(1, 0.1);
  assert.deepEqual(set.values(), Float64Array.of(3, 0.1));
  set.set(1, 0.2);
  assert.deepEqual(set.values(), Float64Array.of(3, 0.2));
});

test("memory doubles once it is full, of either width", () => {
  for (const [first, bytes] of [
    [1, 4],
    [0.1, 8],
  ] as const) {
    const grown = column(first);
    for (let value = 1; value < 256; value++) grown.push(value);
    assert.equal(grown.bytes, 256 * bytes);
    grown.push(256);
    assert.equal(grown.bytes, 512 * bytes);
    assert.deepEqual([...grown.values()], [first, ...Array.from({ length: 256 }, (_, at) => at + 1)]);
  }
});

test("behind the end there is no number, what is cut off is forgotten", () => {
  const cut = column(1, 2, 3);
  assert.deepEqual([cut.at(2), cut.at(3), cut.at(300), cut.at(-1)], [3, Number.NaN, Number.NaN, Number.NaN]);
  cut.cut(9);
  assert.equal(cut.length, 3);
  cut.cut(1);
  assert.deepEqual([cut.length, cut.at(1), ...cut.values()], [1, Number.NaN, 1]);
  cut.push(7);
  assert.deepEqual([...cut.values()], [1, 7]);
});

test("a place is found by halving", () => {
  const rising = column(1, 3, 3, 8);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 8, 9].map((value) => rising.firstNotLess(value)),
    [0, 0, 1, 1, 3, 3, 4],
  );
  assert.equal(new Column().firstNotLess(4), 0);
});
