import assert from "node:assert/strict";
import { test } from "node:test";
import { linear, oneCycleMomentum } from "./curves.ts";
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

test("one cycle has the shape that the file gives it", () => {
  const cycle = { type: "oneCycle", divFactor: 8, finalDivFactor: 10 } as const;
  check({ ...cycle, pctStart: 0.5, anneal: "linear" }, { 0: 0.1, 2: 0.45, 4: 0.8, 9: 0.01, 12: 0.01 });
  check({ ...cycle, pctStart: 0.5, anneal: "cosine" }, { 1: 0.1 + 0.7 * ((1 - Math.SQRT1_2) / 2), 2: 0.45 });
  check({ ...cycle, pctStart: 0.4, threePhase: true }, { 0: 0.1, 3: 0.8, 6: 0.1, 9: 0.01 });
  // A climb that takes no step is over at the first.
  check({ ...cycle, pctStart: 0.1 }, { 0: 0.8, 9: 0.01 });
});

test("one cycle that says nothing else has two phases of half a cosine, its momentum the other way round", () => {
  const downAt5 = (1 + Math.cos((3 / 7) * Math.PI)) / 2;
  check({ type: "oneCycle" }, { 1: 0.032 + 0.768 / 2, 5: 3.2e-6 + (0.8 - 3.2e-6) * downAt5 });
  const momentum = oneCycleMomentum({ totalSteps: 10 });
  for (const [at, expected] of [
    [0, 0.95],
    [1, 0.9],
    [2, 0.85],
    [5, 0.95 - 0.1 * downAt5],
    [9, 0.95],
  ] as const)
    assert.ok(Math.abs(momentum(at) - expected) < 1e-12, `step ${at}: ${momentum(at)}`);
});

test("a schedule over no steps is at its end", () => {
  assert.equal(linear(0.8, { endFactor: 0.25, over: 0 })(0), 0.2);
  assert.equal(linear(0.8, { endFactor: 0.25, over: -1 })(0), 0.2);
});

test("a warm-up climbs to where the schedule begins, which spans the steps that are left", () => {
  check({ type: "cosine", warmup: 2 }, { 0: 0.4, 1: 0.8, 2: 0.8, 6: 0.4, 10: 0 });
  check({ type: "constant", warmup: 4 }, { 0: 0.2, 3: 0.8, 4: 0.8 });
  check({ type: "oneCycle", warmup: 2, divFactor: 8 }, { 0: 0.05, 1: 0.1, 2: 0.1 });
});

test("a run shorter than its warm-up ends on the climb", () => {
  check({ type: "linear", warmup: 20 }, { 0: 0.04, 9: 0.4 });
});
