import assert from "node:assert/strict";
import { test } from "node:test";
import { layerShapes } from "../../nets/shapes.ts";
import { featureObstacle, projectorLayers } from "./features.ts";

const sizes = [1, 2, 3, 4, 5, 6, 8];

test("a projector brings every map to the teacher's shape, or there is none", () => {
  for (const kind of ["linear", "relu"] as const)
    for (const h of sizes)
      for (const w of sizes)
        for (const height of sizes)
          for (const width of sizes) {
            const [student, teacher] = [
              [h, w, 3],
              [height, width, 5],
            ];
            const layers = projectorLayers(kind, student, teacher);
            const fits = (h >= height && w >= width) || (2 * h === height && 2 * w === width);
            assert.equal(layers !== undefined, fits, `${student} to ${teacher}`);
            if (layers) assert.deepEqual(layerShapes(layers, student).outputShape, teacher);
          }
});

test("flat features are projected by a dense layer", () => {
  const layers = projectorLayers("relu", [7], [9]) ?? [];
  assert.deepEqual(
    layers.map(({ type }) => type),
    ["dense", "batchNormalization", "reLU"],
  );
  assert.deepEqual(layerShapes(layers, [7]).outputShape, [9]);
  assert.equal(projectorLayers("linear", [7], [3, 3, 2]), undefined);
});

test("a hint of unequal shapes asks for the projector that would help", () => {
  assert.equal(featureObstacle("hint", [4, 4, 3], [4, 4, 3]), undefined);
  assert.equal(featureObstacle("hint", [4, 4, 3], [4, 4, 5])?.projector, "relu");
  assert.equal(featureObstacle("hint", [4], [5])?.projector, "linear");
  assert.equal(featureObstacle("hint", [4, 4, 3], [9, 9, 5])?.projector, undefined);
  assert.equal(featureObstacle("hint", [4, 4, 3], [4, 4, 5], "linear"), undefined);
  assert.match(featureObstacle("hint", [4, 4, 3], [9, 9, 5], "relu")?.message ?? "", /no projector/);
});

test("attention and variation need maps of which one is the larger", () => {
  assert.equal(featureObstacle("at", [8, 6, 3], [4, 6, 5]), undefined);
  assert.match(featureObstacle("at", [8, 4, 3], [4, 8, 5])?.message ?? "", /neither map/);
  assert.match(featureObstacle("at", [8], [4, 8, 5])?.message ?? "", /feature maps.*\[8\].*\[4, 8, 5\]/);
  assert.equal(featureObstacle("vid", [8], [5]), undefined);
  assert.match(featureObstacle("vid", [8], [1, 1, 5])?.message ?? "", /two flat features/);
  assert.match(featureObstacle("vid", [8, 4, 3], [4, 8, 5])?.message ?? "", /neither map/);
});

test("relations of samples take features of any shape", () => {
  for (const type of ["sp", "rkd", "pkt"] as const)
    assert.equal(featureObstacle(type, [8], [4, 8, 5]), undefined);
});
