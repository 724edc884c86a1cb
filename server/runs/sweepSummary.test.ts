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
