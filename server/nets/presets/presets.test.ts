import assert from "node:assert/strict";
import { test } from "node:test";
import { lostMasks } from "../lostMasks.ts";
import { layerShapes } from "../shapes.ts";
import { layersIfValid, type PresetSpec, presetLayers } from "./presets.ts";

const check = (spec: PresetSpec, shape: readonly number[], classes: number, parameters: number) => {
  const plan = layerShapes(presetLayers(spec, classes), shape);
  assert.deepEqual(plan.problems, []);
  assert.deepEqual(plan.outputShape, [classes]);
  assert.equal(plan.parameterCount, parameters);
};

test("mlp: dense layers on the flattened input", () => {
  check({ preset: "mlp", hidden: [64] }, [28, 28, 1], 10, 784 * 64 + 64 + 64 * 10 + 10);
  check({ preset: "mlp", hidden: [800, 800], dropout: 0.5 }, [784], 10, 785 * 800 + 801 * 800 + 801 * 10);
  const layers = presetLayers({ preset: "mlp", hidden: [8, 4], activation: "tanh", dropout: 0.2 }, 3);
  assert.deepEqual(
    layers.map(({ type }) => type),
    ["flatten", "dense", "dropout", "dense", "dropout", "dense"],
  );
});

test("lenet: 61,706 parameters, as the paper's net has on 32×32", () => {
  check({ preset: "lenet" }, [28, 28, 1], 10, 61_706);
});

test("resnet: the paper's counts plus two projections and the norms", () => {
  // He et al. give 0.27 M for depth 20; the projections 16·32 + 32·64 and their norms come on top.
  const convolutions =
    27 * 16 + 6 * 9 * 16 * 16 + 9 * 16 * 32 + 5 * 9 * 32 * 32 + 9 * 32 * 64 + 5 * 9 * 64 * 64;
  const norms = 4 * (7 * 16 + 6 * 32 + 6 * 64);
  const shortcuts = 16 * 32 + 32 * 64 + 4 * (32 + 64);
  check({ preset: "resnet", depth: 20 }, [32, 32, 3], 10, convolutions + norms + shortcuts + 650);
});

test("resnet: depth counts the layers with weights on the main path", () => {
  for (const depth of [8, 20, 56]) {
    const layers = presetLayers({ preset: "resnet", depth, width: 4 }, 10);
    const main = layers.filter(
      ({ type, name }) => (type === "conv2d" || type === "dense") && !name?.includes("shortcut"),
    );
    assert.equal(main.length, depth);
    assert.deepEqual(layerShapes(layers, [32, 32, 3]).problems, []);
  }
});

test("vit: patches, positions, blocks and one dense layer, counted by hand", () => {
  // 12 · width² weights a block, biases, of which the keys have none, and two norms.
  const block = (width: number) => 12 * width ** 2 + (2 + 1 + 4 + 1) * width + 4 * width;
  const whole = (width: number, depth: number, patch: number, places: number) =>
    (patch + 1) * width + places * width + depth * block(width) + 2 * width + (width + 1) * 10;
  check({ preset: "vit" }, [28, 28, 1], 10, whole(64, 4, 16, 49));
  check(
    { preset: "vit", patchSize: 8, width: 32, depth: 2, heads: 8 },
    [32, 32, 3],
    10,
    whole(32, 2, 192, 16),
  );
});

test("vit: dropout stands before each addition, and heads that do not divide the width are smaller", () => {
  const layers = presetLayers({ preset: "vit", depth: 2, width: 10, heads: 3, dropout: 0.1 }, 3);
  assert.equal(layers.filter(({ type }) => type === "dropout").length, 4);
  const { problems, layers: planned } = layerShapes(layers, [8, 8, 1]);
  assert.deepEqual(problems, []);
  const attention = planned.find((layer) => layer?.type === "multiHeadAttention");
  assert.deepEqual(attention?.parameters["queryKernel"]?.shape, [10, 9]);
  const sums = planned.filter((layer) => layer?.type === "add" && layer.name.startsWith("block"));
  assert.deepEqual(
    sums.map((layer) => layer?.inputs[1]),
    ["block1.dropout1", "block1.dropout2", "block2.dropout1", "block2.dropout2"],
  );
});

test("keys that are not what they should be have no layers; what is left out has its default", () => {
  const layers = (spec: Readonly<Record<string, unknown>>) =>
    layersIfValid(String(spec["preset"]), (key) => spec[key], 10);
  assert.deepEqual(layers({ preset: "vit" }), presetLayers({ preset: "vit" }, 10));
  assert.deepEqual(
    layers({ preset: "resnet", depth: 8, width: 4 }),
    presetLayers({ preset: "resnet", depth: 8, width: 4 }, 10),
  );
  for (const wrong of [
    { preset: "mlp" },
    { preset: "mlp", hidden: [0] },
    { preset: "lenet", filters: [6] },
    { preset: "resnet", depth: 1e6 },
    { preset: "vit", mlpRatio: 0 },
    { preset: "toString" },
  ])
    assert.equal(layers(wrong), undefined, JSON.stringify(wrong));
});

test("mobilenetV2: torchvision's counts at every width, and the two averages of each norm", () => {
  for (const [width, weights, averages] of [
    [1, 2_236_682, 34_112],
    [0.5, 700_490, 18_544],
    [1.4, 4_333_706, 47_936],
  ] as const)
    check({ preset: "mobilenetV2", width }, [224, 224, 3], 10, weights + averages);
  const sizes = ([8, 16, 32] as const).map((reduction) => {
    const layers = presetLayers({ preset: "mobilenetV2", reduction, dropout: 0.2 }, 10);
    return layerShapes(layers, [32, 32, 3]).layers.find((layer) => layer?.name === "head.relu")?.outputShape;
  });
  assert.deepEqual(sizes, [
    [4, 4, 1280],
    [2, 2, 1280],
    [1, 1, 1280],
  ]);
});

test("transformer: vectors of tokens and places, and vit's blocks", () => {
  const block = 12 * 64 ** 2 + 12 * 64;
  const parameters = 100 * 64 + 20 * 64 + 2 * block + 2 * 64 + 65 * 3;
  check({ preset: "transformer", vocabulary: 100 }, [20], 3, parameters);
  const layers = presetLayers({ preset: "transformer", vocabulary: 100, maskToken: 1, dropout: 0.1 }, 3);
  const { layers: planned, problems } = layerShapes(layers, [20]);
  assert.deepEqual(problems, []);
  assert.deepEqual(lostMasks(planned.filter((layer) => layer !== undefined)), []);
});
