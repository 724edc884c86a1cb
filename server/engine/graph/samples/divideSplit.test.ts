// tfjs registers its gradients with its layers, in the bundle for Node.
import "@tensorflow/tfjs-layers";
import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { presetLayers } from "../../../nets/presets/presets.ts";
import { type DistillationOptions, distillationProgram } from "../../distill/program.ts";
import { buildNet, type Net } from "../../nets/net.ts";
import type { Program } from "../../program.ts";
import { splitUpdates } from "../inPlace/split.ts";
import { loweringsOf } from "../layouts/lowerForOnnxRuntime.ts";
import { optimise } from "../passes/optimise.ts";
import { trace } from "../trace.ts";
import { divideSplit } from "./divideSplit.ts";

const tapped = { student: "pooled", teacher: "pooled" };

const net = (behindFirst: Parameters<typeof buildNet>[0] = []): Net =>
  buildNet(
    [
      { type: "conv2d", filters: 8, kernelSize: 3, padding: "same" },
      ...behindFirst,
      { type: "maxPooling2d", poolSize: 2, name: "pooled" },
      { type: "flatten" },
      { type: "dense", units: 10 },
    ],
    [8, 8, 3],
  ) as Net;

const programOf = (student: Net, losses: DistillationOptions["losses"], batchSizes = [64]) =>
  distillationProgram({
    ...{ student, losses, batchSizes, evaluationBatchSizes: [] },
    optimizer: { type: "adamw" },
    teacher: "fed",
    teacherFeatures: { pooled: [4, 4, 8] },
  });

/** The entries that are computed in parts. */
function divided(program: Program, fewestSamples = 2): string[] {
  const split = splitUpdates(trace(program).map(optimise), { inPlace: true });
  return [...divideSplit(split, { parts: (samples) => (samples < fewestSamples ? 1 : 2) }).parts.keys()];
}

const kd = { type: "kd" } as const;

for (const type of ["ce", "labelSmoothing", "dkd", "reverseKl", "jsd"] as const)
  test(`${type} is computed in parts`, () => {
    assert.deepEqual(divided(programOf(net(), [kd, { type }])), ["train@64"]);
  });

for (const type of ["hint", "at", "nst", "vid"] as const)
  test(`${type} is computed in parts`, () => {
    assert.deepEqual(divided(programOf(net(), [kd, { type, ...tapped }])), ["train@64"]);
  });

for (const type of ["dist", "mlkd"] as const)
  test(`${type} compares samples, so their batch stays whole`, () => {
    assert.deepEqual(divided(programOf(net(), [kd, { type }])), []);
  });

for (const type of ["sp", "rkd", "pkt"] as const)
  test(`${type} compares samples, so their batch stays whole`, () => {
    assert.deepEqual(divided(programOf(net(), [kd, { type, ...tapped }])), []);
  });

test("a batch norm that trains needs the whole batch; layer norm and dropout do not", () => {
  assert.deepEqual(divided(programOf(net([{ type: "batchNormalization" }]), [kd])), []);
  assert.deepEqual(divided(programOf(net([{ type: "layerNormalization" }]), [kd])), ["train@64"]);
  assert.deepEqual(divided(programOf(net([{ type: "dropout", rate: 0.5 }]), [kd])), ["train@64"]);
});

test("of several batches, those that have two parts of enough samples are divided", () => {
  assert.deepEqual(divided(programOf(net(), [kd], [64, 32, 33, 8]), 32), ["train@64", "train@32"]);
});

test("an input of as many numbers as a batch has samples is not taken for theirs", () => {
  const program = (by: (logits: tf.Tensor, scale: tf.Tensor) => tf.Tensor): Program => ({
    state: {},
    entries: [
      {
        name: "scaled",
        inputs: { x: { shape: [4, 4], dtype: "float32" }, scale: { shape: [4], dtype: "float32" } },
        run: (_, { x, scale }) => ({ state: {}, outputs: { y: by(x as tf.Tensor, scale as tf.Tensor) } }),
      },
    ],
  });
  // Along the classes, and along the samples.
  assert.deepEqual(divided(program((x, scale) => tf.mul(x, scale))), []);
  assert.deepEqual(divided(program((x, scale) => tf.mul(x, tf.expandDims(scale, 1)))), ["scaled"]);
});

const worth = (
  layers: Parameters<typeof buildNet>[0],
  shape: readonly number[],
  batch = 128,
  { trains = true } = {},
) =>
  inParts(
    distillationProgram({
      student: buildNet(layers, shape) as Net,
      losses: [{ type: "ce" }],
      optimizer: { type: "adamw" },
      batchSizes: trains ? [batch] : [],
      evaluationBatchSizes: trains ? [] : [batch],
    }),
  );

/** How many parts the program has that the rule chooses. */
function inParts(program: Program): number {
  const [first] = loweringsOf(trace(program), { inPlace: true });
  return Number(/, (\d+) parts$/.exec(first?.name ?? "")?.[1] ?? 1);
}

test("parts are for steps that keep two threads busy, and for weights that are used often", () => {
  const conv = { type: "conv2d", filters: 32, kernelSize: 3, activation: "relu" } as const;
  const head = [
    { type: "maxPooling2d", poolSize: 4 },
    { type: "flatten" },
    { type: "dense", units: 10 },
  ] as const;
  assert.equal(worth([conv, ...head], [28, 28, 1]), 4);
  assert.equal(worth([conv, { ...conv, filters: 1 }, ...head], [28, 28, 1]), 4);
  assert.equal(worth([conv, ...head], [28, 28, 1], 32), 2);
  assert.equal(worth([conv, ...head], [28, 28, 1], 256), 8);
  assert.equal(worth([conv, ...head], [28, 28, 1], 1024), 16);
  assert.equal(worth([conv, ...head], [28, 28, 1], 1000), 8);
  assert.equal(worth([conv, ...head], [28, 28, 1], 31), 1);
  const lenet = presetLayers({ preset: "lenet" }, 10);
  assert.deepEqual(
    [32, 64, 128, 256].map((batch) => worth(lenet, [28, 28, 1], batch)),
    [2, 4, 4, 8],
  );
  assert.equal(worth([conv, ...head], [8, 8, 1]), 1);
  const wide = { type: "dense", units: 1200, activation: "relu" } as const;
  const mlp = [wide, wide, { type: "dense", units: 10 }] as const;
  assert.equal(worth(mlp, [784]), 1);
  assert.equal(worth(mlp, [784], 1024), 1);
  assert.equal(worth(mlp, [784], 256, { trains: false }), 1);
  const words = [
    { type: "embedding", inputDim: 1_000_000, outputDim: 32 },
    { type: "conv1d", filters: 32, kernelSize: 3 },
    { type: "globalAveragePooling1d" },
    { type: "dense", units: 10 },
  ] as const;
  assert.equal(worth(words, [256], 256, { trains: false }), 8);
  const deep = (filters: number) => [
    { type: "conv2d", filters, kernelSize: 3, padding: "same" } as const,
    { type: "conv2d", filters, kernelSize: 3, padding: "same" } as const,
    { type: "globalAveragePooling2d" } as const,
    { type: "dense", units: 10 } as const,
  ];
  assert.deepEqual(
    [512, 1024, 2048, 3072].map((filters) => worth(deep(filters), [8, 8, 3], 256)),
    [8, 4, 2, 1],
  );
  const normalised = [conv, { type: "batchNormalization" }, ...head] as const;
  assert.equal(worth(normalised, [28, 28, 1]), 1);
  assert.equal(worth(normalised, [28, 28, 1], 256, { trains: false }), 8);
});
