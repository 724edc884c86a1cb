import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { profiledStep } from "./profile.ts";
import { tracedRuns } from "./runMetadata.ts";

// Two runs of a ← a x + a on one thread, recorded.
const runs = tracedRuns(readFileSync(new URL("fixtures/tensorflow.trace", import.meta.url)));

test("each run has its ops, with their times since its first", () => {
  assert.equal(runs.length, 2);
  const [, second = []] = runs;
  assert.deepEqual(second.map(({ op }) => op).sort(), [
    "AddV2",
    "AssignVariableOp",
    "Const",
    "NoOp",
    "ReadVariableOp",
    "VarHandleOp",
    "_Arg",
    "_MklMatMul",
    "_Retval",
  ]);
  assert.deepEqual(
    second.find(({ op }) => op === "_MklMatMul"),
    { op: "_MklMatMul", start: 0.064667, end: 0.107741 },
  );
});

test("on one thread no ops are at once", () => {
  const { busyMs, ops } = profiledStep(1, runs[1] ?? []);
  const sum = Object.values(ops).reduce((total, { ms }) => total + ms, 0);
  assert.ok(Math.abs(sum - busyMs) < 1e-9);
});
