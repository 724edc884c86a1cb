import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunEvent } from "../../schemas/run-event.gen.ts";
import { pointsOf } from "./points.ts";

const step = (seq: number, more: object = {}): RunEvent => ({
  seq,
  time: 1000 + seq,
  type: "step",
  step: seq,
  epoch: seq / 10,
  loss: 0.5,
  terms: { kd: { raw: 1, weighted: 0.7 } },
  learningRate: 0.001,
  gradNorm: null,
  stepMs: 2,
  dataMs: 0,
  samplesPerSecond: 100,
  ...more,
});

test("a step is a point of every series that it has a number for", () => {
  const points = pointsOf([step(4)]);
  assert.deepEqual(points, {
    fromSeq: 4,
    toSeq: 4,
    rewound: false,
    points: [
      {
        seq: 4,
        step: 4,
        epoch: 0.4,
        time: 1004,
        values: {
          loss: 0.5,
          learningRate: 0.001,
          gradNorm: null,
          stepMs: 2,
          dataMs: 0,
          samplesPerSecond: 100,
          "terms.kd.raw": 1,
          "terms.kd.weighted": 0.7,
        },
      },
    ],
  });
});

test("the memory taken is a point where a step tells it", () => {
  const points = pointsOf([step(4, { memory: 5e8 }), step(5)])?.points;
  assert.deepEqual(
    points?.map(({ values }) => values["memory"]),
    [5e8, undefined],
  );
});

test("an evaluation is a point of its split's metrics; a teacher's steps are a curve of its own", () => {
  const points = pointsOf([
    step(0, { subject: "studentAlone" }),
    step(1, { subject: "teacher" }),
    {
      seq: 2,
      time: 5,
      type: "evaluation",
      split: "validation",
      step: 9,
      epoch: 1,
      metrics: { accuracy: 0.9 },
    },
  ]);
  assert.deepEqual(points?.points, [
    { seq: 1, step: 1, epoch: 0.1, time: 1001, values: { "teacher.loss": 0.5 } },
    { seq: 2, step: 9, epoch: 1, time: 5, values: { "validation.accuracy": 0.9 } },
  ]);
  assert.equal(points?.toSeq, 2);
});

test("a resumed run went back: the curves are to be read again", () => {
  const started: RunEvent = {
    seq: 9,
    time: 1,
    type: "started",
    runId: "r",
    mode: "resume",
    step: 5,
    totalSteps: 10,
  };
  assert.equal(pointsOf([started])?.rewound, true);
  assert.equal(pointsOf([]), undefined);
});
