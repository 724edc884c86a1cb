import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunEvent } from "../schemas/run-event.gen.ts";
import { phasesOf } from "./phases.ts";

test("what a run was at, from its process's start to its end", () => {
  const events = [
    { type: "started", time: 1100 },
    { type: "phase", phase: "preflight", time: 1200 },
    { type: "phase", phase: "train", time: 1500 },
    { type: "step", step: 10, stepMs: 20, dataMs: 5, time: 1700 },
    { type: "step", step: 30, stepMs: 30, dataMs: 10, time: 2400 },
    { type: "phase", phase: "train", subject: "studentAlone", time: 2500 },
    { type: "completed", time: 3000 },
  ] as unknown as RunEvent[];
  assert.deepEqual(phasesOf(events, { from: 1000, to: 3050 }), {
    start: 0.2,
    preflight: 0.3,
    train: 1,
    "train, batches": 0.25,
    "train, engine": 0.55,
    "train, beside": 0.2,
    studentAlone: 0.5,
    end: 0.05,
  });
});
