import assert from "node:assert/strict";
import { test } from "node:test";
import { resolve } from "../../language/resolve.ts";
import { negativesProblem, remembered } from "./negativeSampling.ts";

const { losses } = resolve({
  data: { train: { type: "csv", path: "x.csv", label: "y" } },
  teacher: { type: "onnx", path: "t.onnx" },
  student: { preset: "mlp", hidden: [4] },
  losses: [{ type: "ce" }, { type: "crd", student: "a", teacher: "b" }],
});
const anyOther = losses.map((loss) =>
  loss.type === "crd" ? { ...loss, negativesFrom: "otherSamples" as const } : loss,
);

test("one class, or one sample, leaves nothing to compare with", () => {
  const [one, several] = [Int32Array.of(1, 1, 1), Int32Array.of(1, 1, 0)];
  assert.equal(negativesProblem(losses, { labels: several }), undefined);
  assert.equal(negativesProblem(losses, { labels: one })?.problem.code, "no-negatives");
  assert.match(negativesProblem(losses, { labels: one })?.problem.hint ?? "", /"otherSamples"/);
  assert.equal(negativesProblem(anyOther, { labels: one }), undefined);
  assert.match(
    negativesProblem(anyOther, { labels: one.subarray(1, 2) })?.problem.message ?? "",
    /only one\.$/,
  );
  assert.equal(negativesProblem([{ type: "ce", weight: 1 }], { labels: one }), undefined);
});

test("what is remembered of the samples is told with its size", () => {
  assert.match(remembered(losses, { count: 60_000 }) ?? "", /each of 60,000 samples: 61 MB/);
  assert.equal(remembered([{ type: "ce", weight: 1 }], { count: 60_000 }), undefined);
});
