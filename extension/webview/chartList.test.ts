import assert from "node:assert/strict";
import { test } from "node:test";
import { chartsOf, isOthers } from "./chartList.ts";

const available = new Set([
  "gradNorm",
  "loss",
  "terms.kd.raw",
  "terms.kd.weighted",
  "stepMs",
  "validation.accuracy",
  "validation.nll",
  "test.accuracy",
  "learningRate",
]);

test("losses first, then what they are made of, then how the student does", () => {
  const titles = (weighted: boolean) => chartsOf(available, weighted).map(({ series }) => series);
  assert.deepEqual(titles(false), [
    "loss",
    "terms.kd.raw",
    "validation.accuracy",
    "learningRate",
    "gradNorm",
    "validation.nll",
  ]);
  assert.equal(titles(true)[1], "terms.kd.weighted");
});

test("a teacher that was trained has a chart of its own, behind the student's", () => {
  const charts = chartsOf(
    new Set([
      ...available,
      "teacher.loss",
      "teacher.gradNorm",
      "teacher.memory",
      "memory",
      "samplesPerSecond",
    ]),
    false,
  );
  assert.deepEqual(
    charts.slice(-3).map(({ title }) => title),
    ["Teacher", "Samples per second", "Memory"],
  );
  assert.deepEqual(
    charts.filter(isOthers).map(({ series }) => series),
    ["teacher.loss"],
  );
});

test("shares are known for shares", () => {
  const byName = new Map(chartsOf(available, false).map((chart) => [chart.series, chart.share]));
  assert.equal(byName.get("validation.accuracy"), true);
  assert.equal(byName.get("validation.nll"), false);
});
