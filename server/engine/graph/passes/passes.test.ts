import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { numbers, sameGradients } from "../../../../test/support/againstEager.ts";
import { kernelsOf, traced } from "../../../../test/support/tracing.ts";
import type { Graph, Value } from "../graph.ts";
import { activations } from "./activations.ts";
import { aliases } from "./aliases.ts";
import { broadcasts } from "./broadcasts.ts";
import { deadCode } from "./deadCode.ts";
import { foldScalars } from "./foldScalars.ts";
import { optimise } from "./optimise.ts";
import { type Rule, rewrite } from "./rewrite.ts";

type Inputs = Readonly<Record<string, readonly number[]>>;
type Run = (inputs: Record<string, Tensor>) => readonly Tensor[];

/** Asserts which kernels a table of rules leaves. */
function check(rules: readonly Rule[], inputs: Inputs, run: Run, expected: readonly string[]): Graph {
  const graph = rewrite(traced(inputs, run), rules);
  assert.deepEqual(kernelsOf(graph), expected);
  return graph;
}

const x = { x: [2, 3] };
const only = ({ x }: Record<string, Tensor>): Tensor => x as Tensor;

test("aliases: kernels that change nothing are left out", () => {
  check(aliases, x, (t) => [tf.exp(tf.reshape(tf.clone(only(t)), [2, 3]))], ["Exp"]);
  check(aliases, x, (t) => [tf.exp(tf.cast(only(t), "float32"))], ["Exp"]);
  check(aliases, x, (t) => [tf.exp(tf.transpose(only(t), [0, 1]))], ["Exp"]);
  check(aliases, x, (t) => [tf.exp(tf.slice(only(t), [0, 0], [2, 3]))], ["Exp"]);
  check(aliases, x, (t) => [tf.exp(tf.tile(only(t), [1, 1]))], ["Exp"]);
  check(aliases, x, (t) => [tf.exp(tf.transpose(only(t)))], ["Transpose", "Exp"]);
});

test("aliases: an output that is an input stays an output", () => {
  const graph = check(aliases, x, (t) => [tf.clone(only(t))], []);
  assert.equal(graph.outputs.get("0"), graph.inputs.get("x"));
});

test("aliases: reshapes in a row become one, or none", () => {
  check(aliases, x, (t) => [tf.exp(tf.reshape(tf.reshape(only(t), [6]), [3, 2]))], ["Reshape", "Exp"]);
  check(aliases, x, (t) => [tf.exp(tf.reshape(tf.reshape(only(t), [6]), [2, 3]))], ["Exp"]);
});

test("dead code: what no output needs is removed, with its constants", () => {
  const graph = traced(x, (t) => {
    tf.mul(only(t), tf.tensor2d([[1, 2, 3]]));
    return [tf.exp(only(t))];
  });
  assert.equal(graph.constants.size, 1);
  const pruned = deadCode(graph);
  assert.deepEqual(kernelsOf(pruned), ["Exp"]);
  assert.equal(pruned.constants.size, 0);
});

test("common subexpressions: equal nodes are computed once, also when constants are equal by value", () => {
  const twice: Run = (t) => [tf.add(tf.exp(tf.mul(only(t), 2)), tf.exp(tf.mul(only(t), 2)))];
  check([], x, twice, ["Multiply", "Exp", "Add"]);
  const different: Run = (t) => [
    tf.add(tf.sum(only(t), 0, true), tf.sum(only(t), 0, true)),
    tf.sum(only(t), 1),
  ];
  check([], x, different, ["Sum", "Add", "Sum"]);
});

test("softmax: the exponential of its logarithm where that is computed too, before or behind it", () => {
  const both = [...aliases, ...activations];
  check(both, x, (t) => [tf.softmax(only(t)), tf.logSoftmax(only(t))], ["LogSoftmax", "Exp"]);
  check(both, x, (t) => [tf.logSoftmax(only(t)), tf.softmax(only(t))], ["LogSoftmax", "Exp"]);
  check(both, x, (t) => [tf.softmax(only(t)), tf.logSoftmax(tf.neg(only(t)))], [
    "Softmax",
    "Neg",
    "LogSoftmax",
  ]);
});

test("log-softmax: tfjs's spelling of it becomes one kernel", () => {
  check([...aliases, ...activations], x, (t) => [tf.logSoftmax(only(t))], ["LogSoftmax"]);
  // Without the subtraction from its input it is no log-softmax.
  check(activations, x, (t) => [tf.logSumExp(only(t), 1)], [
    "Max",
    "Sub",
    "Exp",
    "Sum",
    "Log",
    "Reshape",
    "Add",
  ]);
});

test("step of relu: the gradient of relu looks at relu's output", () => {
  const graph = rewrite(
    traced(x, (t) => [tf.relu(only(t)), tf.grad((z: Tensor) => tf.relu(z))(only(t))]),
    [...aliases, ...activations],
  );
  const relu = graph.nodes.find(({ kernel }) => kernel === "Relu");
  const step = graph.nodes.find(({ kernel }) => kernel === "Step");
  assert.equal(step?.inputs["x"], relu?.outputs[0]);
});

test("broadcasts: a mean's gradient is computed before it is spread", () => {
  const graph = optimise(traced(x, (t) => [tf.grad((z: Tensor) => tf.mean(z))(only(t))]));
  // d mean / dx = 1/6 everywhere: one number, spread once.
  assert.deepEqual(kernelsOf(graph), ["BroadcastTo"]);
  assert.equal(graph.constants.get(graph.nodes[0]?.inputs["x"] as Value)?.[0], Math.fround(1 / 6));
});

