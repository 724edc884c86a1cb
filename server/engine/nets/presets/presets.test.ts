import assert from "node:assert/strict";
import { test } from "node:test";
import { layerShapes } from "../shapes.ts";
import { type PresetSpec, presetLayers } from "./presets.ts";

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
