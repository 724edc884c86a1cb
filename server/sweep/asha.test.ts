import assert from "node:assert/strict";
import { test } from "node:test";
import { lastPromotion, promotion, type Standing } from "./asha.ts";

/** @param at accuracies by rung, null of numbers that are not finite */
const standing = (
  name: string,
  at: Readonly<Record<number, number | null>>,
  { on = [], isTrained = false }: { readonly on?: readonly number[]; readonly isTrained?: boolean } = {},
): Standing => ({
  runs: [name],
  at: new Map(
    Object.entries(at).map(([epochs, accuracy]) => [
      Number(epochs),
      accuracy === null ? undefined : { "validation.accuracy": accuracy },
    ]),
  ),
  goneOn: new Set(on),
  isTrained,
});

const goesOn = (standings: readonly Standing[], eta = 3) => {
  const found = promotion(standings, eta);
  return found && [found.standing.runs[0], found.epochs, found.reached];
};

test("one goes on once it is among the best third of those that have come so far", () => {
  const [a, b, c] = [standing("a", { 1: 0.5 }), standing("b", { 1: 0.7 }), standing("c", { 1: 0.6 })];
  assert.equal(goesOn([a, b]), undefined, "a third of two is none");
  assert.deepEqual(goesOn([a, b, c]), ["b", 1, 3]);
  const on = standing("b", { 1: 0.7 }, { on: [1] });
  assert.equal(goesOn([a, on, c, standing("d", { 1: 0.4 }), standing("e", {})]), undefined, "it has");
  const alike = [..."cdf"].map((name) => standing(name, { 1: 0.6 }));
  assert.deepEqual(
    goesOn([a, on, ...alike, standing("g", { 1: null })]),
    ["c", 1, 6],
    "the first of equal ones, and what failed has come, too",
  );
});

test("the highest rung is asked first, and what has trained to its end does not go on", () => {
  const low = [standing("a", { 1: 0.5 }), standing("b", { 1: 0.6 }), standing("c", { 1: 0.4 })];
  const first = standing("h", { 1: 0.9, 2: 0.7 }, { on: [1] });
  const second = (isTrained: boolean) => standing("i", { 1: 0.9, 2: 0.8 }, { on: [1], isTrained });
  assert.deepEqual(goesOn([...low, first, second(false)], 2), ["i", 2, 2]);
  assert.equal(goesOn([...low, first, second(true)], 2), undefined);
});

test("where no one is left to come, the best of the highest rung goes on, unless one has trained to its end", () => {
  const two = [standing("a", { 1: 0.5 }), standing("b", { 1: 0.7, 3: 0.6 }, { on: [1] })];
  const last = lastPromotion(two);
  assert.deepEqual([last?.standing.runs, last?.epochs], [["b"], 3]);
  assert.equal(lastPromotion([...two, standing("c", { 1: 0.1 }, { isTrained: true })]), undefined);
  assert.equal(lastPromotion([standing("a", { 1: null })]), undefined);
});
