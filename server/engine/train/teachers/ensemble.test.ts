import assert from "node:assert/strict";
import { test } from "node:test";
import { meanOfLogits, meanOfProbabilities } from "./ensemble.ts";

const softmax = (row: readonly number[]): number[] => {
  const sum = row.reduce((sum, z) => sum + Math.exp(z), 0);
  return row.map((z) => Math.exp(z) / sum);
};

test("logits of an ensemble stand for the weighted mean, of probabilities or of logits, whatever constant each adds", () => {
  const a = [2, -1, 0.5, 0, 0, 0];
  const b = [-3, 4, 1, 800, -800, 0]; // exp(800) is no number
  const given = [Float32Array.from(a), Float32Array.from(b)];
  const shares = [0.25, 0.75];
  const out = new Float32Array(6);

  meanOfProbabilities(given, shares, { classes: 3, out });
  const [first, second] = [softmax(a.slice(0, 3)), softmax(b.slice(0, 3))];
  const mean = first.map((p, k) => 0.25 * p + 0.75 * (second[k] as number));
  // The logits are stored in float32: relative 2⁻²⁴ of numbers up to 4.
  for (const [k, p] of softmax([...out.subarray(0, 3)]).entries())
    assert.ok(Math.abs(p - (mean[k] as number)) < 1e-6, `${p}, not ${mean[k]}`);
  const extreme = softmax([...out.subarray(3)]);
  for (const [k, p] of [0.25 / 3 + 0.75, 0.25 / 3, 0.25 / 3].entries())
    assert.ok(Math.abs((extreme[k] as number) - p) < 1e-6, `${extreme[k]}, not ${p}`);

  meanOfLogits(given, shares, { out });
  assert.deepEqual([...out], [-1.75, 2.75, 0.875, 600, -600, 0]);
});
