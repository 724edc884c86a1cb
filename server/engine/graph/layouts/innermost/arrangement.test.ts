import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { traced } from "../../../../../test/support/tracing.ts";
import type { Graph, Value } from "../../graph.ts";
import { optimise } from "../../passes/optimise.ts";
import { computedPositions } from "../computedPositions.ts";
import { findSupport } from "../support.ts";
import { arrange } from "./arrangement.ts";

const inputs = { x: [2, 5, 5, 1], filter: [2, 2, 1, 1], other: [2, 2, 1, 1] };
type Run = (x: tf.Tensor4D, filter: tf.Tensor4D, other: tf.Tensor4D) => tf.Tensor;

const graphOf = (run: Run): Graph =>
  optimise(
    traced(inputs, ({ x, filter, other }) => [
      run(x as tf.Tensor4D, filter as tf.Tensor4D, other as tf.Tensor4D),
    ]),
  );

const outputOf = (graph: Graph, kernel: string): Value =>
  graph.nodes.find((node) => node.kernel === kernel)?.outputs[0] as Value;

const convolve = (x: tf.Tensor, filter: tf.Tensor): tf.Tensor4D =>
  tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, "valid");
const pool = (x: tf.Tensor): tf.Tensor4D => tf.maxPool(x as tf.Tensor4D, 2, 2, "valid");

test("support: a pool's gradient is zero where no window looks, and so is what is multiplied with it", () => {
  // 5 × 5 under a 2 × 2 pool: the last row and column get no gradient.
  const inside = [0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13, 15, 16, 17, 18];
  const graph = graphOf((x) => tf.grad((x) => tf.sum(tf.square(pool(tf.tanh(x)))))(x));
  const support = findSupport(graph);
  assert.deepEqual(support.get(outputOf(graph, "MaxPoolGrad")), inside);
  assert.deepEqual(support.get(graph.outputs.get("0") as Value), inside);
});

test("support: what is added to an image that is zero nowhere is zero nowhere", () => {
  const graph = graphOf((x) => tf.add(x, tf.grad((x) => tf.sum(tf.square(pool(x))))(x)));
  assert.equal(findSupport(graph).get(graph.outputs.get("0") as Value), undefined);
});

test("support: a convolution's gradient reaches as far as the windows of dy's support", () => {
  const graph = graphOf((x, filter) => tf.grad((x) => tf.sum(tf.square(pool(convolve(x, filter)))))(x));
  assert.equal(findSupport(graph).get(outputOf(graph, "Conv2DBackpropInput")), undefined); // 4 × 4, pooled whole
  const strided = graphOf((x, filter) =>
    tf.grad((x) => tf.sum(tf.square(pool(tf.conv2d(x as tf.Tensor4D, filter, 2, "valid")))))(x),
  );
  const reached = [0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13, 15, 16, 17, 18];
  assert.deepEqual(findSupport(strided).get(outputOf(strided, "Conv2DBackpropInput")), reached);
});

function computedIn(graph: Graph) {
  return computedPositions(graph, findSupport(graph));
}

test("crop: of an image that only a pool reads, what the pool does not look at is not computed", () => {
  const graph = graphOf((x, filter, other) => pool(convolve(convolve(x, filter), other))); // 5 → 4 → 3 → 1
  const computed = computedIn(graph);
  const [first, second] = graph.nodes
    .filter(({ kernel }) => kernel === "Conv2D")
    .map(({ outputs }) => outputs[0] as Value);
  assert.deepEqual(computed.get(second as Value), [0, 1, 3, 4]);
  assert.deepEqual(computed.get(first as Value), [0, 1, 2, 4, 5, 6, 8, 9, 10]);
  assert.deepEqual(
    computed.get(graph.inputs.get("x") as Value),
    [0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13, 15, 16, 17, 18],
  );
});

test("crop: who reads everything has everything", () => {
  const graph = graphOf((x, filter) => {
    const image = convolve(x, filter);
    return tf.add(tf.sum(pool(tf.slice(image, [0, 0, 0, 0], [2, 3, 3, 1]))), tf.sum(image));
  });
  assert.equal(computedIn(graph).get(outputOf(graph, "Conv2D"))?.length, 16);
});

test("crop: the gradient of an average pool does not read the image that it is the gradient of", () => {
  const graph = graphOf((x) =>
    tf.grad((x) => tf.sum(tf.square(tf.avgPool(tf.exp(x) as tf.Tensor4D, 2, 2, "valid"))))(x),
  );
  assert.equal(computedIn(graph).get(outputOf(graph, "Exp"))?.length, 16);
});

const partsIn = (graph: Graph, kernel: string) =>
  arrange(graph, computedIn(graph)).get(outputOf(graph, kernel));

test("pool split: an image that only a pool reads has one part for each window offset", () => {
  const graph = graphOf((x, filter) => pool(tf.relu(convolve(x, filter))));
  const split = [
    [0, 2, 8, 10],
    [1, 3, 9, 11],
    [4, 6, 12, 14],
    [5, 7, 13, 15],
  ];
  assert.deepEqual(partsIn(graph, "Conv2D"), split);
  assert.deepEqual(partsIn(graph, "Relu"), split);
});

test("pool split: pools in a row are split in each other's order", () => {
  const graph = graphOf((x, filter) => pool(pool(convolve(x, filter))));
  assert.deepEqual(partsIn(graph, "Conv2D")?.[0], [0, 2, 8, 10]);
  const [first] = partsIn(graph, "MaxPool") ?? [];
  assert.deepEqual(first, [0]);
});

test("pool split: an image that somebody else reads too stays whole", () => {
  const graph = graphOf((x, filter, other) => {
    const image = convolve(x, filter);
    return tf.add(tf.sum(pool(image)), tf.sum(tf.square(convolve(image, other))));
  });
  assert.equal(partsIn(graph, "Conv2D")?.length, 1);
});

test("pool split: windows that overlap do not split", () => {
  const graph = graphOf((x, filter) => tf.maxPool(convolve(x, filter), 2, 1, "valid"));
  assert.equal(partsIn(graph, "Conv2D")?.length, 1);
});
