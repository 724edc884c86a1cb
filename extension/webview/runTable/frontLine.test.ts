import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunSummary } from "../../../server/protocol.ts";
import { columnsOf } from "./columns.ts";
import { frontLine } from "./frontLine.ts";

const run = (parameters: number, accuracy: number, more: Partial<RunSummary> = {}): RunSummary => ({
  id: `${parameters}`,
  directory: `/runs/${parameters}`,
  experiment: "/e",
  name: "e",
  startedAt: "2026-01-01T00:00:00Z",
  state: "completed",
  elapsedSeconds: 1,
  step: 1,
  parameters,
  metrics: { "validation.accuracy": accuracy, "validation.nll": 1 - accuracy },
  ...more,
});

function front(runs: readonly RunSummary[], across = "parameters", up = "validation.accuracy"): number[] {
  const columns = columnsOf(runs, undefined);
  const named = [across, up].map((id) => columns.find((column) => column.id === id) ?? assert.fail(id));
  return frontLine(runs, named).map(({ parameters = 0 }) => parameters);
}

test("the front has the completed runs that none smaller equals, by the direction of the metric", () => {
  const runs = [run(400, 0.95), run(100, 0.9), run(200, 0.88), run(300, 0.95), run(500, 0.97)];
  assert.deepEqual(front(runs), [100, 300, 500]);
  assert.deepEqual(front(runs, "parameters", "validation.nll"), [100, 300, 500]);
  assert.deepEqual(front([...runs, run(50, 0.99, { state: "stopped" })]), [100, 300, 500]);
});

test("a front is of latency and of FLOPs, too", () => {
  const costly = { latencyMs: 3, flops: 30 };
  const runs = [run(1, 0.9, costly), run(2, 0.95, { latencyMs: 1, flops: 10 }), run(3, 0.97, costly)];
  assert.deepEqual(front(runs, "latency"), [2, 3]);
  assert.deepEqual(front(runs, "FLOPs"), [2, 3]);
});

test("there is none of one size, and none across a metric", () => {
  const runs = [run(100, 0.9), run(100, 0.95)];
  assert.deepEqual(front(runs), []);
  assert.deepEqual(front([run(100, 0.9), run(200, 0.95)], "validation.nll"), []);
});
