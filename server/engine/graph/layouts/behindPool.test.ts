import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { kernelsOf, traced } from "../../../../test/support/tracing.ts";
import {
  biased,
  convolve,
  dense,
  flatten,
  type TestNet,
  trainsAsEager,
} from "../../../../test/support/trainingNets.ts";
import type { Graph, Value } from "../graph.ts";
import { optimise } from "../passes/optimise.ts";
import { type Rule, rewrite } from "../passes/rewrite.ts";
import { lowerPlain } from "../plain.ts";
import { behindPool, biasBehindPool, reluBehindPool, sumBehindPool } from "./behindPool.ts";

type Run = (x: tf.Tensor4D, bias: tf.Tensor1D) => tf.Tensor;

function check(rules: readonly Rule[], run: Run, expected: readonly string[]): Graph {
  const inputs = { x: [2, 4, 4, 3], bias: [3] };
  const graph = optimise(traced(inputs, ({ x, bias }) => [run(x as tf.Tensor4D, bias as tf.Tensor1D)]));
  const rewritten = rewrite(graph, rules);
  assert.deepEqual(kernelsOf(rewritten), expected);
  return rewritten;
}

const pool = (x: tf.Tensor): tf.Tensor4D => tf.maxPool(x as tf.Tensor4D, 2, 2, "valid");
const gradientOf = (f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): tf.Tensor =>
  tf.grad((x) => tf.sum(tf.exp(f(x))))(x);

const shapeOfX = (graph: Graph, node: number): readonly number[] | undefined =>
  (graph.nodes[node]?.inputs["x"] as Value | undefined)?.shape;

test("relu runs on what the pool leaves", () => {
  const graph = check(reluBehindPool, (x) => pool(tf.relu(x)), ["MaxPool", "Relu"]);
  assert.deepEqual(shapeOfX(graph, 1), [2, 2, 2, 3]);
});

test("relu's gradient is masked before the pool's, on the pooled image", () => {
  const graph = check(reluBehindPool, (x) => gradientOf((x) => pool(tf.relu(x)), x), [
    "MaxPool",
    "Relu",
    "Exp",
    "Step",
    "Multiply",
    "MaxPoolGrad",
  ]);
  assert.deepEqual(graph.nodes[4]?.outputs[0]?.shape, [2, 2, 2, 3]);
  assert.equal(graph.nodes[5]?.inputs["input"], graph.inputs.get("x"));
});

test("a relu that others read stays where it is", () => {
  check(reluBehindPool, (x) => tf.add(tf.sum(pool(tf.relu(x))), tf.sum(tf.relu(x))), [
    "Relu",
    "MaxPool",
    "Sum",
    "Sum",
    "Add",
  ]);
});

test("a bias for each channel is added behind the pool", () => {
  check(biasBehindPool, (x, bias) => pool(tf.add(x, bias)), ["MaxPool", "Add"]);
  check(biasBehindPool, (x, bias) => pool(tf.add(bias, x)), ["MaxPool", "Add"]);
  check(biasBehindPool, (x) => pool(tf.add(x, tf.square(x))), ["Square", "Add", "MaxPool"]);
});

test("the sum of a pool's gradient is the sum of what comes in", () => {
  const graph = check(sumBehindPool, (x) => tf.sum(gradientOf(pool, x), [0, 1, 2]), [
    "MaxPool",
    "Exp",
    "Sum",
  ]);
  assert.deepEqual(shapeOfX(graph, 2), [2, 2, 2, 3]);
});

test("what is behind the pool trains as before", async () => {
  const net: TestNet = {
    x: [6, 6, 1],
    weights: { w: [3, 3, 1, 3], b: [3], "out.kernel": [12, 5], "out.bias": [5] },
    logits: (w, x) => dense(flatten(pool(tf.relu(biased(convolve(x, w["w"]), w["b"])))), w, "out"),
  };
  await trainsAsEager(net, {
    threads: [1],
    lower: (graphs) => lowerPlain(graphs.map((graph) => behindPool(optimise(graph)))),
  });
});
