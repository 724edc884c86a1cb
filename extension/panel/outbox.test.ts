import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunSummary } from "../../server/protocol.ts";
import type { HostMessage, Points } from "./messages.ts";
import { Outbox } from "./outbox.ts";

const run = (index: number): RunSummary =>
  ({ id: `${index}`, directory: `/runs/${index}`, name: "run", state: "running" }) as RunSummary;
const points = (seq: number): Points => ({
  fromSeq: seq,
  toSeq: seq,
  points: [{ seq, step: seq, epoch: 0, time: 0, values: { loss: seq } }],
  rewound: false,
});

/** A page that takes messages when it is told to. */
function page(runs: RunSummary[]) {
  const got: HostMessage[] = [];
  const waiting: (() => void)[] = [];
  const outbox = new Outbox({
    post: (message) => {
      got.push(message);
      return new Promise<void>((resolve) => waiting.push(resolve));
    },
    runs: () => ({
      ...{ runs: [...runs], answers: {}, loaded: true, isDown: false },
      defaults: { smoothing: 0, logScale: false },
    }),
  });
  return {
    outbox,
    got,
    take: () => {
      for (const taken of waiting.splice(0)) taken();
    },
  };
}

const until = async (isDone: () => boolean): Promise<void> => {
  while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 5));
};

test("points that come while the page is busy go out together, once it has the last message", async () => {
  const { outbox, got, take } = page([]);
  for (let seq = 0; seq < 50; seq++) outbox.addPoints("/runs/0", points(seq));
  outbox.addPoints("/runs/1", points(0));
  // Longer than the pace: it is the page that is waited for.
  await new Promise((resolve) => setTimeout(resolve, 120));
  assert.equal(got.length, 1);
  take();
  await until(() => got.length === 3);
  take();
  const [first, second, other] = got.map((message) => (message.type === "points" ? message : assert.fail()));
  assert.equal(first?.points.points.length, 1);
  assert.deepEqual([second?.points.fromSeq, second?.points.toSeq, second?.points.points.length], [1, 49, 49]);
  assert.equal(other?.directory, "/runs/1");
  outbox.dispose();
});

test("new points go out in the frame in which the page has the last message", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { outbox, got, take } = page([]);
  outbox.addPoints("/runs/0", points(0));
  outbox.addPoints("/runs/0", points(1));
  take();
  await new Promise((resolve) => setImmediate(resolve));
  t.mock.timers.tick(16);
  assert.equal(got.length, 2);
  take();
  outbox.dispose();
});

test("a page that is far behind reads its curves again", async () => {
  const { outbox, got, take } = page([]);
  outbox.addPoints("/runs/0", points(0));
  const many = {
    ...points(1),
    toSeq: 20_000,
    points: Array.from({ length: 20_000 }, () => points(1).points).flat(),
  };
  outbox.addPoints("/runs/0", many);
  outbox.addPoints("/runs/0", points(20_001));
  take();
  await until(() => got.length === 2);
  take();
  const { points: late } = got[1]?.type === "points" ? got[1] : assert.fail();
  assert.deepEqual([late.rewound, late.points.length, late.toSeq], [true, 0, 20_001]);
  outbox.dispose();
});

test("of 5,000 runs those that changed are sent, and which are gone; a new page gets them all", async () => {
  const runs = Array.from({ length: 5000 }, (_, index) => run(index));
  const { outbox, got, take } = page(runs);
  outbox.begin();
  runs[3] = { ...run(3), state: "completed" };
  runs.pop();
  outbox.noteRuns();
  await until(() => got.length === 2);
  take();
  const [whole, changed] = got.map((message) => (message.type === "runs" ? message : assert.fail()));
  assert.deepEqual([whole?.runs.length, whole?.removed], [5000, undefined]);
  assert.deepEqual(changed?.runs, [runs[3]]);
  assert.deepEqual(changed?.removed, ["/runs/4999"]);
  outbox.begin();
  assert.equal(got[2]?.type === "runs" && got[2].runs.length, 4999);
  take();
  outbox.dispose();
});
