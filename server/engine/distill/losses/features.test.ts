import assert from "node:assert/strict";
import { test } from "node:test";
import "@tensorflow/tfjs-backend-cpu";
import { ones, setBackend } from "@tensorflow/tfjs-core";
import { featureObstacle, projectorLayers, smallerExtents } from "../../../nets/comparedFeatures.ts";
import { layerShapes } from "../../../nets/shapes.ts";
import { type Term, termsOf } from "./losses.ts";
import { ownNet } from "./ownNet.ts";
import { initialRho, regression } from "./vid.ts";

test.before(() => setBackend("cpu"));

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
  assert.equal(featureObstacle("sameShape", [4, 4, 3], [4, 4, 3]), undefined);
  assert.equal(featureObstacle("sameShape", [4, 4, 3], [4, 4, 5])?.projector, "relu");
  assert.equal(featureObstacle("sameShape", [4], [5])?.projector, "linear");
  assert.equal(featureObstacle("sameShape", [4, 4, 3], [9, 9, 5])?.projector, undefined);
  assert.equal(featureObstacle("sameShape", [4, 4, 3], [4, 4, 5], "linear"), undefined);
  assert.match(featureObstacle("sameShape", [4, 4, 3], [9, 9, 5], "relu")?.message ?? "", /no projector/);
});

test("attention and variation need maps of which one is the larger", () => {
  assert.equal(featureObstacle("maps", [8, 6, 3], [4, 6, 5]), undefined);
  assert.equal(featureObstacle("sameChannels", [8, 6, 3], [4, 9, 3]), undefined);
  assert.match(
    featureObstacle("sameChannels", [8, 6, 3], [4, 6, 5])?.message ?? "",
    /a channel for each class/,
  );
  assert.match(featureObstacle("maps", [8, 4, 3], [4, 8, 5])?.message ?? "", /neither map/);
  assert.match(featureObstacle("maps", [8], [4, 8, 5])?.message ?? "", /feature maps.*\[8\].*\[4, 8, 5\]/);
  assert.equal(featureObstacle("mapsOrFlat", [8], [5]), undefined);
  assert.match(featureObstacle("mapsOrFlat", [8], [1, 1, 5])?.message ?? "", /two flat features/);
  assert.match(featureObstacle("mapsOrFlat", [8, 4, 3], [4, 8, 5])?.message ?? "", /neither map/);
});

const pair = { student: "own", teacher: "seen" };
const context = (own: readonly number[], seen: readonly number[]) => ({
  shapes: { student: { own }, teacher: { seen } },
  samples: 0,
});

test("what is in the way of two features names both shapes", () => {
  const shapes = "the student's features are [8, 4, 3], the teacher's [4, 8, 5]";
  assert.deepEqual(featureObstacle("maps", [8, 4, 3], [4, 8, 5]), {
    message: `neither map is the larger one; ${shapes}`,
  });
  assert.deepEqual(featureObstacle("mapsOrFlat", [8, 4, 3], [4, 8, 5]), {
    message: `neither map is the larger one; ${shapes}`,
  });
  assert.deepEqual(featureObstacle("sameShape", [8, 4, 3], [4, 8, 5], "relu"), {
    message: `no projector brings one to the other; ${shapes}`,
  });
  assert.deepEqual(featureObstacle("sameShape", [8, 4, 3], [4, 8, 5]), {
    message: `without a projector they must have one shape; ${shapes}`,
  });
  assert.deepEqual(featureObstacle("maps", [4, 8, 5], [8]), {
    message:
      "it compares feature maps [height, width, channels]; the student's features are [4, 8, 5], the teacher's [8]",
  });
  assert.deepEqual(featureObstacle("mapsOrFlat", [8, 4], [8, 4]), {
    message:
      "it compares two feature maps, or two flat features; the student's features are [8, 4], the teacher's [8, 4]",
  });
  assert.equal(featureObstacle("maps", [4, 6, 3], [8, 6, 5]), undefined);
  assert.equal(featureObstacle("mapsOrFlat", [4, 6, 3], [8, 6, 5]), undefined);
  assert.match(featureObstacle("sameShape", [4, 4], [4, 4, 3])?.message ?? "", /must have one shape/);
  assert.equal(featureObstacle("any", [8], [4, 8, 5]), undefined);
});

test("the smaller of two maps has the smaller extent either way", () => {
  assert.deepEqual(smallerExtents([8, 4, 3], [4, 8, 5]), [4, 4]);
});

