import assert from "node:assert/strict";
import { test } from "node:test";
import { draw, rangeOf, sizeOfRange } from "./range.ts";

const range = (given: object) => rangeOf(given) ?? assert.fail(JSON.stringify(given));
const drawn = (given: object, draws = 2000): number[] =>
  Array.from({ length: draws }, (_, index) => draw(range(given), index / draws));

test("whole bounds give whole numbers, both bounds among them, each as often as the others", () => {
  const numbers = drawn({ min: 3, max: 6 });
  for (const number of [3, 4, 5, 6]) assert.equal(numbers.filter((own) => own === number).length, 500);
  assert.equal(sizeOfRange(range({ min: 3, max: 6 })), 4);
});

test("`integer` decides otherwise", () => {
  assert.ok(drawn({ min: 3, max: 6, integer: false }).some((number) => !Number.isInteger(number)));
  assert.deepEqual(new Set(drawn({ min: 0.5, max: 2.5, integer: true })), new Set([1, 2]));
  assert.equal(sizeOfRange(range({ min: 0.5, max: 2.5, integer: true })), 2);
  assert.equal(sizeOfRange(range({ min: 1.2, max: 1.8, integer: true })), 0);
  assert.equal(sizeOfRange(range({ min: 0.5, max: 2.5 })), Number.POSITIVE_INFINITY);
});

test("`log` gives each power of ten the same share, and no number has more than four digits", () => {
  const rates = drawn({ min: 1e-4, max: 1e-1, log: true });
  for (const [from, to] of [
    [1e-4, 1e-3],
    [1e-3, 1e-2],
    [1e-2, 1e-1],
  ] as const) {
    const share = rates.filter((rate) => rate >= from && rate < to).length / rates.length;
    assert.ok(Math.abs(share - 1 / 3) < 0.01, `${share} from ${from} to ${to}`);
  }
  assert.ok(rates.every((rate) => rate >= 1e-4 && rate <= 1e-1 && Number(rate.toPrecision(4)) === rate));
  const widths = drawn({ min: 8, max: 256, log: true });
  assert.deepEqual([Math.min(...widths), Math.max(...widths)], [8, 256]);
  assert.ok(widths.every(Number.isInteger));
  assert.ok(Math.abs(widths.filter((width) => width < 45).length / widths.length - 0.5) < 0.02);
});

test("what is no range is none: bounds out of order, a logarithm of 0, a text that is being edited", () => {
  for (const given of [
    { min: 2, max: 1 },
    { min: 0, max: 1, log: true },
    { min: 1 },
    { min: "1", max: 2 },
    [1, 2],
    null,
    3,
  ])
    assert.equal(rangeOf(given), undefined, JSON.stringify(given));
});
