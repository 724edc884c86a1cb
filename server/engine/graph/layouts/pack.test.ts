import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { numbers } from "../../../../test/support/againstEager.ts";
import { loadEager } from "../../../../test/support/eager.ts";
import { kernelsOf } from "../../../../test/support/tracing.ts";
import { errorOf } from "../../../../test/support/trainingNets.ts";
import { loadLowered } from "../../native/onnxruntime.ts";
import type { Data, Entry, Program } from "../../program.ts";
import type { Graph } from "../graph.ts";
import { deadCode } from "../passes/deadCode.ts";
import { optimise } from "../passes/optimise.ts";
import { trace } from "../trace.ts";
import { lowerBatchInnermost } from "./innermost/lowerBatchInnermost.ts";
import { PACK, packingsOf, packState, UNPACK } from "./pack.ts";
import { packedNorm } from "./packedNorm.ts";
import { updateGroups } from "./updateGroups.ts";

type State = Record<string, tf.Tensor>;
const shapes: Readonly<Record<string, readonly number[]>> = { a: [2, 3], b: [4], c: [5] };

type Update = (name: string, state: State, rate: tf.Tensor) => State;

/** A program that updates a, b and c and their moments; `update` gives the new states of one. */
function programOf(...updates: readonly Update[]): Program {
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
  return { state, entries };
}

const graphsOf = (...updates: readonly Update[]): Graph[] => trace(programOf(...updates)).map(optimise);

const momentum = (name: string, state: State, rate: tf.Tensor): State => {
  const gradient = tf.sin(state[name] as tf.Tensor);
  const m = tf.add(tf.mul(state[`m/${name}`] as tf.Tensor, 0.9), tf.cumsum(gradient));
  return { [name]: tf.sub(state[name] as tf.Tensor, tf.mul(m, rate)), [`m/${name}`]: m };
};

const otherForA: Update = (name, state, rate) =>
  momentum(name, name === "a" ? { ...state, a: tf.exp(state["a"] as tf.Tensor) } : state, rate);

/** As {@link momentum}, but what `factor` names is scaled first. */
const decaying =
  (factor: (name: string, rate: tf.Tensor) => tf.Tensor | number | undefined): Update =>
  (name, state, rate) => {
    const updated = momentum(name, state, rate);
    const scale = factor(name, rate);
    const kept = scale === undefined ? (state[name] as tf.Tensor) : tf.mul(state[name] as tf.Tensor, scale);
    return { ...updated, [name]: tf.sub(kept, tf.mul(updated[`m/${name}`] as tf.Tensor, rate)) };
  };

const packed = (graphs: readonly Graph[]): Graph[] => {
  const packings = packingsOf(updateGroups(graphs));
  return graphs.map((graph) => deadCode(packState(graph, packings)));
};

test("tensors whose updates are the same computation form a group, each with its moments", () => {
  assert.deepEqual(updateGroups(graphsOf(momentum)), [
    [
      ["m/a", "a"],
      ["m/b", "b"],
      ["m/c", "c"],
    ],
  ]);
});

test("another computation makes no group", () => {
  const groups = updateGroups(graphsOf(otherForA)).map((group) => group.map((states) => [...states].sort()));
  assert.deepEqual(groups, [
    [["a", "m/a"]],
    [
      ["b", "m/b"],
      ["c", "m/c"],
    ],
  ]);
});

test("another constant makes no group", () => {
  const graphs = graphsOf((name, state) => ({
    [name]: tf.add(state[name] as tf.Tensor, name === "a" ? 2 : 3),
  }));
  assert.deepEqual(updateGroups(graphs), [[["a"]], [["b"], ["c"]]]);
});

const count = (graph: Graph, ...kernels: readonly string[]): number[] =>
  kernels.map((kernel) => kernelsOf(graph).filter((name) => name === kernel).length);

test("members that decay and members that do not share a vector, multiplied by a factor for each", () => {
  const decays: Readonly<Record<string, Update>> = {
    constant: decaying((name) => (name === "a" ? 0.5 : undefined)),
    "constants that differ": decaying((name) => (name === "a" ? 0.5 : 0.25)),
    fed: decaying((name, rate) => (name === "a" ? rate : undefined)),
  };
  for (const [what, update] of Object.entries(decays)) {
    const [graph] = packed(graphsOf(update)) as [Graph];
    const expected = [1, 1, 3, 1, 1, 3, what === "fed" ? 1 : 0];
    assert.deepEqual(
      count(graph, UNPACK, PACK, "Cumsum", "Add", "Sub", "Multiply", "Select"),
      expected,
      what,
    );
  }
});

test("factors that differ and are fed are applied one by one", () => {
  const [graph] = packed(graphsOf(decaying((name, rate) => (name === "a" ? rate : tf.square(rate))))) as [
    Graph,
  ];
  assert.deepEqual(count(graph, PACK, "Sub"), [2, 1]);
});

