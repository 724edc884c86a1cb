import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunState, RunSummary } from "../protocol.ts";
import type { LogFacts } from "./logFacts.ts";
import { sweepSummary } from "./sweepSummary.ts";

/** Which of four runs a sweep is at, of which these have begun. */
function turnOf(...states: RunState[]): number | undefined {
  const identity = { id: "s", directory: "/s", experiment: "/e", name: "s", startedAt: "" };
  const run = { elapsedSeconds: 1, step: 1, metrics: {} };
  const begun = states.map((state, index): RunSummary => {
    const directory = `/s-0${index + 1}`;
    return { ...identity, ...run, directory, state, member: { sweep: "/s", index: index + 1, settings: {} } };
  });
  const job = {
    mode: "start",
    runId: "s",
    name: "s",
    experimentFile: "/e",
    baseDirectory: "/",
    members: [1, 2, 3, 4].map((number) => ({ runId: `s-0${number}`, settings: {} })),
    askedAt: 0,
    secondsBefore: 0,
  } as const;
  return sweepSummary({ identity, job, facts: {} as LogFacts, own: "running" }, begun).sweep?.turn;
}

test("a sweep is at the run that trains, whatever has become of those before", () => {
  assert.equal(turnOf(), 1);
  assert.equal(turnOf("completed", "running"), 2);
  assert.equal(turnOf("failed", "stopped", "running"), 3);
  assert.equal(turnOf("running", "stopped"), 1, "resumed");
  assert.equal(turnOf("completed", "completed"), 3, "between two runs");
  assert.equal(turnOf("completed", "completed", "completed", "completed"), 4, "before its own end");
});

type Test = "held" | "asked" | undefined;

/** A sweep of two temperatures with two seeds each, all of them trained, and how the test split of each run stands. */
function sweepOf(
  tests: readonly Test[],
  { own = "interrupted" as RunState, last = "completed" as RunState } = {},
) {
  const identity = { id: "s", directory: "/s", experiment: "/e", name: "s", startedAt: "" };
  const accuracies = [0.5, 0.6, 0.8, 0.7];
  const begun = tests.map((test, index): RunSummary => {
    const settings = { temperature: index >> 1, seed: index % 2 };
    return {
      ...identity,
      directory: `/s-0${index + 1}`,
      state: index === tests.length - 1 ? last : "completed",
      elapsedSeconds: 1,
      step: 1,
      metrics: { "validation.accuracy": accuracies[index] ?? 0 },
      member: { sweep: "/s", index: index + 1, settings, ...(test ? { test } : {}) },
    };
  });
  const job = {
    mode: "start",
    runId: "s",
    name: "s",
    experimentFile: "/e",
    baseDirectory: "/",
    members: accuracies.map((_, index) => ({ runId: `s-0${index + 1}`, settings: {} })),
    askedAt: 0,
    secondsBefore: 0,
  } as const;
  return sweepSummary({ identity, job, facts: {} as LogFacts, own }, begun);
}

test("a sweep is complete once the test split is read for each seed of what it chose", () => {
  const stateWith = (...tests: Test[]) => sweepOf(tests).state;
  assert.equal(stateWith("held", "held", "held", "held"), "interrupted");
  assert.equal(stateWith("held", "held", "asked", "held"), "interrupted");
  assert.equal(stateWith("held", "held", "asked", "asked"), "completed");
  assert.equal(stateWith("asked", "asked", "held", "held"), "interrupted", "another one was chosen");
  assert.equal(stateWith(undefined, undefined, undefined, undefined), "completed", "each at its end");
  assert.equal(sweepOf(["held", "held", "asked", "asked"], { last: "failed" }).state, "interrupted");
});

test("a run that is opened again for its test split is trained all the while", () => {
  const reading = sweepOf(["held", "held", "asked", "asked"], { own: "running", last: "running" });
  assert.deepEqual([reading.state, reading.step], ["running", 4]);
  assert.equal(reading.sweep?.best, "/s-03", "of the best combination, the best seed");
  assert.ok(
    Math.abs((reading.metrics["validation.accuracy"] ?? 0) - 0.75) < 1e-12,
    "the mean over its seeds",
  );
});
