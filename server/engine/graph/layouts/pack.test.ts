import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import type { Entry, Program } from "../../program.ts";
import type { Graph } from "../graph.ts";
import { deadCode } from "../passes/deadCode.ts";
import { optimise } from "../passes/optimise.ts";
import { kernelsOf } from "../passes/tracing.ts";
import { trace } from "../trace.ts";
import { findKin } from "./families.ts";
import { PACK, packingsOf, packState, UNPACK } from "./pack.ts";

type State = Record<string, tf.Tensor>;
const shapes: Readonly<Record<string, readonly number[]>> = { a: [2, 3], b: [4], c: [5] };

/** A program that updates a, b and c and their moments; `update` gives the new states of one. */
function graphsOf(...updates: ((name: string, state: State, rate: tf.Tensor) => State)[]): Graph[] {
  const entries = updates.map(
    (update, i): Entry => ({
      name: `${i}`,
      inputs: { rate: { shape: [], dtype: "float32" } },
      run: (state, { rate }) => ({
        state: Object.assign(
          {},
          ...Object.keys(shapes).map((name) => update(name, { ...state }, rate as tf.Tensor)),
        ),
        outputs: {},
      }),
    }),
  );
  const state: Record<string, Program["state"][string]> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    for (const role of [name, `m/${name}`]) state[role] = { shape, dtype: "float32" };
  }
  return trace({ state, entries }).map(optimise);
}

const momentum = (name: string, state: State, rate: tf.Tensor): State => {
  const gradient = tf.sin(state[name] as tf.Tensor);
  const m = tf.add(tf.mul(state[`m/${name}`] as tf.Tensor, 0.9), tf.cumsum(gradient));
  return { [name]: tf.sub(state[name] as tf.Tensor, tf.mul(m, rate)), [`m/${name}`]: m };
};

const decayingA = (name: string, state: State, rate: tf.Tensor): State =>
  momentum(name, name === "a" ? { ...state, a: tf.mul(state["a"] as tf.Tensor, 0.5) } : state, rate);

const packed = (graphs: readonly Graph[]): Graph[] => {
  const packings = packingsOf(findKin(graphs));
  return graphs.map((graph) => deadCode(packState(graph, packings)));
};

test("tensors whose updates are the same computation are kin, each with its moments", () => {
  assert.deepEqual(findKin(graphsOf(momentum)), [
    [
      ["m/a", "a"],
      ["m/b", "b"],
      ["m/c", "c"],
    ],
  ]);
});

test("another computation makes no kin", () => {
  const kin = findKin(graphsOf(decayingA)).map((families) => families.map((family) => [...family].sort()));
  assert.deepEqual(kin, [
    [["a", "m/a"]],
    [
      ["b", "m/b"],
      ["c", "m/c"],
    ],
  ]);
});

test("another constant makes no kin", () => {
  const graphs = graphsOf((name, state) => ({
    [name]: tf.mul(state[name] as tf.Tensor, name === "a" ? 2 : 3),
  }));
  assert.deepEqual(findKin(graphs), [[["a"]], [["b"], ["c"]]]);
});

test("kin are kept in one vector for each role and updated by one chain of kernels", () => {
  const [graph] = packed(graphsOf(momentum)) as [Graph];
  const count = (kernel: string) => kernelsOf(graph).filter((name) => name === kernel).length;
  assert.deepEqual(
    [...graph.state.values()].map(({ shape }) => shape),
    [[15], [15]],
  );
  assert.deepEqual([...graph.updates.keys()], [...graph.state.keys()]);
  assert.deepEqual([UNPACK, PACK, "Cumsum", "Multiply", "Add", "Sub"].map(count), [1, 1, 3, 2, 1, 1]);
});

test("an entry that updates in another way, some or none of the members, has the same state", () => {
  const onlyA = (name: string, state: State): State =>
    name === "a" ? { a: tf.square(state["a"] as tf.Tensor) } : {};
  const [all, other, some, none] = packed(graphsOf(momentum, decayingA, onlyA, () => ({}))) as [
    Graph,
    Graph,
    Graph,
    Graph,
  ];
  for (const graph of [other, some, none]) {
    assert.deepEqual([...graph.state.keys()], [...all.state.keys()]);
    for (const [name, value] of graph.updates) assert.deepEqual(value.shape, all.state.get(name)?.shape);
  }
  assert.equal(some.updates.size, 1);
  assert.deepEqual(kernelsOf(some), [UNPACK, "Square", PACK]);
  assert.equal(none.nodes.length, 0);
});
