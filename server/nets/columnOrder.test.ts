import assert from "node:assert/strict";
import { test } from "node:test";
import { columnOrder } from "./columnOrder.ts";

const animals = ["bird", "cat", "dog"];
type Case = [
  labels: readonly string[] | undefined,
  data: Parameters<typeof columnOrder>[1],
  expected: object,
];

const cases: Readonly<Record<string, Case>> = {
  "nothing is said": [undefined, { classes: 3 }, {}],
  "the data's names, in order": [animals, { classes: 3, classNames: animals }, { classNames: animals }],
  "the data's names, in another order": [
    ["dog", "bird", "cat"],
    { classes: 3, classNames: animals },
    { classNames: animals, columns: [1, 2, 0] },
  ],
  "one name more than the data has": [
    ["ape", "cat", "bird", "dog"],
    { classes: 3, classNames: animals },
    { classNames: animals, columns: [2, 1, 3, 0] },
  ],
  "numbers of the data's names": [
    ["0", "1", "2"],
    { classes: 3, classNames: animals },
    { classNames: animals },
  ],
  "numbers in another order": [["2", "0", "1"], { classes: 3 }, { columns: [1, 2, 0] }],
  "names of the data's numbers": [animals, { classes: 3 }, { classNames: animals }],
  "names that are numbers": [
    ["-1", "1"],
    { classes: 2, classNames: ["1", "-1"] },
    { classNames: ["1", "-1"], columns: [1, 0] },
  ],
};

for (const [what, [labels, data, expected]] of Object.entries(cases))
  test(`columns of a model: ${what}`, () => assert.deepEqual(columnOrder(labels, data), expected));

test("other names are taken by their place, and that is said", () => {
  const upper = columnOrder(["Bird", "Cat", "Dog"], { classes: 3, classNames: animals });
  assert.ok("warning" in upper && upper.warning);
  assert.match(
    upper.warning.message,
    /calls its classes Bird, Cat, Dog, the data bird, cat, dog: .* in this order/,
  );
  const fromOne = columnOrder(["1", "2", "3"], { classes: 3 });
  assert.ok("warning" in fromOne && fromOne.warning?.code === "teacher-classes");
});

test("names of which only some are the data's are of other classes", () => {
  const other = columnOrder(["cat", "dog", "fish"], { classes: 3, classNames: animals });
  assert.ok("problem" in other && other.problem.code === "class-order");
  assert.match(other.problem.message, /cat, dog, fish; the data has bird, cat, dog/);
  assert.ok("problem" in columnOrder(["0", "2", "5"], { classes: 3 }));
});
