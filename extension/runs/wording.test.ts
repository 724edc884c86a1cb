import assert from "node:assert/strict";
import { test } from "node:test";
import { grouped } from "../../server/grouped.ts";
import { middle } from "../../server/middle.ts";
import type { RunSummary, RunWarning } from "../../server/protocol.ts";
import { metricText } from "../../server/tasks/metricText.ts";
import {
  briefMetric,
  endWords,
  fullName,
  gist,
  keyMetric,
  metricWords,
  nameAmong,
  number,
  progressWords,
  rowName,
  rowWords,
  runName,
  seriesWords,
  spokenWords,
  startWords,
  title,
  warned,
  whenWords,
} from "./wording.ts";

const run = (more: Partial<RunSummary>): RunSummary => ({
  id: "1",
  directory: "/runs/1",
  experiment: "/mnist.distill.json",
  name: "mnist",
  state: "running",
  startedAt: "2026-01-01T00:00:00Z",
  elapsedSeconds: 1,
  step: 0,
  metrics: {},
  ...more,
});

test("a screen reader says the state of a row once", () => {
  assert.equal(spokenWords(run({ state: "failed" })), "failed · 1 s");
  assert.equal(spokenWords(run({ state: "stopped", step: 1200 })), "stopped at 1,200 · 1 s");
  assert.equal(spokenWords(run({ state: "completed" })), "Completed, 1 s");
});

test("a run that its sweep does not go on with is halved, another one at a rung waits, and no other that stopped", () => {
  const member = { sweep: "/runs/0", index: 1, settings: {}, rung: 3 };
  const { rung: _, ...stopped } = member;
  const said = [{ ...member, halved: true as const }, member, stopped].map((of) =>
    endWords(run({ state: "stopped", member: of })),
  );
  assert.deepEqual(said, ["halved at epoch 3", "waits after epoch 3", "stopped"]);
});

test("numbers with four significant digits", () => {
  assert.deepEqual([0, 0.123456, 12.3456, 0.5, 30, 7.25, 999.97, 4690, -2000, 1e-5, 2e7, 1e10].map(number), [
    "0",
    "0.1235",
    "12.35",
    "0.5",
    "30",
    "7.25",
    "1,000",
    "4,690",
    "−2,000",
    "1.00e-5",
    "2.00e+7",
    "1.00e+10",
  ]);
});

test("thousands stand apart", () => assert.equal(grouped(1_234_567), "1,234,567"));

test("shares are percentages, likelihoods are numbers", () => {
  assert.equal(metricText("validation.accuracy", 0.97113), "97.11 %");
  assert.equal(metricText("validation.nll", 0.10551), "0.1055");
  assert.equal(metricText("test.gain", 0.0123), "+1.23 points");
  assert.equal(metricText("test.gain", -0.002), "−0.20 points");
});

test("held-out accuracy is what a run is told by, the test's first; a sweep and its runs by validation", () => {
  const metrics = { "validation.accuracy": 0.9, "test.accuracy": 0.8 };
  assert.equal(keyMetric(run({ metrics }))?.value, 0.8);
  const member = { sweep: "/s", index: 1, settings: {} };
  assert.equal(keyMetric(run({ metrics, member }))?.value, 0.9);
  const sweep = { total: 2, completed: 1, failed: 0, parameters: [], members: [], turn: 2 };
  assert.equal(keyMetric(run({ metrics, sweep }))?.value, 0.9);
  assert.equal(keyMetric(run({ metrics: { "teacher.test.accuracy": 0.9 } })), undefined);
});

