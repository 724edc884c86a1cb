import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph.ts";
import { traced } from "../passes/tracing.ts";
import { chooseForm, windowBudget } from "./choose.ts";

const convolution = (batch: number): Graph =>
  traced({ x: [batch, 32, 32, 16], filter: [3, 3, 16, 16] }, ({ x, filter }) => [
    tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, "same"),
  ]);
/** 16 channels · 9 taps · 1024 positions · 4 bytes */
const bytesPerSample = 589_824;

test("the batch is innermost as long as the windows fit", () => {
  const fitting = Math.floor(windowBudget / bytesPerSample);
  assert.equal(chooseForm([convolution(fitting)]).form, "batch-innermost");
  const choice = chooseForm([convolution(fitting + 1)]);
  assert.equal(choice.form, "plain");
  assert.match(choice.reason, /^channels first: 257 MiB of convolution windows/);
});

test("the largest entry decides", () => {
  assert.equal(chooseForm([convolution(1), convolution(1000)]).form, "plain");
});

test("a net without convolutions has nothing to choose", () => {
  const graph = traced({ x: [2, 3] }, ({ x }) => [tf.exp(x as tf.Tensor)]);
  assert.deepEqual(chooseForm([graph]).form, "batch-innermost");
});
