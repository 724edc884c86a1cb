import assert from "node:assert/strict";
import { test } from "node:test";
// tfjs registers its gradients with its layers, in the bundle for Node.
import "@tensorflow/tfjs-layers";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Entry } from "../program.ts";
import { unsupportedKernels } from "./unsupported.ts";

const entry = (name: string, run: (x: Tensor) => Tensor): Entry => ({
  name,
  inputs: { x: { shape: [1, 8, 8, 2], dtype: "float32" } },
  run: (_, { x }) => ({ state: {}, outputs: { y: run(x as Tensor) } }),
});
const filter = () => tf.ones<tf.Rank.R4>([3, 3, 2, 2]);

test("a program that can be compiled has nothing to report", () => {
  const program = { state: {}, entries: [entry("train", (x) => tf.grad((z: Tensor) => tf.relu(z))(x))] };
  assert.deepEqual(unsupportedKernels(program), []);
});

test("each entry's first obstacle is reported with its layer", () => {
  const norm = (x: Tensor) => tf.tidy("layer:lrn", () => tf.localResponseNormalization(x as Tensor4D));
  const dilated = (x: Tensor) => tf.conv2d(x as Tensor4D, filter(), 1, "valid", "NHWC", 2);
  const program = {
    state: {},
    entries: [entry("train", (x) => tf.grad(dilated)(x)), entry("evaluate", norm), entry("predict", dilated)],
  };
  const found = unsupportedKernels(program);
  assert.deepEqual(
    found.map(({ entry, kernel, scope }) => [entry, kernel, scope]),
    [
      ["train", undefined, undefined],
      ["evaluate", "LRN", "layer:lrn"],
    ],
  );
  assert.match(found[0]?.why ?? "", /dilation rates greater than 1 are not yet supported in gradients/);
});
