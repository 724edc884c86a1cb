import assert from "node:assert/strict";
import { test } from "node:test";
import { seedsGain } from "./seedsGain.ts";

const run = (split: "test" | "validation", gains: Readonly<Record<string, number>>) => ({
  gain: { split, brief: "", text: "" },
  metrics: Object.fromEntries(Object.entries(gains).map(([name, gain]) => [`${name}.gain`, gain])),
});
const running = { metrics: { "validation.accuracy": 0.9 } };

test("what several seeds gain has its interval, or is said to be nothing that they can show", () => {
  // SciPy: t(0.975, 2) = 4.30265, s = 0.00529 / √3.
  assert.equal(
    seedsGain([0.02, 0.03, 0.022].map((test) => run("test", { test, validation: 0.5 }))),
    "on test: +2.40 points, 95 % [+1.09, +3.71], Student's t over 3 seeds",
  );
  assert.equal(
    seedsGain([run("test", { test: 0.02 }), run("test", { test: -0.03 }), running]),
    "on test: −0.50 points over 2 seeds, too few for an interval",
  );
});

test("the split is one that all were compared on, and one seed says nothing", () => {
  const mixed = [run("test", { test: 0.5, validation: 0.02 }), run("validation", { validation: 0.02 })];
  assert.equal(seedsGain(mixed), "on validation: +2.00 points over 2 seeds, too few for an interval");
  assert.equal(seedsGain([run("test", { test: 0.02 }), running]), undefined);
  assert.equal(seedsGain([]), undefined);
});
