import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { doingWords, noWork, phaseWords, type RunWork, secondsLeft, takeWork } from "./runProgress.ts";

/** A run that costs ten parts: 4 the teacher, 1 its outputs, 2 the student, 2 the student alone, 1 the evaluation. */
const plan = [
  { phase: "teacher", subject: "teacher", total: 100, cost: 4 },
  { phase: "cache", total: 50, cost: 1 },
  { phase: "train", total: 200, cost: 2 },
  { phase: "train", subject: "studentAlone", total: 200, cost: 2 },
  { phase: "evaluate", total: 10, cost: 1 },
];
const started = { type: "started", runId: "r", mode: "start", step: 0, totalSteps: 200, plan };
const phase = (phase: string, subject?: string) => ({
  type: "phase",
  phase,
  ...(subject ? { subject } : {}),
});
const progress = (phase: string, done: number, total: number, subject?: string) => ({
  type: "progress",
  phase,
  done,
  total,
  ...(subject ? { subject } : {}),
});
const step = (step: number, subject?: string) => ({ type: "step", step, ...(subject ? { subject } : {}) });

type Timed = readonly [seconds: number, event: object];

/** Events with their seconds, in order; `gaps` are numbers of events that the reader has not seen. */
function worked(events: readonly Timed[], gaps: readonly number[] = []): RunWork {
  const work = noWork();
  for (const [seq, [seconds, event]] of events.entries())
    if (!gaps.includes(seq)) takeWork(work, { seq, time: 1000 * seconds, ...event } as RunEvent);
  return work;
}

const percents = (events: readonly Timed[]) =>
  events.map((_, index) => Math.floor(100 * worked(events.slice(0, index + 1)).fraction + 1e-9));

const whole: readonly Timed[] = [
  [0, started],
  [0, phase("teacher")],
  [0, phase("teacher", "teacher")],
  [0, progress("teacher", 0, 100, "teacher")],
  [20, progress("teacher", 50, 100, "teacher")],
  [20, step(50, "teacher")],
  [40, progress("teacher", 100, 100, "teacher")],
  [40, phase("cache")],
  [40, progress("cache", 0, 50)],
  [50, progress("cache", 50, 50)],
  [50, phase("train")],
  [50, step(0)],
  [60, step(100)],
  [70, step(200)],
  [70, phase("train", "studentAlone")],
  [70, progress("train", 0, 200, "studentAlone")],
  [90, progress("train", 200, 200, "studentAlone")],
  [90, phase("evaluate")],
  [100, { type: "completed", summary: {} }],
];

test("one bar goes over every phase and is full at the end alone", () => {
  // Each cost is 10 s here, so that the share of the time is the share of the work.
  assert.deepEqual(
    percents(whole),
    [0, 0, 0, 0, 20, 20, 40, 40, 40, 50, 50, 50, 60, 70, 70, 70, 90, 90, 100],
  );
  assert.equal(secondsLeft(worked(whole.slice(0, 5))), 80);
  assert.equal(secondsLeft(worked(whole.slice(0, 13))), 40);
  assert.equal(secondsLeft(worked(whole.slice(0, 18))), 10);
  assert.equal(secondsLeft(worked(whole.slice(0, 4))), undefined, "nothing is measured yet");
});

test("what goes slower than its cost said weighs more from then on", () => {
  const slow: Timed[] = [...whole.slice(0, 12), [90, step(100)]];
  // 50 s, then 80 s for the student in place of 20; by the mean pace the rest takes 130 s / 7 for each cost.
  const work = worked(slow);
  const each = (40 + 10 + 80) / 7;
  assert.ok(Math.abs((secondsLeft(work) ?? 0) - (40 + 3 * each)) < 1e-9);
  assert.ok(Math.abs(work.fraction - 90 / (130 + 3 * each)) < 1e-9 || work.fraction === 0.5, "or stays");
});

test("the bar never goes back, and is not full before the run is over", () => {
  const back: Timed[] = [...whole.slice(0, 10), [50, phase("train")], [50, step(0)], [1000, step(1)]];
  assert.equal(worked(back).fraction, 0.5);
  const last: Timed[] = [...whole.slice(0, 18), [100, progress("evaluate", 10, 10)]];
  assert.equal(worked(last).fraction, 0.99);
});

test("what is found done weighs what finding it took", () => {
  const found: Timed[] = [
    [0, started],
    [0, phase("teacher")],
    [1, phase("cache")],
    [2, phase("train")],
    [2, step(0)],
    [12, step(100)],
  ];
  // 1 s, 1 s, 20 s, 20 s and 10 s: 12 of 52.
  const work = worked(found);
  assert.ok(Math.abs(work.fraction - 12 / 52) < 1e-9);
  assert.ok(Math.abs((secondsLeft(work) ?? 0) - 40) < 1e-9);
});

