import assert from "node:assert/strict";
import { test } from "node:test";
import { type ScheduleSpec, scheduleOf } from "./schedules.ts";

const check = (spec: ScheduleSpec, expected: Readonly<Record<number, number>>) => {
  const curve = scheduleOf(spec, { optimizer: { type: "sgd", learningRate: 0.8 }, totalSteps: 10 });
  for (const [step, rate] of Object.entries(expected)) {
    assert.ok(
      Math.abs(curve(Number(step)) - rate) < 1e-12,
      `step ${step}: ${curve(Number(step))}, expected ${rate}`,
    );
  }
};

test("every schedule, with its defaults", () => {
  check({ type: "constant" }, { 0: 0.8, 9: 0.8 });
  check({ type: "linear" }, { 0: 0.8, 5: 0.4, 10: 0 });
  check({ type: "linear", endFactor: 0.5 }, { 0: 0.8, 10: 0.4, 20: 0.4 });
  check({ type: "cosine" }, { 0: 0.8, 5: 0.4, 10: 0 });
  check({ type: "cosine", minLearningRate: 0.2 }, { 0: 0.8, 5: 0.5, 10: 0.2, 30: 0.2 });
  check({ type: "step", stepSize: 4 }, { 3: 0.8, 4: 0.08, 8: 0.008 });
  check({ type: "exponential", gamma: 0.5 }, { 0: 0.8, 1: 0.4, 3: 0.1 });
  check({ type: "oneCycle", divFactor: 8, finalDivFactor: 10 }, { 0: 0.1, 2: 0.8, 9: 0.01 });
  // PyTorch's: from 1 / 25 of the top in three tenths of the steps, to 1 / 10,000 of where it began.
  check({ type: "oneCycle" }, { 0: 0.032, 2: 0.8, 9: 3.2e-6 });
  check({ type: "oneCycle", maxLearningRate: 8, divFactor: 8, finalDivFactor: 10 }, { 0: 1, 2: 8, 9: 0.1 });
});

test("a warm-up climbs to where the schedule begins, which spans the steps that are left", () => {
  check({ type: "cosine", warmup: 2 }, { 0: 0.4, 1: 0.8, 2: 0.8, 6: 0.4, 10: 0 });
  check({ type: "constant", warmup: 4 }, { 0: 0.2, 3: 0.8, 4: 0.8 });
  check({ type: "oneCycle", warmup: 2, divFactor: 8 }, { 0: 0.05, 1: 0.1, 2: 0.1 });
});

test("a run shorter than its warm-up ends on the climb", () => {
  check({ type: "linear", warmup: 20 }, { 0: 0.04, 9: 0.4 });
});