test("a metric is called by its split, and by whose it is where it is not the student's", () => {
  assert.equal(metricWords("validation.accuracy"), "validation accuracy");
  assert.equal(metricWords("test.gapRecovered"), "test gap recovered");
  assert.equal(metricWords("test.gain"), "test student − alone");
  assert.equal(metricWords("test.macroF1AllClasses"), "test macro F1 (all classes)");
  assert.equal(metricText("test.macroF1AllClasses", 0.5), "50.00 %");
  assert.equal(metricText("validation.ece", 0.0123), "1.23 %");
  assert.equal(metricText("validation.rmse", 12_345.6), "12,346");
  assert.equal(metricText("test.gain", -0.012), "−1.20 points");
  assert.equal(metricText("test.gain.rmse", -0.4012), "−0.4012 RMSE");
  assert.equal(metricText("test.gapRecovered", -0.00002), "0.00 %");
  assert.equal(metricText("test.gapRecovered", -0.0002), "−0.02 %");
  assert.equal(seriesWords("terms.kd.raw"), "kd");
  assert.equal(seriesWords("terms.kd.weighted"), "kd × weight");
  assert.equal(seriesWords("gradNorm"), "gradient norm");
  assert.equal(metricWords("studentAlone.validation.nll"), "student alone, validation NLL");
});

test("what stands under the mouse begins with the run's own metrics", () => {
  const metrics = {
    "teacher.validation.accuracy": 0.9,
    "validation.top5": 1,
    "validation.accuracy": 0.8,
    "studentAlone.test.accuracy": 0.6,
    "test.accuracy": 0.7,
  };
  assert.deepEqual(
    gist(run({ metrics })).map(([name]) => name),
    ["validation.accuracy", "test.accuracy", "teacher.validation.accuracy", "studentAlone.test.accuracy"],
  );
});

test("progress says how far the whole is, what is done or at which step, and the time left", () => {
  assert.equal(progressWords(run({})), "starting");
  assert.equal(
    progressWords(run({ progress: 0.129, doing: "training the teacher" })),
    "12 % · training the teacher",
  );
  const training = { progress: 0.5, doing: "training", step: 1240, totalSteps: 4690, etaSeconds: 12 };
  assert.equal(progressWords(run(training)), "50 % · step 1,240/4,690 · 12 s left");
  assert.equal(
    progressWords(run({ ...training, doing: "training the student alone" })),
    "50 % · training the student alone · 12 s left",
  );
});

test("the runs of a sweep are called by what varies", () => {
  const of = (settings: Record<string, unknown>) =>
    title(run({ member: { sweep: "/runs/1", index: 1, settings } }));
  assert.equal(of({ "losses[0].temperature": 4, seed: 2 }), "temperature 4 · seed 2");
  assert.equal(of({ "student.hidden": [8, 4], "optimizer.type": "sgd" }), "hidden [8,4] · type sgd");
  assert.equal(of({ "losses[0].weight": 1, "losses[1].weight": 0 }), "losse…eight 1 · losse…eight 0");
});

test("a row of a sweep's run begins with its values, and says at its end what they are of", () => {
  const member = {
    sweep: "/runs/1",
    index: 1,
    settings: { "losses[0].temperature": 4, "losses[0].weight": 0.3 },
  };
  const done = run({ member, state: "completed", metrics: { "validation.accuracy": 0.9 } });
  assert.equal(rowName(done), "4 · 0.3");
  assert.equal(rowWords(done), "90.00 % val · 1 s · temperature · weight");
  assert.equal(rowName(run({ changes: ["temperature 3 → 6"] })), "temperature 3 → 6");
});

test("in a name that is too long the keys are cut, not what tells the runs of a sweep apart", () => {
  const of = (settings: Record<string, unknown>) =>
    title(run({ member: { sweep: "/runs/1", index: 1, settings } }));
  const named = (alpha: number) => of({ temperature: 2, learningRate: 0.001, alpha });
  assert.match(named(0.5), /^t\S*e 2 · l\S*e 0\.001 · a\S*a 0\.5$/);
  for (const name of [named(0.5), named(0.25)]) assert.ok(name.length <= 30, name);
  assert.notEqual(named(0.5), named(0.25));
});

test("a sweep says which of its runs it is at", () => {
  const sweep = { total: 9, completed: 3, failed: 1, parameters: [], members: [], turn: 5 };
  assert.equal(
    progressWords(run({ step: 3, totalSteps: 9, sweep, etaSeconds: 40 })),
    "run 5 of 9 · 40 s left",
  );
  assert.equal(title(run({ sweep })), "mnist (9 runs)");
});

