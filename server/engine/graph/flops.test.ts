import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { traced } from "../../../test/support/tracing.ts";
import { flopsOf, totalOf } from "./flops.ts";

test("a product multiplies and adds once for each pair that meets, whichever side is transposed", () => {
  const graph = traced({ a: [3, 5], b: [5, 7], c: [3, 7] }, ({ a, b, c }) => [
    tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D), // 2·3·5·7
    tf.matMul(a as tf.Tensor2D, c as tf.Tensor2D, true), // [5, 3] [3, 7]: 2·5·3·7
  ]);
  assert.deepEqual(flopsOf(graph), { BatchMatMul: 420 });
});

test("a convolution costs its window at every output position; its gradients cost the same", () => {
  const graph = traced({ x: [2, 5, 5, 3], w: [3, 3, 3, 4] }, ({ x, w }) => {
    const [dx, dw] = tf.grads((x: tf.Tensor, w: tf.Tensor) =>
      tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "valid"),
    )([x as tf.Tensor, w as tf.Tensor]) as [tf.Tensor, tf.Tensor];
    return [tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "valid"), dx, dw];
  });
  const one = 2 * 9 * 3 * 4 * (3 * 3) * 2; // taps, channels read and made, output positions, samples
  assert.deepEqual(flopsOf(graph), { Conv2D: one, Conv2DBackpropInput: one, Conv2DBackpropFilter: one });
});

test("strides count the windows that there are, and a depthwise filter meets one channel at a time", () => {
  const strided = traced({ x: [2, 8, 8, 3], w: [3, 3, 3, 4] }, ({ x, w }) => [
    tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, "same"), // 4 × 4 windows
  ]);
  assert.equal(totalOf(flopsOf(strided)), 2 * 9 * 3 * 4 * 16 * 2);
  const depthwise = traced({ x: [2, 8, 8, 3], w: [3, 3, 3, 2] }, ({ x, w }) => [
    tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same"),
  ]);
  assert.equal(totalOf(flopsOf(depthwise)), 2 * 9 * 3 * 2 * 64 * 2);
});

test("what is asked for twice or not at all is not counted twice or at all", () => {
  const graph = traced({ a: [3, 5], b: [5, 7] }, ({ a, b }) => {
    tf.matMul(b as tf.Tensor2D, b as tf.Tensor2D, true);
    return [tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D), tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D)];
  });
  assert.equal(totalOf(flopsOf(graph)), 2 * 3 * 5 * 7);
});
