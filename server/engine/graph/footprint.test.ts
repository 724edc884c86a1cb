import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { footprint } from "./footprint.ts";
import { trace } from "./trace.ts";

const float = (...shape: number[]) => ({ shape, dtype: "float32" }) as const;

test("an entry's peak: state and inputs all along, others from their making to their last use", () => {
  const [graph] = trace({
    state: { w: float(10, 100) },
    entries: [
      {
        name: "train@8",
        inputs: { x: float(8, 10), rate: float() },
        run: ({ w }, { x, rate }) => {
          const hidden = tf.matMul(x as Tensor, w as Tensor); // [8, 100]
          const active = tf.exp(hidden); // [8, 100], beside hidden
          const total = tf.sum(active); // hidden is gone
          return { state: { w: tf.mul(w as Tensor, rate as Tensor) }, outputs: { total } };
        },
      },
    ],
  });
  assert.ok(graph);
  // At exp: x (8·10) and both activations (2 · 8·100) grow with the batch; w (10·100) and the rate do not.
  assert.deepEqual(footprint(graph), {
    batchSize: 8,
    perBatch: 4 * (80 + 1600),
    fixed: 4 * (1000 + 1),
    largest: { name: "w", bytes: 2 * 4 * 1000 },
  });
});

test("the next value of the state does not grow with a batch that happens to divide its rows", () => {
  const [graph] = trace({
    state: { bank: float(16, 100) },
    entries: [
      {
        name: "train@8",
        inputs: { x: float(8) },
        run: ({ bank }, { x }) => ({
          state: { bank: tf.mul(bank as Tensor, tf.sum(x as Tensor)) },
          outputs: {},
        }),
      },
    ],
  });
  assert.ok(graph);
  const { perBatch, fixed } = footprint(graph);
  assert.deepEqual([perBatch, fixed], [4 * 8, 4 * (2 * 1600 + 1)]);
  // Where the bank is updated in its place there is no next value.
  assert.deepEqual(footprint(graph, { inPlace: true }).fixed, 4 * (1600 + 1));
});
