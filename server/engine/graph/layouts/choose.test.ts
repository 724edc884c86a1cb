import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph.ts";
import { traced } from "../passes/tracing.ts";
import { chooseForm, hasLargeTensors } from "./choose.ts";

const convolution = (batch: number, size: number): Graph =>
  traced({ x: [batch, size, size, 16], filter: [3, 3, 16, 16] }, ({ x, filter }) => [
    tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, "same"),
  ]);

test("the batch is innermost for maps of the sizes that were measured", () => {
  assert.deepEqual(chooseForm([convolution(128, 28)]), {
    form: "batch-innermost",
    reason: "batch innermost: maps of up to 784 positions, batches of 128",
  });
  assert.equal(chooseForm([convolution(128, 64)]).form, "batch-innermost");
  assert.deepEqual(chooseForm([convolution(128, 65)]), {
    form: "plain",
    reason: "channels first: maps of up to 4225 positions, batches of 128",
  });
});

test("a few samples are worth it on small maps alone", () => {
  assert.equal(chooseForm([convolution(2, 28)]).form, "batch-innermost");
  assert.equal(chooseForm([convolution(15, 32)]).form, "plain");
  assert.equal(chooseForm([convolution(16, 32)]).form, "batch-innermost");
});

test("the largest batch and the largest map of all entries decide", () => {
  assert.equal(chooseForm([convolution(1, 32), convolution(128, 32)]).form, "batch-innermost");
  assert.equal(chooseForm([convolution(128, 8), convolution(128, 80)]).form, "plain");
});

test("a net without convolutions has nothing to choose", () => {
  const graph = traced({ x: [2, 3] }, ({ x }) => [tf.exp(x as tf.Tensor)]);
  assert.equal(chooseForm([graph]).form, "batch-innermost");
  assert.equal(hasLargeTensors([graph]), false);
});

test("tensors are large when the windows of an entry are", () => {
  // 16 channels · 9 taps · 1024 positions · 4 bytes = 576 KiB a sample; 64 MiB are 113 samples and a bit
  assert.equal(hasLargeTensors([convolution(113, 32)]), false);
  assert.equal(hasLargeTensors([convolution(114, 32)]), true);
});
