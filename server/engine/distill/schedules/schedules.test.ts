import assert from "node:assert/strict";
import { test } from "node:test";
import { type ScheduleSpec, scheduleOf } from "./schedules.ts";

const check = (
  spec: ScheduleSpec,
  expected: Readonly<Record<number, number>>,
  { totalSteps = 10, stepsPerEpoch = 1 } = {},
) => {
  const curve = scheduleOf(spec, { learningRate: 0.8, totalSteps, stepsPerEpoch });
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
  check({ type: "multistep", milestones: [4, 8] }, { 3: 0.8, 4: 0.08, 7: 0.08, 8: 0.008 });
  check({ type: "exponential", gamma: 0.5 }, { 0: 0.8, 1: 0.4, 3: 0.1 });
  check({ type: "oneCycle", divFactor: 8, finalDivFactor: 10 }, { 0: 0.1, 2: 0.8, 9: 0.01 });
  // PyTorch's: from 1 / 25 of the top in three tenths of the steps, to 1 / 10,000 of where it began.
  check({ type: "oneCycle" }, { 0: 0.032, 2: 0.8, 9: 3.2e-6 });
  check({ type: "oneCycle", maxLearningRate: 8, divFactor: 8, finalDivFactor: 10 }, { 0: 1, 2: 8, 9: 0.1 });
});

test("milestones are epochs of the run, in whatever order, and one that is there twice counts twice", () => {
  const epochs = { totalSteps: 40, stepsPerEpoch: 10 };
  const halves = { type: "multistep", gamma: 0.5 } as const;
  check({ ...halves, milestones: [3, 1] }, { 9: 0.8, 10: 0.4, 29: 0.4, 30: 0.2, 39: 0.2 }, epochs);
  check({ ...halves, milestones: [2, 2] }, { 19: 0.8, 20: 0.2 }, epochs);
  // The warm-up moves none of them; one within it is passed before the schedule begins.
  check({ ...halves, milestones: [2], warmup: 5 }, { 0: 0.16, 4: 0.8, 19: 0.8, 20: 0.4 }, epochs);
  check({ ...halves, milestones: [1], warmup: 20 }, { 9: 0.2, 19: 0.4, 20: 0.4 }, epochs);
});

test("one cycle has the shape that the file gives it", () => {
  const cycle = { type: "oneCycle", divFactor: 8, finalDivFactor: 10 } as const;
  check({ ...cycle, pctStart: 0.5, anneal: "linear" }, { 0: 0.1, 2: 0.45, 4: 0.8, 9: 0.01, 12: 0.01 });
  check({ ...cycle, pctStart: 0.5, anneal: "cosine" }, { 1: 0.1 + 0.7 * ((1 - Math.SQRT1_2) / 2), 2: 0.45 });
  check({ ...cycle, pctStart: 0.4, threePhase: true }, { 0: 0.1, 3: 0.8, 6: 0.1, 9: 0.01 });
  // A climb that takes no step is over at the first.
  check({ ...cycle, pctStart: 0.1 }, { 0: 0.8, 9: 0.01 });
});

test("one cycle that says nothing else has two phases of half a cosine", () => {
  const downAt5 = (1 + Math.cos((3 / 7) * Math.PI)) / 2;
  check({ type: "oneCycle" }, { 1: 0.032 + 0.768 / 2, 5: 3.2e-6 + (0.8 - 3.2e-6) * downAt5 });
});

test("a warm-up climbs to where the schedule begins, which spans the steps that are left", () => {
  check({ type: "cosine", warmup: 2 }, { 0: 0.4, 1: 0.8, 2: 0.8, 6: 0.4, 10: 0 });
  check({ type: "constant", warmup: 4 }, { 0: 0.2, 3: 0.8, 4: 0.8 });
  check({ type: "oneCycle", warmup: 2, divFactor: 8 }, { 0: 0.05, 1: 0.1, 2: 0.1 });
});

test("a run shorter than its warm-up ends on the climb", () => {
  check({ type: "linear", warmup: 20 }, { 0: 0.04, 9: 0.4 });
});
