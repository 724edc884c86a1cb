import assert from "node:assert/strict";
import { test } from "node:test";
import { type ProfiledStep, profiledStep, profileOf, profileTable } from "./profile.ts";

test("an op's calls and times are added up, and time with several ops at once counts once as busy", () => {
  const step = profiledStep(10, [
    { op: "Mul", start: 6, end: 7 },
    { op: "Gemm", start: 1, end: 4 },
    { op: "Add", start: 3, end: 5 }, // 1 ms of it with Gemm
    { op: "Add", start: 3.5, end: 4.5 }, // all of it with the other Add
  ]);
  assert.deepEqual(step, {
    ms: 10,
    busyMs: 5,
    ops: { Gemm: { calls: 1, ms: 3 }, Add: { calls: 2, ms: 3 }, Mul: { calls: 1, ms: 1 } },
  });
});

const step = (ms: number, scale = 1): ProfiledStep => ({
  ms,
  busyMs: 7 * scale,
  ops: {
    Add: { calls: 3, ms: 2 * scale },
    Gemm: { calls: 2, ms: 6 * scale },
    Neg: { calls: 1, ms: 0.05 * scale },
    Abs: { calls: 1, ms: 0.03 * scale },
  },
});

test("the faster quarter of the steps is taken, the parts add up, and small ops are one row", () => {
  const disturbed = [40, 50, 60].map((ms) => step(ms, 5));
  const profile = profileOf([...disturbed, step(10)], [9, 8, 30, 40]);
  assert.deepEqual(profile, {
    stepMs: 8,
    profiledMs: 10,
    ops: [
      { op: "Gemm", calls: 2, ms: 6, share: 0.6 },
      { op: "Add", calls: 3, ms: 2, share: 0.2 },
      { op: "2 others", calls: 2, ms: 0.08, share: 0.008 },
    ],
    opsMs: 8.08,
    atOnceMs: -1.08,
    outsideMs: 3,
  });
  const { opsMs, atOnceMs, outsideMs, profiledMs } = profile;
  assert.ok(Math.abs(opsMs + atOnceMs + outsideMs - profiledMs) < 1e-9);
});

test("the table ends with the step that the rows add up to, and with the profiler's own part", () => {
  assert.deepEqual(profileTable(profileOf([step(10)], [8])), [
    "op                         calls  ms/step    share",
    "Gemm                           2    6.000   60.0 %",
    "Add                            3    2.000   20.0 %",
    "2 others                       2    0.080    0.8 %",
    "= all ops                           8.080   80.8 %",
    "- at once with another op          -1.080  -10.8 %",
    "+ outside of ops                    3.000   30.0 %",
    "= the step, profiled               10.000  100.0 %",
    "  of it the profiler                2.000   20.0 %",
  ]);
});
