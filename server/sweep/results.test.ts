import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunState, RunSummary } from "../protocol.ts";
import { spreadOf } from "../statistics/spread.ts";
import {
  bestPoint,
  byValidation,
  isTestLeft,
  isTrained,
  type MemberResult,
  meansOf,
  resultsOf,
} from "./results.ts";

interface Came {
  readonly state?: RunState;
  /** A sweep that chooses by validation. */
  readonly test?: "held" | "asked";
  readonly parameters?: number;
}

function run(metrics: Record<string, number>, { state = "completed", test, parameters }: Came = {}) {
  const summary: RunSummary = {
    id: "r",
    directory: "/runs/r",
    experiment: "/a.distill.json",
    name: "a",
    state,
    startedAt: "2026-01-01T00:00:00.000Z",
    elapsedSeconds: 2,
    step: 10,
    metrics,
    ...(parameters === undefined ? {} : { parameters }),
    member: { sweep: "/runs/s", index: 1, settings: {}, ...(test ? { test } : {}) },
  };
  return summary;
}

const member = (settings: Record<string, unknown>, summary?: RunSummary): MemberResult => ({
  runId: JSON.stringify(settings),
  settings,
  summary,
});

const scored = (accuracy: number, nll?: number) => ({
  "validation.accuracy": accuracy,
  ...(nll === undefined ? {} : { "validation.nll": nll }),
});

test("runs that differ in the seed alone are one combination, with means over those that are trained", () => {
  const members = [
    member({ temperature: 1, seed: 1 }, run(scored(0.5), { parameters: 30 })),
    member({ temperature: 2, seed: 1 }, run(scored(0.25))),
    member({ temperature: 1, seed: 2 }, run({ ...scored(1), "test.accuracy": 0.75 }, { parameters: 50 })),
    member({ temperature: 1, seed: 3 }, run(scored(0), { state: "failed" })),
    member({ temperature: 1, seed: 4 }),
  ];
  const [first, second, ...others] = resultsOf(members);
  assert.deepEqual(others, []);
  assert.deepEqual(first?.settings, { temperature: 1 });
  assert.deepEqual(
    first?.runs,
    members.filter(({ settings }) => settings["temperature"] === 1),
  );
  assert.equal(first?.completed, 2);
  assert.deepEqual(first && meansOf(first), {
    "validation.accuracy": 0.75,
    "test.accuracy": 0.75,
    parameters: 40,
    seconds: 2,
  });
  assert.equal(first?.results["validation.accuracy"]?.count, 2);
  assert.deepEqual(first?.results["test.accuracy"], { mean: 0.75, count: 1 });
  assert.deepEqual(second, {
    settings: { temperature: 2 },
    runs: [members[1]],
    completed: 1,
    results: { "validation.accuracy": { mean: 0.25, count: 1 }, seconds: { mean: 2, count: 1 } },
  });
  assert.deepEqual(resultsOf([]), []);
});

test("mean, standard deviation of the sample and interval; a single value has neither", () => {
  const { interval, ...spread } = spreadOf([1, 2, 6]);
  // (4 + 1 + 9) / 2 = 7; SciPy: t.ppf(0.975, 2) · √(7 / 3) = 6.572.
  assert.deepEqual(spread, { mean: 3, std: Math.sqrt(7), count: 3 });
  assert.deepEqual(
    interval?.map((end) => end.toFixed(3)),
    ["-3.572", "9.572"],
  );
  assert.equal(spreadOf([1, 3]).std, Math.sqrt(2));
  assert.deepEqual(spreadOf([5]), { mean: 5, count: 1 });
});

test("a run is trained once it has completed, and stays so while its test split is read", () => {
  const { member: _, ...alone } = run({});
  assert.equal(isTrained(alone), true);
  for (const state of ["running", "failed", "stopped"] as const) {
    assert.equal(isTrained({ ...alone, state }), false, state);
    assert.equal(isTrained(run({}, { state, test: "held" })), false, state);
    assert.equal(isTrained(run({}, { state, test: "asked" })), true, state);
  }
});

test("a test split is left to be read where it is held, and where reading it has not completed", () => {
  const { member: _, ...alone } = run({});
  assert.equal(isTestLeft(undefined), false);
  assert.equal(isTestLeft(alone), false);
  assert.equal(isTestLeft(run({})), false, "one that reads its test split at its end");
  assert.equal(isTestLeft(run({}, { state: "failed" })), false);
  assert.equal(isTestLeft(run({}, { test: "held" })), true);
  assert.equal(isTestLeft(run({}, { test: "asked" })), false);
  assert.equal(isTestLeft(run({}, { test: "asked", state: "running" })), true);
});

test("the best combination is that with the highest accuracy on validation", () => {
  const points = resultsOf([
    member({ a: 0 }, run({ "test.accuracy": 1 })),
    member({ a: 1 }, run(scored(0.4))),
    member({ a: 2 }, run(scored(0.6))),
    member({ a: 3 }, run(scored(0.5))),
  ]);
  assert.deepEqual(bestPoint(points)?.settings, { a: 2 });
  assert.deepEqual(bestPoint(points.slice(1, 2))?.settings, { a: 1 });
  assert.equal(bestPoint(points.slice(0, 1)), undefined, "without validation there is none");
});

test("of equal accuracies, but for their last bits, the lower nll is better", () => {
  const isBefore = (a: Record<string, number>, b: Record<string, number>) => {
    assert.ok(byValidation(a, b) < 0, "the better first");
    assert.ok(byValidation(b, a) > 0, "the worse last");
  };
  isBefore(scored(0.8, 0.9), scored(0.7, 0.1));
  isBefore(scored(0.3, 0.2), scored(0.1 + 0.2, 0.3));
  isBefore(scored(0.1 + 0.2, 0.2), scored(0.3, 0.3));
  isBefore(scored(0.5, 3), scored(0.5));
  isBefore(scored(0), {});
  isBefore(scored(0.8), { "validation.nll": 0.1 });
});
