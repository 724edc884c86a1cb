import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import type { Entry, Program } from "../../program.ts";
import { optimise } from "../passes/optimise.ts";
import { trace } from "../trace.ts";
import { parametersOf, statesBeside } from "./parameterStates.ts";

type State = Record<string, tf.Tensor>;
const shapes: Readonly<Record<string, readonly number[]>> = { a: [2, 3], b: [4] };

/** a and b, each with a moment, as these entries change one of them. */
function parameters(...updates: readonly ((name: string, state: State) => State)[]) {
  const entries = updates.map((update, i): Entry => {
    const run: Entry["run"] = (state) => ({
      state: Object.assign({}, ...Object.keys(shapes).map((name) => update(name, { ...state }))),
      outputs: {},
    });
    return { name: `${i}`, inputs: {}, run };
  });
  const state: Record<string, Program["state"][string]> = { count: { shape: [], dtype: "float32" } };
  for (const [name, shape] of Object.entries(shapes))
    for (const role of [name, `m/${name}`]) state[role] = { shape, dtype: "float32" };
  return parametersOf(trace({ state, entries }).map(optimise)).map((states) => [...states].sort());
}

const momentum = (name: string, state: State): State => {
  const gradient = tf.cumsum(tf.sin(state[name] as tf.Tensor)); // follows from the weight, but not element by element
  const m = tf.add(tf.mul(state[`m/${name}`] as tf.Tensor, state["count"] as tf.Tensor), gradient);
  return { [name]: tf.sub(state[name] as tf.Tensor, m), [`m/${name}`]: m, count: tf.scalar(1) };
};

test("a weight and the moments that its update reads are one parameter, and beside each other", () => {
  const found = parameters(momentum);
  assert.deepEqual(found, [["a", "m/a"], ["count"], ["b", "m/b"]]);
  const beside = statesBeside(found);
  assert.deepEqual([beside("m/a"), beside("b"), beside("count")], [["a", "m/a"], ["b", "m/b"], ["count"]]);
});

test("the first entry that updates a tensor decides; what is updated alone, or not at all, is alone or left out", () => {
  const onlyWeights = (name: string, state: State): State => ({ [name]: tf.neg(state[name] as tf.Tensor) });
  assert.deepEqual(parameters(() => ({}), onlyWeights, momentum).slice(0, 2), [["a"], ["b"]]);
  assert.deepEqual(parameters(momentum, onlyWeights), parameters(momentum));
  assert.deepEqual(parameters(onlyWeights), [["a"], ["b"]]);
});

test("tensors of which rows are replaced are left where they are", () => {
  const replacing = (name: string, state: State): State => ({
    [name]: tf.tensorScatterUpdate(
      state[name] as tf.Tensor,
      tf.tensor([[1]], [1, 1], "int32"),
      tf.zeros([1, ...(shapes[name] ?? []).slice(1)]),
    ),
  });
  assert.deepEqual(parameters(replacing), []);
});