test("early stopping ends a part before its last step", () => {
  const early: Timed[] = [...whole.slice(0, 13), [60, phase("train", "studentAlone")]];
  // 40 s, 10 s, 10 s of the student, then 60 s / 7 for each cost that is left.
  assert.ok(Math.abs(worked(early).fraction - 60 / (60 + (3 * 70) / 7)) < 1e-9);
});

test("a resumed run begins where the student is", () => {
  const resumed = worked([...whole.slice(0, 13), [500, { ...started, mode: "resume", step: 100 }]]);
  assert.ok(Math.abs(resumed.fraction - 0.1) < 1e-9, "half of the student, of ten parts");
});

test("of a log that is read at its ends the middle is weighed by its cost", () => {
  const work = worked(whole.slice(0, 14), [4, 5, 6, 7, 8, 9, 10]);
  // The student's 200 steps in 20 s are a cost of 2: 5 + 2 of 10 are done.
  assert.equal(work.fraction, 0.7);
  assert.equal(secondsLeft(work), 30);
});

test("a total that turns out otherwise changes what the part weighs", () => {
  const longer = worked([
    [0, started],
    [0, phase("teacher", "teacher")],
    [0, progress("teacher", 50, 200, "teacher")],
  ]);
  // 8 in place of 4 of 14.
  assert.ok(Math.abs(longer.fraction - 2 / 14) < 1e-9);
});

test("a log of a version without plans has the student's steps", () => {
  const { plan: _, ...old } = started;
  const work = worked([
    [0, old],
    [0, phase("teacher")],
    [5, phase("train")],
    [5, step(0)],
    [10, step(50)],
  ]);
  assert.deepEqual([work.fraction, secondsLeft(work)], [0.25, 15]);
});

test("what is done is said in words", () => {
  assert.deepEqual(
    [
      phaseWords("teacher"),
      phaseWords("teacher", "teacher"),
      phaseWords("train", "studentAlone"),
      phaseWords(undefined),
    ],
    ["preparing the teacher", "training the teacher", "training the student alone", "starting"],
  );
});

test("images that are decoded are counted until there is a plan", () => {
  const work = noWork();
  const doing = () => doingWords({ phase: "preflight", subject: undefined, work });
  assert.equal(doing(), "checking data and models");
  const decoded = { type: "progress", phase: "preflight", done: 1200, total: 60_000, etaSeconds: null };
  takeWork(work, { seq: 0, time: 0, ...decoded } as RunEvent);
  assert.equal(doing(), "decoding images, 1,200 of 60,000");
  assert.equal(doingWords({ phase: "cache", subject: undefined, work }), "preparing teacher outputs");
});

test("teacher outputs are computed once their progress is reported, and read from the cache without", () => {
  const work = noWork();
  const plan = [{ phase: "cache", total: 100, cost: 1 }];
  const doing = () => doingWords({ phase: "cache", subject: undefined, work });
  takeWork(work, { seq: 0, time: 0, type: "started", plan, step: 0, totalSteps: 10 } as unknown as RunEvent);
  takeWork(work, { seq: 1, time: 0, type: "phase", phase: "cache" });
  assert.equal(doing(), "preparing teacher outputs");
  takeWork(work, {
    seq: 2,
    time: 1,
    type: "progress",
    phase: "cache",
    done: 10,
    total: 100,
    etaSeconds: null,
  });
  assert.equal(doing(), "computing teacher outputs");
});

test("every phase has words, and the student alone is told from the student where it trains", () => {
  const said = ["preflight", "teacher", "cache", "train", "evaluate", "export"].map((phase) => [
    phaseWords(phase),
    phaseWords(phase, "studentAlone"),
    phaseWords(phase, "teacher"),
  ]);
  assert.deepEqual(said, [
    ["checking data and models", "checking data and models", "checking data and models"],
    ["preparing the teacher", "preparing the teacher", "training the teacher"],
    ["preparing teacher outputs", "preparing teacher outputs", "preparing teacher outputs"],
    ["training", "training the student alone", "training"],
    ["evaluating", "evaluating", "evaluating"],
    ["exporting", "exporting", "exporting"],
  ]);
  assert.equal(phaseWords("of another version"), "of another version");
});

const roughly = (actual: number | undefined, expected: number) =>
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) < 1e-9, `${actual} in place of ${expected}`);

test("before its first event a run has no work, and no event but `started` gives it any", () => {
  assert.deepEqual(noWork(), { parts: [], at: -1, fraction: 0, lastSeq: -1 });
  for (const event of [phase("train"), progress("train", 1, 2), step(1), { type: "warning" }]) {
    const work = worked([[0, event]]);
    assert.deepEqual(work, { ...noWork(), lastSeq: 0 });
    assert.equal(secondsLeft(work), undefined);
  }
});

