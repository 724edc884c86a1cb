import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunSummary } from "../../server/protocol.ts";
import { bordersOf, referencesOf, type ShownRun, scaleOf, tracesOf, xScale } from "./page.ts";
import { RunData } from "./runData.ts";
import { initialState } from "./state.ts";

const points = (...step: number[]) => ({ step, min: step, max: step, last: step, time: step, epoch: step });

function shown(metrics: Readonly<Record<string, number>>): ShownRun {
  const run: RunSummary = {
    id: "r",
    directory: "/r",
    experiment: "/a.distill.json",
    name: "a",
    state: "completed",
    startedAt: "2026-01-01T00:00:00.000Z",
    elapsedSeconds: 1,
    step: 1,
    metrics,
  };
  const data = new RunData("/r");
  const series = { loss: points(1, 100), "validation.accuracy": points(50), "teacher.loss": points(1, 900) };
  data.setOverview({ series, available: Object.keys(series), lastSeq: 1 });
  return { run, name: "a", data, colour: "red", dash: [] };
}

const chart = (series: string) => ({ series, title: series, share: true });

test("levels in a chart of validation are validation's figures", () => {
  const run = shown({
    "test.accuracy": 0.1,
    "teacher.test.accuracy": 0.2,
    "studentAlone.test.accuracy": 0.3,
    "teacher.validation.accuracy": 0.9,
    "studentAlone.validation.accuracy": 0.8,
  });
  assert.deepEqual(referencesOf([run, run], chart("validation.accuracy")), [
    { label: "teacher 90.00 %", value: 0.9 },
    { label: "student alone 80.00 %", value: 0.8 },
  ]);
  assert.deepEqual(referencesOf([run], chart("loss")), []);
  assert.deepEqual(referencesOf([shown({ "teacher.test.accuracy": 0.2 })], chart("validation.accuracy")), []);
});

test("borders of stages are where they begin, on every axis of the student's charts", () => {
  const { run, data, ...look } = shown({});
  const staged = {
    ...look,
    data,
    run: {
      ...run,
      stages: [
        { name: "a", step: 0 },
        { name: "b", step: 60 },
      ],
    },
  };
  const series = { loss: { ...points(1, 50, 100), epoch: [0.1, 5, 10] } };
  data.setOverview({ series, available: ["loss"], lastSeq: 1 });
  assert.deepEqual(bordersOf([staged, staged], chart("loss"), initialState), [{ x: 60, label: "b" }]);
  assert.deepEqual(bordersOf([staged], chart("loss"), { ...initialState, x: "epoch" }), [
    { x: 5, label: "b" },
  ]);
  assert.deepEqual(bordersOf([staged], chart("teacher.loss"), initialState), []);
  assert.deepEqual(bordersOf([shown({})], chart("loss"), initialState), []);
});

test("time begins at the first step of what a chart draws", () => {
  const run = shown({});
  const at = (...time: number[]) => ({ ...points(1, 100), time });
  const series = { loss: at(30, 45), "validation.nll": at(40, 46), "teacher.loss": at(5, 25) };
  run.data.setOverview({ series, available: Object.keys(series), lastSeq: 1 });
  const timed = { ...initialState, x: "time" } as const;
  const x = (name: string) => tracesOf([run], chart(name), timed)[0]?.x;
  assert.deepEqual(x("loss"), [0, 15]);
  assert.deepEqual(x("validation.nll"), [10, 16]);
  assert.deepEqual(x("teacher.loss"), [0, 20]);
  assert.equal(xScale([run], timed).max, 16);
});

test("a teacher's chart has its own steps, all of them, however the student's are zoomed", () => {
  const runs = [shown({})];
  const zoomed = { ...initialState, zoom: [20, 40] as const };
  assert.equal(xScale(runs, initialState).max, 100);
  assert.equal(scaleOf(runs, chart("loss"), initialState).max, 100);
  assert.deepEqual(scaleOf(runs, chart("loss"), zoomed), { min: 20, max: 40, log: false });
  assert.deepEqual(scaleOf(runs, chart("teacher.loss"), zoomed), { min: 0, max: 900, log: false });
  assert.deepEqual(tracesOf(runs, chart("teacher.loss"), zoomed)[0]?.x, [1, 900]);
});
