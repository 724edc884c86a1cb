import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { traced } from "../../../../test/support/tracing.ts";
import { presetLayers } from "../../../nets/presets/presets.ts";
import type { LayerSpec } from "../../../nets/shapes.ts";
import { distillationProgram } from "../../distill/program.ts";
import { buildNet } from "../../nets/net.ts";
import type { Graph } from "../graph.ts";
import { trace } from "../trace.ts";
import { chooseLowering, hasLargeTensors } from "./chooseLowering.ts";

/** A convolution and its gradients. @param channels read and made; 6 are too few for a block */
const convolution = (batch: number, size: number, channels = 6): Graph =>
  traced({ x: [batch, size, size, channels], filter: [3, 3, channels, channels] }, ({ x, filter }) =>
    tf.grads((x: tf.Tensor, filter: tf.Tensor) =>
      tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, "same"),
    )([x as tf.Tensor, filter as tf.Tensor]),
  );

test("the batch is innermost where there are samples enough to copy at once", () => {
  const { lowering, reason } = chooseLowering([convolution(128, 28)]);
  assert.deepEqual(
    [lowering, reason],
    ["batch-innermost", "batch innermost: maps of up to 784 positions, batches of 128"],
  );
  assert.equal(chooseLowering([convolution(128, 96)]).lowering, "batch-innermost");
  assert.equal(
    chooseLowering([convolution(1, 64)]).reason,
    "channels first: maps of up to 4096 positions, batches of 1",
  );
});

test("the largest maps are not gathered", () => {
  assert.equal(chooseLowering([convolution(128, 97)]).lowering, "plain");
});

test("all entries decide", () => {
  assert.equal(chooseLowering([convolution(1, 64), convolution(128, 64)]).lowering, "batch-innermost");
  assert.equal(chooseLowering([convolution(128, 8), convolution(128, 97)]).lowering, "plain");
});

test("channels lie in blocks, whether they fill them or not, on maps of any size", () => {
  assert.match(
    chooseLowering([convolution(128, 32, 16)]).reason,
    /^blocks of channels: .* of the time by estimate$/,
  );
  assert.equal(chooseLowering([convolution(16, 96, 32)]).lowering, "blocked");
  assert.equal(chooseLowering([convolution(128, 32, 24)]).lowering, "blocked");
});

test("what keeps the machine from blocks is told, and the next best lowering taken", () => {
  const obstacles = { blocked: "a block has 8 channels on this processor" };
  assert.equal(
    chooseLowering([convolution(128, 32, 16)], obstacles).reason,
    "batch innermost: maps of up to 1024 positions, batches of 128, " +
      "no blocks of channels because a block has 8 channels on this processor",
  );
  assert.equal(chooseLowering([convolution(16, 97, 32)], obstacles).lowering, "plain");
  assert.doesNotMatch(chooseLowering([convolution(128, 28)], obstacles).reason, /because/);
});

const conv = (filters: number, padding: "same" | "valid" = "same"): LayerSpec => ({
  type: "conv2d",
  filters,
  kernelSize: 3,
  padding,
  activation: "relu",
});
const pool: LayerSpec = { type: "maxPooling2d", poolSize: 2 };
const norm: LayerSpec = { type: "batchNormalization" };
const normed = (filters: number, kernelSize: number): LayerSpec[] => [
  { type: "conv2d", filters, kernelSize, padding: "same", useBias: false },
  norm,
  { type: "reLU" },
];
const separable = (filters: number, strides: number): LayerSpec[] => [
  { type: "depthwiseConv2d", kernelSize: 3, strides, padding: "same", useBias: false },
  norm,
  { type: "reLU" },
  ...normed(filters, 1),
];
const head: LayerSpec[] = [{ type: "flatten" }, { type: "dense", units: 10 }];

/** The step of a student, as it is trained. */
function trainingStep(layers: readonly LayerSpec[], inputShape: readonly number[]): readonly Graph[] {
  const student = buildNet(layers, inputShape);
  assert.ok(!("problems" in student));
  const losses = [{ type: "ce", weight: 1 }] as const;
  return trace(distillationProgram({ student, losses, optimizer: { type: "sgd" }, batchSizes: [128] }));
}

// Measured on one thread with 512-bit vectors, batch 128: ms of the batch innermost and of blocks.
const measured: Readonly<
  Record<string, [lowering: string, layers: readonly LayerSpec[], shape: readonly number[]]>
> = {
  "ResNet-8, 32×32: 208 and 120": ["blocked", presetLayers({ preset: "resnet", depth: 8 }, 10), [32, 32, 3]],
  "ResNet-8, width 32: 612 and 422": [
    "blocked",
    presetLayers({ preset: "resnet", depth: 8, width: 32 }, 10),
    [32, 32, 3],
  ],
  "three convolutions and pools, 32×32: 113 and 97": [
    "blocked",
    [conv(32), pool, conv(64), pool, conv(128), pool, ...head],
    [32, 32, 3],
  ],
  "two convolutions and pools, 28×28: 24 and 29": [
    "batch-innermost",
    [conv(32, "valid"), pool, conv(64, "valid"), pool, ...head],
    [28, 28, 1],
  ],
  "the same with padding: 46 and 44": ["blocked", [conv(32), pool, conv(64), pool, ...head], [28, 28, 1]],
  "8 and 16 channels without padding: 3.8 and 8.3": [
    "batch-innermost",
    [conv(8, "valid"), pool, conv(16, "valid"), pool, ...head],
    [28, 28, 1],
  ],
  "without padding, with batch norm: 45 and 37": [
    "blocked",
    [conv(32, "valid"), norm, pool, conv(64, "valid"), norm, pool, ...head],
    [28, 28, 1],
  ],
  "depthwise convolutions of 24 and 40 channels: 127 and 67": [
    "blocked",
    [
      ...normed(24, 3),
      ...separable(40, 1),
      ...separable(72, 2),
      { type: "globalAveragePooling2d" },
      head[1] as LayerSpec,
    ],
    [20, 20, 3],
  ],
  "LeNet: 11 and 34": ["batch-innermost", presetLayers({ preset: "lenet" }, 10), [28, 28, 1]],
  "24 and 48 channels, which fill no block: 61 and 52": [
    "blocked",
    [conv(24), pool, conv(48), pool, ...head],
    [32, 32, 3],
  ],
};

for (const [what, [lowering, layers, shape]] of Object.entries(measured))
  test(`the faster lowering is chosen: ${what}`, () => {
    assert.equal(chooseLowering(trainingStep(layers, shape)).lowering, lowering);
  });

test("a net without convolutions has nothing to choose", () => {
  const graph = traced({ x: [2, 3] }, ({ x }) => [tf.exp(x as tf.Tensor)]);
  assert.equal(chooseLowering([graph]).lowering, "batch-innermost");
  assert.equal(hasLargeTensors([graph]), false);
});

test("tensors are large when the windows of an entry are", () => {
  // 16 channels · 9 taps · 1024 positions · 4 bytes = 576 KiB a sample; 64 MiB are 113 samples and a bit
  assert.equal(hasLargeTensors([convolution(113, 32, 16)]), false);
  assert.equal(hasLargeTensors([convolution(114, 32, 16)]), true);
});
