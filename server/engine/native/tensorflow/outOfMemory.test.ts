import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { trace } from "../../graph/trace.ts";
import { batchThatFits, footprint, isOutOfMemory, OutOfMemory } from "./outOfMemory.ts";

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
  assert.deepEqual(footprint(graph), { batchSize: 8, perBatch: 4 * (80 + 1600), fixed: 4 * (1000 + 1) });
});

test("the largest power of two that fits, at most half of what did not", () => {
  const needs = { batchSize: 128, perBatch: 128 * 1000, fixed: 2000 };
  // Half again is allowed for the allocator: 150,000 bytes hold 100,000, which are 98 samples and what is fixed.
  assert.equal(batchThatFits(needs, 150_000), 64);
  assert.equal(batchThatFits(needs, 60_000), 32); // (40,000 - 2,000) / 1,000 = 38
  assert.equal(batchThatFits(needs, 1e9), 64); // more than it seems was needed
  assert.equal(batchThatFits({ ...needs, batchSize: 100 }, undefined), 32);
  assert.equal(batchThatFits(needs, 3000), undefined); // not even one
  assert.equal(batchThatFits({ ...needs, batchSize: 1 }, 1e9), undefined);
});

test("TensorFlow's words for it are known", () => {
  for (const message of [
    "Session fail to run with error: OOM when allocating tensor with shape[128,64,112,112] and type float on /job:localhost",
    "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 4294967296 bytes",
    "failed to allocate memory",
    "CUDA_ERROR_OUT_OF_MEMORY: out of memory",
  ])
    assert.ok(isOutOfMemory(message), message);
  assert.ok(!isOutOfMemory("indices[0] = 3 is not in [0, 3)"));
});

test("the message names entry, batch and what to set", () => {
  assert.equal(
    new OutOfMemory("train@128", 128, 32, "").message,
    "The device's memory is too small for train@128: a batch of 128 does not fit. Set data.batchSize to 32.",
  );
  assert.match(new OutOfMemory("train@1", 1, undefined, "").message, /whatever the batch size/);
});
