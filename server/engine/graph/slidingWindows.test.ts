import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { traced } from "../../../test/support/tracing.ts";
import type { Node } from "./graph.ts";
import { OUTSIDE, positions, reach, type Windows, windowsOf } from "./slidingWindows.ts";

/** The windows of the last node that has any. */
function windowsIn(run: (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor): Windows {
  const inputs = { x: [2, 4, 4, 1], filter: [3, 3, 1, 1] };
  const { nodes } = traced(inputs, ({ x, filter }) => [run(x as tf.Tensor4D, filter as tf.Tensor4D)]);
  return windowsOf(nodes.findLast((node) => windowsOf(node) !== undefined) as Node) as Windows;
}

const under = (windows: Windows, output: number): number[] =>
  positions(windows.taps).map((tap) => windows.at(output, tap));

test("a window covers positions row by row", () => {
  const windows = windowsIn((x, filter) => tf.conv2d(x, filter, 1, "valid"));
  assert.deepEqual([windows.inputs, windows.outputs, windows.taps], [16, 4, 9]);
  assert.deepEqual(under(windows, 3), [5, 6, 7, 9, 10, 11, 13, 14, 15]);
});

test("padding is outside", () => {
  const windows = windowsIn((x, filter) => tf.conv2d(x, filter, 1, "same"));
  assert.deepEqual(under(windows, 0), [OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE, 0, 1, OUTSIDE, 4, 5]);
});

test("strides and dilations spread what is read", () => {
  assert.deepEqual(
    under(
      windowsIn((x) => tf.maxPool(x, 2, 2, "valid")),
      3,
    ),
    [10, 11, 14, 15],
  );
  const dilated = windowsIn((x) => tf.conv2d(x, tf.ones([2, 2, 1, 1]) as tf.Tensor4D, 1, "valid", "NHWC", 3));
  assert.deepEqual(under(dilated, 0), [0, 3, 12, 15]);
});

test("windows that neither overlap nor leave the map are disjoint", () => {
  assert.equal(windowsIn((x) => tf.maxPool(x, 2, 2, "valid")).disjoint, true);
  assert.equal(windowsIn((x) => tf.maxPool(x, 2, 3, "valid")).disjoint, true); // the last row and column are not read
  assert.equal(windowsIn((x) => tf.maxPool(x, 2, 1, "valid")).disjoint, false);
  assert.equal(windowsIn((x) => tf.maxPool(x, 3, 3, "same")).disjoint, false);
});

test("gradients have the windows of what they are the gradients of", () => {
  const gradients = [
    windowsIn((x, filter) => tf.grad((x) => tf.sum(tf.conv2d(x as tf.Tensor4D, filter, 1, "valid")))(x)),
    windowsIn((x, filter) =>
      tf.grad((filter) => tf.sum(tf.conv2d(x, filter as tf.Tensor4D, 1, "valid")))(filter),
    ),
    windowsIn((x) => tf.grad((x) => tf.sum(tf.maxPool(x as tf.Tensor4D, 3, 1, "valid")))(x)),
    windowsIn((x) => tf.grad((x) => tf.sum(tf.avgPool(x as tf.Tensor4D, 3, 1, "valid")))(x)),
  ];
  for (const windows of gradients) assert.deepEqual(under(windows, 1), [1, 2, 3, 5, 6, 7, 9, 10, 11]);
});

test("what windows reach, each position once and ascending", () => {
  const windows = windowsIn((x, filter) => tf.conv2d(x, filter, 1, "same"));
  assert.deepEqual(reach(windows, [1, 0]), [0, 1, 2, 4, 5, 6]);
});

test("other kernels have no windows", () => {
  const { nodes } = traced({ x: [2, 3] }, ({ x }) => [tf.exp(x as tf.Tensor)]);
  assert.equal(windowsOf(nodes[0] as Node), undefined);
});
