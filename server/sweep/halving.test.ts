import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunSummary } from "../protocol.ts";
import { goingOn, halvingOf } from "./halving.ts";
import type { MemberResult } from "./results.ts";

/** A run that waits at a rung; undefined: it has failed before. */
const at = (accuracy: number | undefined, index: number, seed?: number): MemberResult => ({
  runId: `s-${index}`,
  settings: { alpha: seed === undefined ? index : index >> 1, ...(seed === undefined ? {} : { seed }) },
  summary: {
    id: `s-${index}`,
    state: accuracy === undefined ? "failed" : "stopped",
    metrics: accuracy === undefined ? {} : { "validation.accuracy": accuracy },
    member: { sweep: "/s", index, settings: {}, ...(accuracy === undefined ? {} : { rung: 1 }) },
  } as unknown as RunSummary,
});
const numbers = (members: readonly MemberResult[], eta: number) =>
  goingOn(members, eta).map(({ runId }) => Number(runId.slice(2)));
const scored = (...accuracies: (number | undefined)[]) => accuracies.map((accuracy, i) => at(accuracy, i));

test("the best 1/eta go on, one at least, equal ones in their order", () => {
  assert.deepEqual(numbers(scored(0.1, 0.5, 0.3, 0.9, 0.2, 0.8, 0.4), 3), [3, 5]);
  assert.deepEqual(numbers(scored(0.1, 0.5), 3), [1]);
  assert.deepEqual(numbers(scored(0.5, 0.5, 0.5, 0.5), 2), [0, 1]);
  assert.deepEqual(
    numbers(scored(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8), 3),
    [7, 6],
    "of eight two, not three",
  );
});

test("what has failed does not go on, and leaves the number of those that do", () => {
  assert.deepEqual(numbers(scored(undefined, 0.2, 0.1, undefined), 2), [1, 2]);
  assert.deepEqual(numbers(scored(undefined, undefined), 2), []);
  const unbegun = { ...(at(0.9, 0) as MemberResult), summary: undefined };
  assert.deepEqual(numbers([unbegun, at(0.2, 1)], 1), [1]);
});

test("seeds of a combination go on together, by their mean", () => {
  const runs = [0.9, 0.1, 0.6, 0.6, 0.2, 0.3, 0.7, undefined].map((accuracy, i) => at(accuracy, i, i % 2));
  assert.deepEqual(numbers(runs, 4), [2, 3]);
});

test("a combination with a seed that failed does not go on, even where there is room", () => {
  const runs = [0.9, undefined, 0.5, 0.5, undefined, undefined, undefined, undefined];
  assert.deepEqual(
    numbers(
      runs.map((accuracy, i) => at(accuracy, i, i % 2)),
      2,
    ),
    [2, 3],
  );
});

test("a run whose training has ended before the rung is compared, too", () => {
  const { summary, ...ended } = at(0.9, 2);
  const { member: _, ...own } = summary as RunSummary;
  assert.deepEqual(
    numbers([...scored(0.1, 0.5), { ...ended, summary: { ...own, state: "completed" } }], 3),
    [2],
  );
});

test("a metric that not every seed has does not count", () => {
  const nlls = [0.1, undefined, 0.9, 0.9];
  const runs = nlls.map((nll, i): MemberResult => {
    const { summary, ...own } = at(0.5, i, i % 2);
    const metrics = { ...summary?.metrics, ...(nll === undefined ? {} : { "validation.nll": nll }) };
    return { ...own, summary: { ...(summary as RunSummary), metrics } };
  });
  assert.deepEqual(numbers(runs, 2), [2, 3]);
});

test("without values, and with wrong ones, there are three and one", () => {
  assert.deepEqual(halvingOf(undefined), { eta: 3, rung: 1 });
  assert.deepEqual(halvingOf({ eta: "4", rung: 0 }), { eta: 3, rung: 1 });
  assert.deepEqual(halvingOf({ eta: 2.5, rung: 1.5 }), { eta: 3, rung: 1 });
  assert.deepEqual(halvingOf({ eta: 4, rung: 2 }), { eta: 4, rung: 2 });
});