test("a group is kept in one vector for each role and updated by one chain of kernels", () => {
  const [graph] = packed(graphsOf(momentum)) as [Graph];
  assert.deepEqual(
    [...graph.state.values()].map(({ shape }) => shape),
    [[15], [15]],
  );
  assert.deepEqual([...graph.updates.keys()], [...graph.state.keys()]);
  assert.deepEqual(count(graph, UNPACK, PACK, "Cumsum", "Multiply", "Add", "Sub"), [1, 1, 3, 2, 1, 1]);
});

test("an entry that updates in another way, some or none of the members, has the same state", () => {
  const onlyA: Update = (name, state) => (name === "a" ? { a: tf.square(state["a"] as tf.Tensor) } : {});
  const [all, other, some, none] = packed(graphsOf(momentum, otherForA, onlyA, () => ({}))) as [
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

test("packed state is updated as op by op", async () => {
  const updates = [
    momentum,
    decaying((name, rate) => (name === "a" ? rate : undefined)),
    decaying((name) => (name === "b" ? undefined : 0.5)),
    decaying((name, rate) => (name === "a" ? rate : tf.square(rate))),
    otherForA,
  ];
  // Each update once as the one that decides how the state is packed, the others beside it.
  for (const [i, first] of updates.entries()) {
    const program = programOf(first, ...updates.filter((update) => update !== first));
    const initial: Record<string, Data> = {};
    Object.entries(program.state).forEach(([name, { shape }], j) => {
      initial[name] = numbers(shape, i + j).data;
    });
    const oracle = await loadEager(program, initial);
    const executor = await loadLowered(lowerBatchInnermost, program, initial);
    for (const { name } of program.entries) {
      await oracle.run(name, { rate: Float32Array.of(0.5) });
      await executor.run(name, { rate: Float32Array.of(0.5) });
      const state = await executor.read();
      for (const [key, data] of Object.entries(await oracle.read()))
        assert.ok(errorOf(state[key] as Data, data) < 1e-6, `${key} after ${name}, first ${i}`);
    }
    await executor.dispose();
    await oracle.dispose();
  }
});

test("the norm of packed gradients is one sum over the vector", async () => {
  const clipped = (clip: boolean): Program => {
    const program = programOf();
    const run: Entry["run"] = (state, { rate }) => {
      const gradients = Object.keys(shapes).map((name) => tf.cumsum(state[name] as tf.Tensor));
      const norm = tf.sqrt(gradients.map((g) => tf.sum(tf.square(g))).reduce((a, b) => tf.add(a, b)));
      const scale = tf.div(rate as tf.Tensor, norm);
      const next = Object.keys(shapes).map((name, i) => {
        const gradient = gradients[i] as tf.Tensor;
        return [name, tf.sub(state[name] as tf.Tensor, clip ? tf.mul(gradient, scale) : gradient)] as const;
      });
      return { state: Object.fromEntries(next), outputs: { norm } };
    };
    return {
      ...program,
      entries: [{ name: "step", inputs: { rate: { shape: [], dtype: "float32" } }, run }],
    };
  };
  for (const clip of [false, true]) {
    const graphs = trace(clipped(clip)).map(optimise);
    const packings = packingsOf(updateGroups(graphs));
    const graph = deadCode(packedNorm(packState(graphs[0] as Graph, packings)));
    assert.deepEqual(count(graph, "Square", "Sum", "Add", PACK), [1, 1, 0, 1]);

    const initial: Record<string, Data> = {};
    Object.entries(clipped(clip).state).forEach(([name, { shape }], j) => {
      initial[name] = numbers(shape, j).data;
    });
    const oracle = await loadEager(clipped(clip), initial);
    const executor = await loadLowered(lowerBatchInnermost, clipped(clip), initial);
    const expected = await oracle.run("step", { rate: Float32Array.of(0.5) });
    const actual = await executor.run("step", { rate: Float32Array.of(0.5) });
    assert.ok(errorOf(actual["norm"] as Data, expected["norm"] as Data) < 1e-6);
    const state = await executor.read();
    for (const [key, data] of Object.entries(await oracle.read()))
      assert.ok(errorOf(state[key] as Data, data) < 1e-6);
    await executor.dispose();
    await oracle.dispose();
  }
});

test("tensors of which rows are replaced are left where they are", () => {
  const replacing: Update = (name, state) => ({
    [name]: tf.tensorScatterUpdate(
      state[name] as tf.Tensor,
      tf.tensor([[1]], [1, 1], "int32"),
      tf.zeros([1, ...(shapes[name] ?? []).slice(1)]),
    ),
  });
  assert.deepEqual(packingsOf(updateGroups(graphsOf(replacing))), []);
  assert.notDeepEqual(packingsOf(updateGroups(graphsOf(momentum))), []);
});
