import assert from "node:assert/strict";
import { test } from "node:test";
import { chartPlace } from "./chartPlace.ts";

/** The place of a chart of three lines below the first line. */
function placed(...lengths: readonly number[]): [under: number, column: number] {
  const lastLine = lengths.length - 1;
  const { under, column } = chartPlace((line) => lengths[line] ?? 0, { line: 0, height: 3, lastLine });
  return [under, column];
}

const longLines = new Array<number>(40).fill(80);

test("beside short lines, right of the longest of them", () => {
  assert.deepEqual(placed(10, 4, 6, 4, 4), [0, 9]);
});

test("under the end of the text rather than far to the right", () => {
  assert.deepEqual(placed(10, 50, 50, 1), [2, 4]);
  assert.deepEqual(placed(10, 50, 50), [2, 3]);
});

test("past a long line where what follows is short", () => {
  assert.deepEqual(placed(10, 20, 80, 20, 20, 20, ...longLines), [2, 23]);
});

test("not further down than what is gained to the left is worth", () => {
  assert.deepEqual(placed(10, 20, 20, 20, 18, 18, 18, ...longLines), [0, 23]);
});

test("beside long lines where there is nothing else within reach", () => {
  assert.deepEqual(placed(10, ...longLines), [0, 83]);
});

test("below the last line", () => {
  assert.deepEqual(placed(10), [0, 3]);
});
