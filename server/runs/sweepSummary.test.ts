import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunState, RunSummary } from "../protocol.ts";
import { type LogFacts, noFacts } from "./logFacts.ts";
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

test("a sweep says what its seeds have gained, with the interval: of the combination that is chosen, or of the only one", () => {
  const gainOf = (...runs: readonly (readonly [settings: object, metrics: Record<string, number>])[]) =>
    sweepSummary(
      { identity, job, facts: {} as LogFacts, own: "completed" },
      runs.map(([settings, metrics], index) => ({
        ...identity,
        directory: `/s-0${index + 1}`,
        state: "completed",
        elapsedSeconds: 1,
        step: 1,
        metrics,
        member: { sweep: "/s", index: index + 1, settings: { ...settings } },
      })),
    ).gain?.text;
  const gains = (test: number) => ({ "test.gain": test, "validation.gain": 0.9 });
  // t(0.975, 2) = 4.303, s / √3 = 0.01202.
  const none = "on test: no difference that 3 seeds can show: −3.84 … +6.50 points, Student's t over 3 seeds";
  const runs = [0.02, 0.03, -0.01].map((gain, seed) => [{ seed }, gains(gain)] as const);
  const [first, second, third] = runs;
  assert.ok(first && second && third);
  assert.equal(gainOf(first, second, third), none);
  assert.equal(
    gainOf([{ seed: 0 }, { "validation.gain": 0.02 }], [{ seed: 1 }, { "validation.gain": 0.02 }]),
    "on validation: +2.00 points over 2 seeds, too few for an interval",
  );
  assert.equal(gainOf([{ seed: 0 }, gains(0.02)]), undefined);
  // Of two combinations that with the better validation.
  const at = (alpha: number, seed: number, accuracy: number, gain: number) =>
    [
      { alpha, seed },
      { "validation.accuracy": accuracy, "validation.gain": gain },
    ] as const;
  assert.equal(
    gainOf(at(0.1, 0, 0.8, 0.01), at(0.1, 1, 0.8, 0.01), at(0.2, 0, 0.9, 0.03), at(0.2, 1, 0.9, 0.03)),
    "on validation: +3.00 points over 2 seeds, too few for an interval",
  );
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

const identity = { id: "s", directory: "/s", experiment: "/e", name: "s", startedAt: "" };
const job = {
  mode: "start",
  runId: "s",
  name: "s",
  experimentFile: "/e",
  baseDirectory: "/",
  members: [0, 1, 2, 3].map((at) => ({
    runId: `s-0${at + 1}`,
    settings: { temperature: at >> 1, seed: at % 2 },
  })),
  askedAt: 0,
  secondsBefore: 0,
} as const;

/** One run of that sweep, by its number. */
const member = (index: number, facts: Pick<RunSummary, "state"> & Partial<RunSummary>): RunSummary => ({
  ...identity,
  id: `s-0${index}`,
  directory: `/s-0${index}`,
  elapsedSeconds: 0,
  step: 1,
  metrics: {},
  member: { sweep: "/s", index, settings: job.members[index - 1]?.settings ?? {} },
  ...facts,
});

const summaryOf = (begun: readonly RunSummary[], own: RunState = "running", facts: Partial<LogFacts> = {}) =>
  sweepSummary({ identity, job, facts: { ...noFacts(), ...facts }, own }, begun);

test("a sweep that runs says how far it is, how long it takes and what is best by now", () => {
  const done = { state: "completed", elapsedSeconds: 10, metrics: { "validation.accuracy": 0.5 } } as const;
  const running = { state: "running", elapsedSeconds: 4, etaSeconds: 6, progress: 0.5 } as const;
  const changed = ["from step 4: other training data"];
  assert.deepEqual(
    summaryOf([member(1, done), member(2, { ...done, changed, elapsedSeconds: 20 }), member(3, running)]),
    {
      ...identity,
      state: "running",
      elapsedSeconds: 34,
      step: 2,
      totalSteps: 4,
      metrics: { "validation.accuracy": 0.5 },
      progress: 2.5 / 4,
      changed: ["run 2 from step 4: other training data"],
      // One run of 15 seconds is left besides.
      etaSeconds: 21,
      sweep: {
        total: 4,
        completed: 2,
        failed: 0,
        parameters: ["temperature", "seed"],
        members: ["/s-01", "/s-02", "/s-03"],
        current: "/s-03",
        turn: 3,
        best: "/s-01",
      },
    },
  );
});

test("the time that is left is known as soon as one run says how long it takes", () => {
  const etaOf = (...begun: RunSummary[]) => summaryOf(begun).etaSeconds;
  const done = member(1, { state: "completed", elapsedSeconds: 10 });
  assert.equal(etaOf(), undefined);
  assert.equal(etaOf(member(1, { state: "running", elapsedSeconds: 4 })), undefined);
  assert.equal(etaOf(member(1, { state: "running", elapsedSeconds: 4, etaSeconds: 6 })), 36);
  assert.equal(etaOf(done, member(2, { state: "running", elapsedSeconds: 4 })), 26);
  assert.equal(etaOf(done, member(2, { state: "running", elapsedSeconds: 14 })), 20, "longer than the first");
  const early = member(2, { state: "running", elapsedSeconds: 4, etaSeconds: 6, progress: 0.25 });
  const late = member(3, { state: "running", elapsedSeconds: 9, etaSeconds: 1, progress: 0.75 });
  const both = summaryOf([done, early, late]);
  assert.equal(both.etaSeconds, 8.5, "two at once share what is left: 6, 1 and one of 10");
  assert.deepEqual([both.progress, both.sweep?.running, both.sweep?.turn], [0.5, 2, 3]);
  assert.equal(etaOf(done, done, early, late), 6, "nothing waits: the longest");
  assert.equal(etaOf(done), 30);
  assert.equal(etaOf(done, member(2, { state: "interrupted", elapsedSeconds: 3 })), 30, "run again");
  assert.equal(etaOf(done, member(2, { state: "failed", elapsedSeconds: 3 })), 20);
  assert.equal(summaryOf([done], "interrupted").etaSeconds, undefined);
});

test("the progress of a sweep counts each run the same, and is whole only at the end", () => {
  const done = (index: number) => member(index, { state: "completed" });
  const all = [1, 2, 3, 4].map(done);
  assert.equal(summaryOf([]).progress, 0);
  assert.equal(summaryOf([done(1), member(2, { state: "running" })]).progress, 0.25);
  assert.equal(summaryOf(all).progress, 0.99);
  assert.ok(!("doing" in summaryOf(all)) && !("progress" in summaryOf(all, "completed")));
  const read = { sweep: "/s", index: 4, settings: {}, test: "asked" } as const;
  const reading = summaryOf([
    ...all.slice(0, 3),
    member(4, { state: "running", progress: 0.5, member: read }),
  ]);
  assert.deepEqual([reading.progress, reading.doing], [0.99, "evaluating the best on the test split"]);
});

test("a sweep that has ended says why, unless it is complete", () => {
  const word = "Resume goes on.";
  const end = { state: "failed", time: 1, message: word } as const;
  const failed = member(1, { state: "failed" });
  assert.equal(
    summaryOf([], "interrupted", { end }).message,
    "The sweep ended without an error message; resume trains the missing runs.",
  );
  assert.equal(summaryOf([failed], "failed", { end }).message, word);
  assert.equal(summaryOf([failed], "failed").sweep?.failed, 1);
  for (const silent of [
    summaryOf([], "running", { end }),
    summaryOf([], "stopped"),
    summaryOf([], "stopped", { end: { ...end, message: undefined } }),
    summaryOf(
      [1, 2, 3, 4].map((at) => member(at, { state: "completed" })),
      "interrupted",
      { end },
    ),
  ])
    assert.ok(!("message" in silent), silent.state);
  const { changed, sweep } = summaryOf([], "stopped");
  assert.deepEqual([changed, sweep?.best, sweep?.current], [undefined, undefined, undefined]);
});

test("a sweep that was complete is not any more when a run of it is deleted", () => {
  assert.equal(
    summaryOf(
      [1, 2, 3].map((at) => member(at, { state: "completed" })),
      "completed",
    ).state,
    "interrupted",
  );
  assert.equal(
    summaryOf(
      [1, 2, 3].map((at) => member(at, { state: "completed" })),
      "stopped",
    ).state,
    "stopped",
  );
});

test("the best run is a trained one, whatever others of its combination had reached", () => {
  const trained = member(1, { state: "completed", metrics: { "validation.accuracy": 0.5 } });
  const failed = member(2, { state: "failed", metrics: { "validation.accuracy": 0.9 } });
  assert.equal(summaryOf([trained, failed]).sweep?.best, "/s-01");
});

test("each kind of warning is said once, in the words of the first run that has it, behind what is wrong with the sweep's own log", () => {
  const doubt = (message: string) => ({ code: "teacher-doubt", message });
  const chance = { code: "teacher-chance", message: "It guesses." };
  const warned = (index: number, ...warnings: { readonly code: string; readonly message: string }[]) =>
    member(index, { state: "completed", warnings });
  const warningsOf = (...begun: RunSummary[]) => summaryOf(begun).warnings;
  assert.equal(warningsOf(member(1, { state: "completed" })), undefined);
  assert.deepEqual(warningsOf(warned(1, chance, doubt("Raw."), doubt("Rare."))), [chance, doubt("Raw.")]);
  assert.deepEqual(
    warningsOf(
      member(1, { state: "completed" }),
      warned(2, doubt("Raw.")),
      warned(3, chance, doubt("Rare."), doubt("Raw.")),
    ),
    [doubt("Raw. (2 of 3 runs)"), { ...chance, message: "It guesses. (1 of 3 runs)" }],
  );
  const damage = [{ code: "log-damaged", message: "Line 3." }];
  const read = { identity, job, facts: noFacts(), own: "stopped", damage } as const;
  assert.deepEqual(sweepSummary(read, [warned(1, chance)]).warnings, [...damage, chance]);
  assert.deepEqual(sweepSummary(read, []).warnings, damage);
});

test("a sweep that failed says what to do, where that is known", () => {
  const end = { state: "failed", time: 1, message: "Two runs failed." } as const;
  const { message, ...silent } = summaryOf([], "failed", { end });
  assert.deepEqual([message, "hint" in silent], [end.message, false]);
  assert.equal(summaryOf([], "failed", { end: { ...end, hint: "Resume it." } }).hint, "Resume it.");
});

test("runs that do not say which of the sweep they are, and a sweep that names none, are summed up all the same", () => {
  const { members: _, ...memberless } = job;
  const { member: __, ...stray } = member(1, { state: "running", changed: ["other data"], progress: 0.5 });
  const none = sweepSummary({ identity, job: memberless, facts: noFacts(), own: "stopped" }, []);
  assert.deepEqual([none.totalSteps, none.sweep?.total, none.sweep?.parameters], [0, 0, []]);
  const { sweep, changed, progress } = summaryOf([stray]);
  assert.deepEqual([sweep?.turn, changed, progress], [1, ["run undefined other data"], 0.125]);
  assert.ok(!("etaSeconds" in summaryOf([stray])));
});

test("what the seeds gain is said in the same words briefly and in full", () => {
  const gained = (index: number) =>
    member(index, { state: "completed", metrics: { "validation.gain": 0.02 } });
  const text = "on validation: +2.00 points over 2 seeds, too few for an interval";
  assert.deepEqual(summaryOf([gained(1), gained(2)]).gain, { split: "validation", brief: text, text });
});
