import assert from "node:assert/strict";
import { test } from "node:test";
import type { Experiment } from "../../schemas/experiment.gen.ts";
import { resolve } from "./resolve.ts";

const smallest: Experiment = {
  data: { train: { type: "idx", images: "x", labels: "y" } },
  student: { preset: "mlp", hidden: [64] },
};

test("the smallest experiment has every default", () => {
  assert.deepEqual(resolve(smallest, "mnist"), {
    name: "mnist",
    tags: [],
    data: {
      train: { type: "idx", images: "x", labels: "y" },
      normalize: { scale: 1, mean: 0, std: 1 },
      augment: [],
      batchSize: 128,
      shuffle: true,
      sampler: "all",
      standardizeTargets: false,
      storage: "auto",
      dropRemainder: false,
    },
    student: { preset: "mlp", hidden: [64], activation: "relu", dropout: 0 },
    losses: [
      { type: "kd", temperature: 3, standardize: false, weight: 0.7 },
      { type: "ce", weight: 0.3 },
    ],
    optimizer: {
      type: "adamw",
      learningRate: 0.001,
      weightDecay: 0.01,
      betas: [0.9, 0.999],
      epsilon: 1e-8,
      amsgrad: false,
      decayBiasAndNorm: false,
    },
    schedule: { type: "constant", warmup: 0 },
    training: { epochs: 10, precision: "float32", reportEvery: 1, keepCheckpoints: 3 },
    seed: 0,
    baselines: { studentAlone: false },
    engine: "auto",
    device: "auto",
  });
});

test("temperature and alpha become losses; one alone takes the other's default", () => {
  const losses = (part: Partial<Experiment>) => resolve({ ...smallest, ...part }).losses;
  assert.deepEqual(losses({ temperature: 8 }), [
    { type: "kd", temperature: 8, standardize: false, weight: 0.7 },
    { type: "ce", weight: 0.3 },
  ]);
  assert.deepEqual(losses({ alpha: 0.9 }), [
    { type: "kd", temperature: 3, standardize: false, weight: 0.9 },
    { type: "ce", weight: 0.1 },
  ]);
  assert.deepEqual(losses({ losses: [{ type: "kd" }] }), [
    { type: "kd", temperature: 3, standardize: false, weight: 1 },
  ]);
});

test("a loss has the weight that is usual for it", () => {
  const [dist, own] = resolve({
    ...smallest,
    losses: [{ type: "dist" }, { type: "dist", weight: 1 }],
  }).losses;
  assert.deepEqual(dist, { type: "dist", temperature: 4, beta: 1, gamma: 1, weight: 2 });
  assert.equal(own?.weight, 1);
});

test("a number of steps takes the place of the default number of epochs", () => {
  assert.deepEqual(resolve({ ...smallest, training: { steps: 5 } }).training, {
    steps: 5,
    precision: "float32",
    reportEvery: 1,
    keepCheckpoints: 3,
  });
});

test("a trained teacher takes batch size and seed from the student's training", () => {
  const { teacher } = resolve({
    ...smallest,
    data: { ...smallest.data, batchSize: 32 },
    seed: 7,
    teacher: {
      type: "layers",
      preset: "resnet",
      depth: 20,
      train: { epochs: 3, optimizer: { type: "sgd" } },
    },
  });
  assert.ok(teacher?.type === "layers" && "preset" in teacher && teacher.preset === "resnet");
  assert.equal(teacher.width, 16);
  const { batchSize, seed, epochs, optimizer, schedule } = teacher.train;
  assert.deepEqual({ batchSize, seed, epochs }, { batchSize: 32, seed: 7, epochs: 3 });
  assert.equal(optimizer.type === "sgd" && optimizer.momentum, 0);
  assert.deepEqual(schedule, { type: "constant", warmup: 0 });
});

test("layers have Keras's defaults", () => {
  const { student } = resolve({
    ...smallest,
    student: { layers: [{ type: "conv2d", filters: 8, kernelSize: 3 }] },
  });
  assert.deepEqual("layers" in student && student.layers, [
    {
      type: "conv2d",
      filters: 8,
      kernelSize: 3,
      strides: 1,
      padding: "valid",
      dilationRate: 1,
      activation: "linear",
      useBias: true,
      kernelInitializer: "glorotNormal",
      biasInitializer: "zeros",
    },
  ]);
});

test("resolving twice changes nothing, and the original stays as it is", () => {
  const before = structuredClone(smallest);
  const once = resolve(smallest, "a");
  assert.deepEqual(resolve(once as Experiment, "b"), once);
  assert.deepEqual(smallest, before);
});

test("a stage takes from the experiment what it does not say, and the losses are those of all stages", () => {
  const staged: Experiment = {
    ...smallest,
    temperature: 5,
    alpha: 1,
    optimizer: { type: "sgd", learningRate: 0.1 },
    training: { epochs: 4 },
    stages: [
      { name: "a", losses: [{ type: "ce" }], training: { steps: 9, clipNorm: 1 } },
      { name: "b", optimizer: { type: "adam" }, training: { clipNorm: 2 } },
      { name: "c", losses: [{ type: "ce" }] },
    ],
  };
  const resolved = resolve(staged, "x");
  const kd = [
    { type: "kd", temperature: 5, standardize: false, weight: 1 },
    { type: "ce", weight: 0 },
  ];
  const parts = resolved.stages?.map(({ losses, optimizer, schedule, training }) => [
    losses,
    optimizer.type,
    optimizer.learningRate,
    schedule.type,
    training,
  ]);
  const ce = [{ type: "ce", weight: 1 }];
  assert.deepEqual(parts, [
    [ce, "sgd", 0.1, "constant", { steps: 9, clipNorm: 1 }],
    [kd, "adam", 0.001, "constant", { epochs: 4, clipNorm: 2 }],
    [ce, "sgd", 0.1, "constant", { epochs: 4 }],
  ]);
  assert.deepEqual(resolved.losses, [...ce, ...kd]);
  assert.deepEqual(resolve(resolved as unknown as Experiment, "x"), resolved);
});
