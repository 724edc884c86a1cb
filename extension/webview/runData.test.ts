import assert from "node:assert/strict";
import { test } from "node:test";
import type { Points } from "../panel/messages.ts";
import { RunData } from "./runData.ts";

/** A run read up to seq 3, with losses at the steps 1, 2, 3. */
function readRun(): RunData {
  const data = new RunData("/r");
  const steps = [1, 2, 3];
  data.setOverview({
    series: { loss: { step: steps, min: steps, max: steps, last: steps, time: steps, epoch: steps } },
    available: ["loss"],
    lastSeq: 3,
  });
  return data;
}

const told = (...seqs: number[]): Points => ({
  fromSeq: seqs[0] ?? 0,
  toSeq: seqs.at(-1) ?? 0,
  rewound: false,
  points: seqs.map((seq) => ({ seq, step: seq, epoch: seq, time: 1000 + 1000 * seq, values: { loss: seq } })),
});
const losses = (data: RunData) => data.overview.get("loss")?.last;

test("what comes next is added at the end", () => {
  const data = readRun();
  assert.equal(data.append(told(4, 5)), true);
  assert.deepEqual(losses(data), [1, 2, 3, 4, 5]);
  // The first event is at the end of the reading, whatever its clock; the next ones follow by the time between.
  assert.deepEqual(data.overview.get("loss")?.time, [1, 2, 3, 3, 4]);
});

test("what was read already is not added again, whole batches or parts of them", () => {
  const data = readRun();
  assert.equal(data.append(told(2, 3)), true);
  assert.equal(data.append(told(3, 4)), true);
  assert.deepEqual(losses(data), [1, 2, 3, 4]);
});

test("until the student has steps time goes on from the teacher's", () => {
  const data = new RunData("/r");
  const [step, time] = [
    [1, 2],
    [10, 20],
  ];
  const read = { step, min: step, max: step, last: step, time, epoch: step };
  data.setOverview({ series: { "teacher.loss": read }, available: ["teacher.loss"], lastSeq: 3 });
  const point = { seq: 4, step: 3, epoch: 3, time: 99_000, values: { "teacher.loss": 3 } };
  assert.equal(data.append({ fromSeq: 4, toSeq: 4, rewound: false, points: [point] }), true);
  assert.deepEqual(data.overview.get("teacher.loss")?.time, [10, 20, 20]);
});

test("a gap, a rewind and a new series call for reading anew", () => {
  assert.equal(readRun().append(told(5)), false);
  assert.equal(readRun().append({ ...told(4), rewound: true }), false);
  const other = { seq: 4, step: 4, epoch: 4, time: 0, values: { "validation.accuracy": 1 } };
  assert.equal(readRun().append({ ...told(4), points: [other] }), false);
});

test("before the first reading nothing is added: the reading will hold it", () => {
  const data = new RunData("/r");
  assert.equal(data.append(told(0, 1)), true);
  assert.equal(data.lastSeq, -1);
});

test("the zoomed part is used only where it covers what is on the screen", () => {
  const data = readRun();
  const fine = { step: [2], min: [2], max: [2], last: [20], time: [2], epoch: [2] };
  data.setDetail([2, 3], { series: { loss: fine }, available: ["loss"], lastSeq: 3 });
  assert.deepEqual(data.columns("loss", [2, 3])?.last, [20]);
  assert.deepEqual(data.columns("loss", [1, 3])?.last, [1, 2, 3]);
  assert.deepEqual(data.columns("loss", undefined)?.last, [1, 2, 3]);
});
