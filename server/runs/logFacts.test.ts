import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { type LogFacts, noFacts, takeIn } from "./logFacts.ts";

/** Facts of events that follow each other, a second each; how far the run is runProgress tells. */
function factsOf(...events: object[]): Omit<LogFacts, "work"> {
  const facts = noFacts();
  for (const [seq, event] of events.entries())
    takeIn(facts, { seq, time: 1000 * (seq + 1), ...event } as RunEvent);
  const { work: _, ...others } = facts;
  return others;
}

const { work: _, ...none } = noFacts();
const started = { type: "started", step: 3, totalSteps: 9, parameters: { student: 10, teacher: 20 } };

test("what each event says is kept, and nothing else", () => {
  const since = (time = 1000) => ({ ...none, lastTime: time });
  const end = { message: undefined, state: "completed", time: 1000 };
  for (const [events, expected] of [
    [[], none],
    [[started], { ...since(), startedAt: 1000, step: 3, totalSteps: 9, parameters: 10 }],
    [
      [{ ...started, subject: "teacher" }],
      { ...since(), startedAt: 1000, step: 3, totalSteps: 9, parameters: 20 },
    ],
    [
      [started, { type: "started", step: 5, totalSteps: 12 }],
      { ...since(2000), startedAt: 1000, step: 5, totalSteps: 12, parameters: 10 },
    ],
    [[{ type: "phase", phase: "cache" }], { ...since(), phase: "cache" }],
    [
      [{ type: "progress", phase: "train", subject: "studentAlone", done: 1, total: 2 }],
      { ...since(), phase: "train", subject: "studentAlone" },
    ],
    [
      [{ type: "step", step: 4, epoch: 2, loss: 0.5 }],
      { ...since(), phase: "train", step: 4, epoch: 2, metrics: { "train.loss": 0.5 } },
    ],
    [
      [{ type: "step", subject: "student", step: 4, epoch: 2, loss: 0.5 }],
      { ...since(), phase: "train", step: 4, epoch: 2, metrics: { "train.loss": 0.5 } },
    ],
    [[{ type: "step", subject: "teacher", step: 4, epoch: 2, loss: 0.5 }], since()],
    [
      [
        { type: "step", step: 4, epoch: 2, loss: 0.5 },
        { type: "step", step: 5, epoch: 3, loss: null },
      ],
      { ...since(2000), phase: "train", step: 5, epoch: 3 },
    ],
    [[{ type: "warning", code: "memory-tight", message: "Tight." }], { ...since(), memoryWarning: "Tight." }],
    [[{ type: "warning", code: "other", message: "Tight." }], since()],
    [
      [{ type: "warning", code: "memory-tight", message: "Tight." }, started],
      { ...since(2000), startedAt: 2000, step: 3, totalSteps: 9, parameters: 10 },
    ],
    [
      [{ type: "stopped", reason: "SIGTERM", step: 7 }],
      { ...since(), step: 7, end: { state: "stopped", time: 1000, message: "SIGTERM" } },
    ],
    [
      [{ type: "failed", message: "NaN.", code: "not-finite", hint: "Lower it." }],
      {
        ...since(),
        end: { state: "failed", time: 1000, message: "NaN.", code: "not-finite", hint: "Lower it." },
      },
    ],
    [
      [{ type: "stopped", reason: "SIGTERM", step: 7 }, started],
      { ...since(2000), startedAt: 2000, step: 3, totalSteps: 9, parameters: 10 },
    ],
    [[{ type: "member" }], { ...since(), startedAt: 1000 }],
    [[{ type: "member" }, { type: "swept" }, { type: "member" }], { ...since(3000), startedAt: 1000 }],
    [[{ type: "swept", runs: 4 }], { ...since(), end }],
    [[{ type: "checkpoint", step: 4, path: "x" }], since()],
    [[{ type: "of another version", step: 4, phase: "x" }], since()],
  ] as const)
    assert.deepEqual(factsOf(...events), expected, JSON.stringify(events));
});

test("of the student the latest evaluation counts, of others on validation the best", () => {
  const evaluation = (accuracy: number | null, more: object = {}) => ({
    type: "evaluation",
    split: "validation",
    metrics: { accuracy },
    ...more,
  });
  const metricsOf = (...events: object[]) => factsOf(...events).metrics;
  assert.deepEqual(metricsOf(evaluation(0.9), evaluation(0.8, { best: false })), {
    "validation.accuracy": 0.8,
  });
  assert.deepEqual(metricsOf(evaluation(0.9), evaluation(null)), {});
  assert.deepEqual(metricsOf(evaluation(0.7, { subject: "student" })), { "validation.accuracy": 0.7 });
  const teacher = (accuracy: number, more: object = {}) =>
    evaluation(accuracy, { subject: "teacher", ...more });
  assert.deepEqual(
    metricsOf(
      teacher(0.5),
      teacher(0.9, { best: true }),
      teacher(0.8, { best: false }),
      teacher(0.4, { split: "test" }),
    ),
    { "teacher.validation.accuracy": 0.9, "teacher.test.accuracy": 0.4 },
  );
});

test("what a run reports at its end takes the place of what was measured on the way", () => {
  const base = { runId: "r", steps: 100, epochs: 10, seconds: 1, engine: "", device: "", parameters: 7 };
  const factsWith = (result: object) => factsOf({ type: "completed", summary: { ...base, ...result } });
  assert.deepEqual(factsWith({}), {
    ...none,
    lastTime: 1000,
    step: 100,
    epoch: 10,
    parameters: 7,
    end: { state: "completed", time: 1000, message: undefined },
    result: base,
  });
  const compared = (difference: number) => ({
    teacher: { accuracy: 0.9 + difference },
    baselines: { studentAlone: { accuracy: 0.4 + difference } },
    gain: { difference },
    gapRecovered: 0.5 + difference,
  });
  assert.deepEqual(factsWith(compared(0)).metrics, {
    "teacher.validation.accuracy": 0.9,
    "studentAlone.validation.accuracy": 0.4,
    "validation.gain": 0,
    "validation.gapRecovered": 0.5,
  });
  assert.deepEqual(
    factsWith({
      best: { step: 4, metrics: { accuracy: 0.6 } },
      test: { accuracy: 0.7 },
      ...compared(0),
      validation: compared(0.25),
    }).metrics,
    {
      "validation.accuracy": 0.6,
      "test.accuracy": 0.7,
      "teacher.test.accuracy": 0.9,
      "studentAlone.test.accuracy": 0.4,
      "test.gain": 0,
      "test.gapRecovered": 0.5,
      "teacher.validation.accuracy": 1.15,
      "studentAlone.validation.accuracy": 0.65,
      "validation.gain": 0.25,
      "validation.gapRecovered": 0.75,
    },
  );
  assert.deepEqual(factsWith({ test: { accuracy: 0.7 }, gapRecovered: null }).metrics, {
    "test.accuracy": 0.7,
  });
});

test("how far a run is follows from the same events", () => {
  const facts = noFacts();
  takeIn(facts, { seq: 4, time: 1, ...started } as unknown as RunEvent);
  assert.equal(facts.work.lastSeq, 4);
});
