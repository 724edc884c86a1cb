import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type OrtEvent, stepsOf } from "./onnxruntime.ts";

// Recorded from two runs of a ← a x + a, with fewer fields per op.
const events = JSON.parse(
  readFileSync(new URL("fixtures/onnxruntime.json", import.meta.url), "utf8"),
) as OrtEvent[];

test("ops are counted in the run that they belong to; loading the model is no op", () => {
  const [first, second] = stepsOf(events, [0.3, 0.05]);
  assert.deepEqual(Object.keys(first?.ops ?? {}), ["Gemm", "Add"]);
  assert.equal(first?.ms, 0.3);
  assert.ok(Math.abs((first?.busyMs ?? 0) - 0.125) < 1e-9); // 113 + 12 µs
  assert.ok(Math.abs((second?.ops["Gemm"]?.ms ?? 0) - 0.014) < 1e-9);
  assert.ok(Math.abs((second?.ops["Add"]?.ms ?? 0) - 0.003) < 1e-9);
});

test("a profile of other runs than those that were timed is refused", () => {
  assert.throws(() => stepsOf(events, [0.3]), /has 2 runs; there were 1/);
});