test("what is measured before events that are not read says nothing of the pace behind them, of what was over by then all", () => {
  const alone = { ...started, plan: [{ phase: "train", total: 400, cost: 1 }] };
  const read: Timed[] = [
    [0, alone],
    [0, step(0)],
    [10, step(100)],
    [500, { type: "warning" }],
    [1000, step(200)],
    [1005, step(300)],
  ];
  assert.equal(secondsLeft(worked(read.slice(0, 4))), 30);
  assert.equal(secondsLeft(worked(read.slice(0, 5), [3])), undefined);
  assert.equal(secondsLeft(worked(read, [3])), 5);
  const over = worked([...whole.slice(0, 8), [40, { type: "warning" }], [44, phase("train")]], [8]);
  assert.equal(secondsLeft(over), 50, "the teacher's pace: 5 costs of 10 seconds");
  assert.equal(over.fraction, 0.5);
});

test("what is passed over takes no time, unless events that may have been of it were not read", () => {
  const passing: Timed[] = [
    [0, started],
    [0, phase("teacher")],
    [1, { type: "warning" }],
    [2, phase("train")],
    [2, step(0)],
    [12, step(100)],
  ];
  // 2 s, 0 s, 20 s, 20 s and 10 s.
  roughly(worked(passing).fraction, 12 / 52);
  // By their costs, at 10 s each: 50 of 100 before the student.
  roughly(worked(passing, [2]).fraction, 0.6);
});

test("a part begins once, and what comes late of one that is over changes nothing", () => {
  const twice: Timed[] = [
    [0, started],
    [0, phase("teacher", "teacher")],
    [5, progress("teacher", 100, 100, "teacher")],
    [10, phase("train")],
    [10, step(0)],
    [30, step(200)],
  ];
  // 10 s for the teacher, none for its outputs, 20 s, 20 s and 10 s.
  roughly(worked(twice).fraction, 30 / 60);
  const late = worked([
    ...twice,
    [31, progress("teacher", 50, 900, "teacher")],
    [31, phase("teacher", "teacher")],
  ]);
  roughly(late.fraction, 30 / 60);
  assert.equal(late.at, 2);
  roughly(secondsLeft(late), 30);
});

test("a pace is measured over a fifth of a second and a step at least", () => {
  const after = (seconds: number, from = 50, to = 150) =>
    secondsLeft(
      worked([
        [1000, { ...started, plan: [{ phase: "train", total: 200, cost: 1 }] }],
        [1000, step(from)],
        [1000 + seconds, step(to)],
      ]),
    );
  assert.equal(after(0.199), undefined);
  roughly(after(0.2), 0.1);
  roughly(after(10), 5);
  assert.equal(after(10, 50, 50), undefined);
  assert.equal(after(10, 50, 40), undefined);
});

test("what is over and was not measured counts by its cost while nothing is", () => {
  const quick: Timed[] = [
    [0, started],
    [0, phase("teacher", "teacher")],
    [0, progress("teacher", 0, 100, "teacher")],
    [0.1, progress("teacher", 50, 100, "teacher")],
    [0.1, phase("cache")],
  ];
  roughly(worked(quick).fraction, 0.4);
});

test("a part of nothing has nothing done, and costs what was planned whatever it turns out to be", () => {
  const empty = {
    ...started,
    plan: [
      { phase: "cache", total: 0, cost: 1 },
      { phase: "train", total: 200, cost: 3 },
    ],
  };
  assert.equal(
    worked([
      [0, empty],
      [0, progress("cache", 0, 0)],
    ]).fraction,
    0,
  );
  roughly(
    worked([
      [0, empty],
      [0, progress("cache", 5, 10)],
    ]).fraction,
    0.125,
  );
  assert.equal(
    worked([
      [0, empty],
      [0, progress("export", 1, 2)],
      [0, phase("export")],
    ]).fraction,
    0,
  );
});

test("a plan without the student has no steps of it done", () => {
  const teacher = {
    ...started,
    step: 7,
    plan: [{ phase: "teacher", subject: "teacher", total: 100, cost: 4 }],
  };
  assert.equal(
    worked([
      [0, teacher],
      [0, step(9)],
    ]).fraction,
    0,
  );
});

test("what is said of a part that is over comes too late", () => {
  const plan = [
    { phase: "train", total: 10, cost: 1 },
    { phase: "evaluate", total: 10, cost: 1 },
  ];
  const { parts } = worked([
    [0, { ...started, plan }],
    [1, step(1)],
    [5, step(5)],
    [5, phase("evaluate")],
    [6, step(10)],
  ]);
  assert.equal(parts[0]?.done, 5);
});
