import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { kernelsOf, traced } from "../../../../test/support/tracing.ts";
import type { Graph, Node, Value } from "../graph.ts";
import { type Call, call, find } from "./pattern.ts";
import { type Rule, rewrite, rule } from "./rewrite.ts";

const graphOf = (run: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Graph =>
  traced({ a: [2], b: [2] }, ({ a, b }) => [run(a as tf.Tensor, b as tf.Tensor)]);

function found(pattern: Call, graph: Graph): ReturnType<typeof find> {
  const producer = (value: Value) => graph.nodes.find(({ outputs }) => outputs.includes(value));
  return find(pattern, graph.nodes.at(-1) as Node, producer);
}

test("a name stands for the same value wherever it stands", () => {
  const square = call("Multiply", { a: "x", b: "x" });
  const [twice, mixed] = [graphOf((a) => tf.mul(a, a)), graphOf((a, b) => tf.mul(a, b))];
  assert.equal(found(square, twice)?.("x"), twice.inputs.get("a"));
  assert.equal(found(square, mixed), undefined);
});

test("inputs are looked for through what made them, in either order where they may change places", () => {
  const graph = graphOf((a, b) => tf.add(b, tf.exp(a)));
  const inputs = { a: call("Exp", { x: "inner" }, { as: "power" }), b: "other" };
  assert.equal(found(call("Add", inputs), graph), undefined);
  const either = found(call("Add", inputs, { commutes: true }), graph);
  assert.equal(either?.("inner"), graph.inputs.get("a"));
  assert.equal(either?.("other"), graph.inputs.get("b"));
  assert.equal(either?.("power"), graph.nodes[0]?.outputs[0]);
});

test("a condition on attributes keeps a call from matching", () => {
  const graph = graphOf((a) => tf.sum(a, 0, true));
  const keeping = (wanted: boolean) =>
    call("Sum", { x: "x" }, { where: ({ keepDims }) => keepDims === wanted });
  assert.ok(found(keeping(true), graph));
  assert.equal(found(keeping(false), graph), undefined);
});

test("rules are applied until none finds anything more, to what other rules made, too", () => {
  const rules: readonly Rule[] = [
    { pattern: call("Neg", { x: call("Neg", { x: "x" }) }), replace: (_, __, found) => found("x") },
    rule("Abs", ({ inputs }, { emit }) => emit("Neg", { x: emit("Neg", { x: inputs["x"] as Value }) })),
  ];
  const graph = graphOf((a, b) => tf.add(tf.exp(tf.abs(tf.neg(tf.neg(a)))), b));
  assert.deepEqual(kernelsOf(rewrite(graph, rules)), ["Exp", "Add"]);
});

test("rules that undo each other are an error, not an endless loop", () => {
  const rules = [
    rule("Abs", ({ inputs }, { emit }) => emit("Neg", inputs)),
    rule("Neg", ({ inputs }, { emit }) => emit("Abs", inputs)),
  ];
  assert.throws(
    () =>
      rewrite(
        graphOf((a) => tf.abs(a)),
        rules,
      ),
    /the rewrites of test do not terminate/,
  );
});