test("broadcasts: a scalar that was given a rank is a scalar again", () => {
  const scaled = { x: [2, 3], s: [] };
  check(
    broadcasts,
    scaled,
    ({ x, s }) => [tf.mul(x as Tensor, tf.reshape(tf.mul(tf.reshape(s as Tensor, [1]), 2), [1, 1]))],
    ["Multiply", "Multiply"],
  );
});

test("broadcasts: operands that repeat a small tensor are replaced by it", () => {
  const both = { x: [2, 3], b: [3] };
  check(
    broadcasts,
    both,
    ({ x, b }) => [tf.mul(x as Tensor, tf.tile(tf.reshape(b as Tensor, [1, 3]), [2, 1]))],
    ["Reshape", "Multiply"],
  );
  check(broadcasts, both, ({ x }) => [tf.mul(x as Tensor, tf.onesLike(x as Tensor))], []);
  check(broadcasts, both, ({ x }) => [tf.sub(x as Tensor, tf.zeros([2, 3]))], []);
  // A tile of more than one row repeats it too, but not by broadcasting.
  check(
    broadcasts,
    { x: [4, 3], b: [2, 3] },
    ({ x, b }) => [tf.mul(x as Tensor, tf.tile(b as Tensor, [2, 1]))],
    ["Tile", "Multiply"],
  );
});

test("broadcasts: a result larger than its operands is spread where it is needed", () => {
  check(broadcasts, { b: [3] }, ({ b }) => [tf.mul(b as Tensor, tf.ones([2, 3]))], ["BroadcastTo"]);
  check(broadcasts, { b: [3] }, ({ b }) => [tf.exp(tf.broadcastTo(b as Tensor, [2, 3]))], [
    "Reshape",
    "Exp",
    "BroadcastTo",
  ]);
});

test("broadcasts: kernels that do not broadcast keep their operands", async () => {
  const tiled = ({ b }: Record<string, Tensor>) => tf.elu(tf.tile(b as Tensor, [2]));
  await sameGradients({ b: numbers([1]) }, ["b"], tiled, { dy: [2] });
  const slope = ({ x, b }: Record<string, Tensor>) => tf.prelu(tf.tile(b as Tensor, [2]), x as Tensor);
  await sameGradients({ b: numbers([1]), x: numbers([2], 2) }, ["b", "x"], slope, { dy: [2] });
  const choice = ({ x, b }: Record<string, Tensor>) =>
    tf.where(tf.greaterEqual(x as Tensor, 0), tf.tile(b as Tensor, [2]), tf.zeros([2]));
  await sameGradients({ b: numbers([1]), x: numbers([2], 2) }, ["b"], choice, { dy: [2] });
});

test("fold scalars: arithmetic of constants is done while compiling, rounded to float32", () => {
  const graph = check(foldScalars, x, (t) => [tf.mul(only(t), tf.sqrt(tf.add(tf.scalar(0.1), 0.2)))], [
    "Multiply",
  ]);
  const [factor] = [...graph.constants.values()];
  const sum = Math.fround(Math.fround(0.1) + Math.fround(0.2));
  assert.equal(factor?.[0], Math.fround(Math.sqrt(sum)));
});

test("all passes keep the graph's inputs, outputs and the order of its nodes", () => {
  const graph = optimise(
    traced({ x: [4, 3], w: [3, 5] }, ({ x, w }) =>
      tf.grads((a: Tensor, b: Tensor) => tf.logSoftmax(tf.relu(tf.matMul(a, b))))([x as Tensor, w as Tensor]),
    ),
  );
  assert.deepEqual([...graph.inputs.keys(), ...graph.outputs.keys()], ["x", "w", "0", "1"]);
  const known = new Set<Value>([...graph.inputs.values(), ...graph.constants.keys()]);
  for (const node of graph.nodes) {
    for (const input of Object.values(node.inputs).flat())
      assert.ok(known.has(input as Value), `${node.kernel} reads ahead`);
    for (const output of node.outputs) known.add(output);
  }
  for (const output of graph.outputs.values()) assert.ok(known.has(output));
});

test("attention: of a softmax's gradient, the sums of rows are those of what it is multiplied by", async () => {
  const shapes = { scores: [2, 4, 4], values: [2, 4, 3], dy: [2, 4, 3] };
  const mixed = ({ scores, values }: Record<string, Tensor>) =>
    tf.matMul(tf.softmax(scores as Tensor), values as Tensor);
  const both = (t: Record<string, Tensor>) => [
    mixed(t),
    ...tf.grads((scores: Tensor, values: Tensor) => mixed({ scores, values }))(
      [t["scores"] as Tensor, t["values"] as Tensor],
      t["dy"] as Tensor,
    ),
  ];
  const graph = optimise(traced(shapes, both));
  const square = graph.nodes.filter(({ outputs: [output] }) => output?.shape.join() === "2,4,4");
  assert.deepEqual(
    square.map(({ kernel }) => kernel),
    ["Softmax", "BatchMatMul", "Sub", "Multiply"],
  );
  const inputs = Object.fromEntries(
    Object.entries(shapes).map(([name, shape], i) => [name, numbers(shape, i)]),
  );
  await sameGradients(
    { scores: inputs["scores"], values: inputs["values"] } as Record<string, ReturnType<typeof numbers>>,
    ["scores", "values"],
    mixed,
    { dy: shapes.dy },
  );
});