test("projectors are mdistiller's", () => {
  const conv = { name: "conv", filters: 5, useBias: false };
  assert.deepEqual(projectorLayers("relu", [4, 4, 3], [4, 4, 5]), [
    { type: "conv2d", kernelSize: [1, 1], ...conv },
    { type: "batchNormalization", name: "bn", epsilon: 1e-5, momentum: 0.9 },
    { type: "reLU", name: "relu" },
  ]);
  assert.deepEqual(projectorLayers("linear", [4, 6, 3], [2, 3, 5]), [
    { type: "zeroPadding2d", name: "pad", padding: 1 },
    { type: "conv2d", kernelSize: 3, strides: 2, ...conv },
  ]);
  assert.deepEqual(projectorLayers("linear", [2, 3, 3], [4, 6, 5]), [
    { type: "conv2dTranspose", kernelSize: 4, strides: 2, padding: "same", ...conv },
  ]);
  assert.deepEqual(projectorLayers("linear", [5, 7, 3], [4, 4, 5]), [
    { type: "conv2d", kernelSize: [2, 4], ...conv },
  ]);
  assert.deepEqual(projectorLayers("linear", [7], [9]), [{ type: "dense", name: "dense", units: 9 }]);
  assert.equal(projectorLayers("linear", [3, 3, 2], [2]), undefined);
  assert.equal(projectorLayers("linear", [9, 9], [3, 3, 2]), undefined);
});

test("a hint has weights only with a projector, whose norm moves with the batches", () => {
  const [plain] = termsOf([{ type: "hint", ...pair }], context([2, 2, 3], [2, 2, 3])) as [Term];
  assert.equal(plain.own, undefined);
  const [term] = termsOf([{ type: "hint", ...pair, projector: "relu" }], context([2, 2, 3], [2, 2, 5])) as [
    Term,
  ];
  assert.deepEqual([term.needsTeacher, term.teacherTaps], [true, ["seen"]]);
  const parameters = term.own?.parameters ?? {};
  assert.deepEqual(Object.keys(parameters), [
    "hint/conv.kernel",
    "hint/bn.gamma",
    "hint/bn.beta",
    "hint/bn.movingMean",
    "hint/bn.movingVariance",
  ]);
  const [student, teacher] = [ones([4, 2, 2, 3]), ones([4, 2, 2, 5])];
  const { averages = {} } = term.value({
    student: { logits: student, taps: { own: student } },
    teacher: { logits: teacher, taps: { seen: teacher } },
    labels: { weights: student },
    own: Object.fromEntries(Object.entries(parameters).map(([name, { shape }]) => [name, ones([...shape])])),
  });
  // Each output of the convolution is 3: the mean moves a tenth of the way from 1, and the variance of 0 from 1.
  const close = (found: ArrayLike<number> | undefined, expected: number) =>
    Array.from(found ?? [Number.NaN]).every((value) => Math.abs(value - expected) < 1e-6);
  assert.ok(close(averages["hint/bn.movingMean"]?.dataSync(), 1.2));
  assert.ok(close(averages["hint/bn.movingVariance"]?.dataSync(), 0.9));
});

test("a hint says that no projector would do", () => {
  assert.throws(
    () => termsOf([{ type: "hint", ...pair, projector: "relu" }], context([4, 4, 3], [9, 9, 5])),
    /^Error: hint: no projector for these features$/,
  );
  assert.throws(
    () => ownNet("term", [{ type: "conv2d", name: "c", filters: 2, kernelSize: 3 }], [2, 2, 3]),
    /^Error: term: ./,
  );
});

test("vid's variances are trained, one a channel of the teacher, and do not decay", () => {
  const [term] = termsOf([{ type: "vid", ...pair }], context([3], [5])) as [Term];
  assert.deepEqual([term.needsTeacher, term.teacherTaps], [true, ["seen"]]);
  assert.deepEqual(term.own?.parameters["vid/rho"], {
    shape: [5],
    role: "bias",
    initializer: "zeros",
    trainable: true,
    decays: false,
  });
  assert.deepEqual(term.own?.initial(1)["vid/rho"], new Float32Array(5).fill(initialRho));
  const layer = { type: "conv2d", filters: 7, kernelSize: 1, useBias: false };
  assert.deepEqual(regression(7), [
    { ...layer, name: "conv1", activation: "relu" },
    { ...layer, name: "conv2", activation: "relu" },
    { ...layer, name: "conv3", activation: "linear" },
  ]);
});
