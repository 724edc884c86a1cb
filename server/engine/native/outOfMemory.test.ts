import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { trace } from "../graph/trace.ts";
import { batchThatFits, checkMemory, isOutOfMemory, OutOfMemory, workOf } from "./outOfMemory.ts";

test("the largest power of two that fits, at most half of what did not", () => {
  const needs = { batchSize: 128, perBatch: 128 * 1000, fixed: 2000 };
  // A runtime may take twice as much: 150,000 bytes hold 75,000, which are 73 samples and what is fixed.
  assert.equal(batchThatFits(needs, 150_000), 64);
  assert.equal(batchThatFits(needs, 80_000), 32); // (40,000 - 2,000) / 1,000 = 38
  assert.equal(batchThatFits(needs, 1e9), 64); // more than it seems was needed
  assert.equal(batchThatFits({ ...needs, batchSize: 100 }, undefined), 32);
  assert.equal(batchThatFits(needs, 4000), undefined); // not even one
  assert.equal(batchThatFits({ ...needs, batchSize: 1 }, 1e9), undefined);
});

// At exp: two tensors [64, 2²⁰] of floats, 512 MiB, and the input [64, 1].
const graphs = trace({
  state: {},
  entries: [1, 64].map((batch) => ({
    name: `train@${batch}`,
    inputs: { x: { shape: [batch, 1], dtype: "float32" as const } },
    run: (_: unknown, { x }: Readonly<Record<string, Tensor>>) => ({
      state: {},
      outputs: { mean: tf.mean(tf.exp(tf.tile(x as Tensor, [1, 2 ** 20]))) },
    }),
  })),
});

test("before anything is run: what fits, what may not, and what cannot", () => {
  assert.equal(checkMemory(graphs, { available: 2 ** 30 + 1000 }), undefined);
  assert.equal(
    checkMemory(graphs, { available: 1e9 }),
    "A training step of 64 samples takes about 0.5 GB, and the machine has 1.0 GB. If it fails, set data.batchSize to 32.",
  );
  assert.throws(() => checkMemory(graphs, { available: 2 ** 28, device: "card" }), {
    code: "out-of-memory",
    batchSize: 8,
    message:
      "The card's memory is too small for a training step: 64 samples do not fit. Set data.batchSize to 8.",
  });
  assert.equal(checkMemory([], { available: 0 }), undefined);
});

test("what runtimes and JavaScript say of it is known", () => {
  for (const message of [
    "Session fail to run with error: OOM when allocating tensor with shape[128,64,112,112] and type float on /job:localhost",
    "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 4294967296 bytes",
    "bfc_arena.cc:360 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool) Failed to allocate memory for requested buffer of size 1592524800",
    "CUDA_ERROR_OUT_OF_MEMORY: out of memory",
    "std::bad_alloc",
    "Array buffer allocation failed",
  ])
    assert.ok(isOutOfMemory(message), message);
  assert.ok(!isOutOfMemory("indices[0] = 3 is not in [0, 3)"));
});

test("the message names the work, its batch and what to set", () => {
  const needs = { batchSize: 128, perBatch: 128 * 1000, fixed: 0 };
  assert.equal(
    new OutOfMemory(workOf("train@128", needs, 64_000)).message,
    "The device's memory is too small for a training step: 128 samples do not fit. Set data.batchSize to 32.",
  );
  assert.match(new OutOfMemory(workOf("train@128", needs, 0)).message, /step, whatever the batch size\.$/);
  // An evaluation takes four times as many samples as a step: those of 8 do fit.
  assert.equal(
    new OutOfMemory(workOf("evaluate@128", needs, 64_000), { device: "card" }).message,
    "The card's memory is too small for an evaluation: 128 samples do not fit. Set data.batchSize to 8.",
  );
  assert.match(new OutOfMemory(workOf("evaluate@128", needs, 4000)).message, /evaluation, whatever/);
});

test("where no batch size fits, the tensor is named that has to be smaller", () => {
  const banks = trace({
    state: { "losses/crd/student.bank": { shape: [2 ** 20, 256], dtype: "float32" } },
    entries: [
      {
        name: "train@64",
        inputs: { x: { shape: [64, 256], dtype: "float32" }, rows: { shape: [64, 1], dtype: "int32" } },
        run: ({ "losses/crd/student.bank": bank }, { x, rows }) => ({
          state: {
            "losses/crd/student.bank": tf.tensorScatterUpdate(bank as Tensor, rows as Tensor, x as Tensor),
          },
          outputs: {},
        }),
      },
    ],
  });
  // A bank of 2³⁰ bytes and its next value; 64 divides its rows, and yet they are no batch.
  assert.throws(() => checkMemory(banks, { available: 2 ** 29 }), {
    message: "The machine's memory is too small for a training step, whatever the batch size.",
    hint: "Make losses/crd/student.bank smaller, which takes 2.1 GB, or use a machine that has more memory.",
  });
  assert.match(
    checkMemory(banks, { available: 2 ** 31 }) ?? "",
    /If it fails, make losses\/crd\/student\.bank smaller, which takes 2\.1 GB\.$/,
  );
});