test("runs that began in the same minute are told apart", () => {
  const now = new Date(2026, 2, 5, 14, 30);
  const at = (day: number, second: number) =>
    startWords(new Date(2026, 2, day, 14, 3, second).toISOString(), now);
  assert.match(at(5, 27), /^14:03:27$/);
  assert.match(at(4, 8), /4.*14:03:08$/);
  assert.equal(startWords("soon"), "soon");
});

test("a row says in a word why its run cannot be read", () => {
  const words = (code: string) => rowWords(run({ state: "unreadable", code }));
  assert.deepEqual(["damaged", "newer-format", "no-permission"].map(words), [
    "damaged",
    "of a newer version",
    "unreadable [no-permission]",
  ]);
});

test("warnings: for a row which one it is or how many, and each in full", () => {
  const worse = { code: "teacher-worse", message: "The teacher is worse." };
  const of = (...warnings: RunWarning[]) => warned(run({ warnings }));
  assert.equal(warned(run({})), undefined);
  assert.equal(of(), undefined);
  assert.deepEqual(of(worse), {
    brief: "warning: teacher-worse",
    full: ["The teacher is worse. [teacher-worse]"],
  });
  assert.equal(of(worse, { ...worse, code: "other" })?.brief, "2 warnings");
});

test("a run is called by what it changed, two changes where there is room, else by its time", () => {
  const named = (...changes: string[]) => runName(run({ changes }));
  assert.equal(runName(run({})), startWords("2026-01-01T00:00:00Z"));
  assert.equal(named("temperature 3 → 6"), "temperature 3 → 6");
  assert.equal(named("temperature 3 → 6", "seed 0 → 1"), "temperature 3 → 6 · seed 0 → 1");
  assert.equal(named("alpha 0.5 → 0.6", "a", "b", "c"), "alpha 0.5 → 0.6 · a + 2 more");
  assert.equal(named("temperature 3 → 6", "seed 0 → 1", "a", "b"), "temperature 3 → 6 + 3 more");
  assert.equal(named("kd weight 0.75 → 0.5", "ce weight 0.25 → 0.5"), "kd weight 0.75 → 0.5 + 1 more");
  for (const name of [named("x".repeat(200)), named("x".repeat(200), "y".repeat(200)), fullName(run({}))])
    assert.ok(name.length <= 30 + "mnist · ".length, name);
  const member = { sweep: "/runs/0", index: 1, settings: { "losses[0].temperature": 4 } };
  assert.equal(fullName(run({ member })), "mnist · temperature 4");
});

test("the time of a run that is called otherwise stands behind its name", () => {
  const changed = run({ changes: ["temperature 3 → 6"], state: "completed" });
  const when = startWords(changed.startedAt);
  assert.equal(whenWords(changed), when);
  assert.equal(whenWords(run({})), "");
  assert.equal(
    rowWords({ ...changed, metrics: { "validation.accuracy": 0.712 } }),
    `71.20 % val · ${when} · 1 s`,
  );
});

test("runs are named with their experiment where a list has several", () => {
  const other = run({ experiment: "/other.distill.json", name: "other", changes: ["seed 0 → 1"] });
  assert.equal(nameAmong([other])(other), "seed 0 → 1");
  assert.equal(nameAmong([other, run({})])(other), "other · seed 0 → 1");
});

test("the middle is left out of what is too long", () => {
  assert.equal(middle("0123456789", 10), "0123456789");
  assert.equal(middle("0123456789a", 10), "01234…789a");
});

test("a metric in a narrow place says its split, and what it is where that is no accuracy", () => {
  assert.equal(briefMetric({ name: "validation.accuracy", value: 0.712 }), "71.20 % val");
  assert.equal(briefMetric({ name: "test.nll", value: 0.5 }), "0.5000 NLL test");
  assert.equal(briefMetric({ name: "test.mAP", value: 0.7009 }), "70.09 % mAP test");
});
