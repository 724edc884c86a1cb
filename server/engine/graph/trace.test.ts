import assert from "node:assert/strict";
import { test } from "node:test";
// tfjs registers its gradients with its layers, in the bundle for Node.
import "@tensorflow/tfjs-layers";
import "@tensorflow/tfjs-backend-cpu";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Entry, Tensors } from "../program.ts";
import type { Graph } from "./graph.ts";
import { trace } from "./trace.ts";
import { UnsupportedKernel } from "./traceBackend.ts";

const x = { shape: [2, 3], dtype: "float32" } as const;

function entry(run: (x: Tensor, state: Tensors) => Partial<ReturnType<Entry["run"]>>): Entry {
  const complete: Entry["run"] = (state, inputs) => ({
    state: {},
    outputs: {},
    ...run(inputs["x"] as Tensor, state),
  });
  return { name: "step", inputs: { x }, run: complete };
}

const traceOf = (run: (x: Tensor) => Tensor): Graph =>
  trace({ state: {}, entries: [entry((x) => ({ outputs: { y: run(x) } }))] })[0] as Graph;

test("a trace records kernels with shapes, and no data", () => {
  const graph = traceOf((x) => tf.exp(tf.mul(x, 2)));
  assert.deepEqual(
    graph.nodes.map(({ kernel }) => kernel),
    ["Multiply", "Exp"],
  );
  assert.deepEqual(graph.outputs.get("y")?.shape, [2, 3]);
  assert.equal(graph.nodes[1]?.inputs["x"], graph.nodes[0]?.outputs[0]);
  assert.deepEqual([...graph.constants.values()], [Float32Array.of(2)]);
});

test("every entry becomes a graph of its own, over the same state", () => {
  const w = { shape: [3], dtype: "float32" } as const;
  const first = {
    ...entry((x, { w }) => ({ state: { w: tf.add(w as Tensor, tf.sum(x, 0)) } })),
    name: "first",
  };
  const second = { ...entry((x, { w }) => ({ outputs: { y: tf.mul(x, w as Tensor) } })), name: "second" };
  const graphs = trace({ state: { w }, entries: [first, second] });
  assert.deepEqual(
    graphs.map(({ name }) => name),
    ["first", "second"],
  );
  assert.deepEqual([...(graphs[0]?.updates.keys() ?? [])], ["w"]);
  assert.equal(graphs[1]?.updates.size, 0);
});

test("a constant is what it was when it was first used, and a tensor of another backend stays there", async () => {
  await tf.setBackend("cpu");
  const values = Float32Array.of(1, 2, 3);
  const outside = tf.tensor1d(values);
  const graph = traceOf((x) => {
    const y = tf.mul(x, outside);
    values[0] = 9;
    return y;
  });
  assert.deepEqual([...graph.constants.values()], [Float32Array.of(1, 2, 3)]);
  values[0] = 1;
  assert.deepEqual(tf.mul(outside, 2).dataSync(), Float32Array.of(2, 4, 6));
  outside.dispose();
});

test("an output may be an input, a state tensor or a constant", () => {
  const [graph] = trace({
    state: { w: x },
    entries: [entry((x, { w }) => ({ outputs: { x, w: w as Tensor, one: tf.scalar(1) } }))],
  });
  assert.equal(graph?.outputs.get("x"), graph?.inputs.get("x"));
  assert.equal(graph?.outputs.get("w"), graph?.state.get("w"));
  assert.deepEqual(graph?.constants.get(graph.outputs.get("one") as never), Float32Array.of(1));
});

test("kernels with several outputs are recorded once", () => {
  const graph = traceOf((x) => {
    const [a, b, c] = tf.unstack(x, 1) as [Tensor, Tensor, Tensor];
    return tf.add(tf.mul(a, b), c);
  });
  assert.deepEqual(
    graph.nodes.map(({ kernel, outputs }) => [kernel, outputs.length]),
    [
      ["Unpack", 3],
      ["Multiply", 1],
      ["Add", 1],
    ],
  );
});

test("reading a value is an error that names the entry, what was read, and where", () => {
  assert.throws(
    () => traceOf((x) => tf.tidy("layer:gate", () => tf.scalar(tf.sum(x).dataSync()[0] as number))),
    /step: the result of Sum \(float32 \[\]\) was read while tracing \(layer:gate\)/,
  );
  assert.throws(
    () => traceOf((x) => tf.scalar(x.dataSync()[0] as number)),
    /step: an input or state tensor \(float32 \[2,3\]\) was read/,
  );
});

test("drawing random numbers is an error: they are fed", () => {
  assert.throws(
    () => traceOf((x) => tf.tidy("layer:drop", () => tf.dropout(x, 0.5))),
    /step: random numbers were drawn while tracing \(layer:drop\/tf\.randomUniform\); feed them/,
  );
  assert.throws(() => traceOf((x) => tf.add(x, tf.randomNormal([2, 3]))), /random numbers/);
});

test("a kernel without an entry is an error that names kernel and layer, in gradients too", () => {
  const lrn = (x: Tensor) =>
    tf.tidy("layer:norm", () => tf.localResponseNormalization(tf.reshape(x, [1, 1, 2, 3]) as Tensor4D));
  assert.throws(
    () => traceOf(lrn),
    (error: unknown) => {
      assert.ok(error instanceof UnsupportedKernel);
      assert.deepEqual([error.kernel, error.scope], ["LRN", "layer:norm"]);
      assert.match(error.message, /step: the kernel LRN, used in layer:norm, cannot be compiled/);
      return true;
    },
  );
});

test("gradient kernels carry the name of the layer whose values they use", () => {
  const graph = traceOf((x) => tf.grad((z: Tensor) => tf.tidy("layer:act", () => tf.sigmoid(z)))(x));
  const scopes = graph.nodes
    .filter(({ kernel }) => kernel !== "Identity")
    .map(({ kernel, scope }) => [kernel, scope]);
  assert.deepEqual(scopes[0], ["Sigmoid", "layer:act"]);
  assert.ok(
    scopes.some(([kernel, scope]) => kernel === "Multiply" && scope === "layer:act (gradient)"),
    String(scopes),
  );
});

test("updates must name state and keep its shape and dtype", () => {
  const program = (update: (x: Tensor) => Record<string, Tensor>) => ({
    state: { w: x },
    entries: [entry((x) => ({ state: update(x) }))],
  });
  assert.throws(
    () => trace(program((x) => ({ v: x }))),
    /step updates v, which is not in the program's state/,
  );
  assert.throws(
    () => trace(program((x) => ({ w: tf.sum(x) }))),
    /step gives the state w float32 \[\]; it is float32 \[2,3\]/,
  );
});

test("the backend and the number of tensors are the same afterwards, also after an error", async () => {
  await tf.setBackend("cpu");
  const before = tf.memory().numTensors;
  const gradient = (x: Tensor, fail: boolean) =>
    tf.grad((z: Tensor) => {
      const y = tf.sigmoid(tf.exp(z));
      if (fail) y.dataSync();
      return tf.logSoftmax(y);
    })(x);
  for (let i = 0; i < 2; i++) {
    traceOf((x) => gradient(x, false));
    assert.equal(tf.getBackend(), "cpu");
    assert.equal(tf.memory().numTensors, before);
    assert.throws(() => traceOf((x) => gradient(x, true)), /was read while tracing/);
    assert.equal(tf.getBackend(), "cpu");
    assert.equal(tf.memory().numTensors, before);
  }
  assert.equal(tf.findBackend("trace"), null);
  const start = tf.ones([2, 3]);
  const variable = tf.variable(start);
  traceOf(
    (x) => tf.variableGrads(() => tf.sum(tf.mul(x, variable)) as tf.Scalar).grads[variable.name] as Tensor,
  );
  variable.dispose();
  start.dispose();
  assert.equal(tf.memory().numTensors, before);
});

test("tracing twice gives the same graph", () => {
  const run = (x: Tensor) => tf.grad((z: Tensor) => tf.logSoftmax(tf.matMul(z, tf.ones([3, 4]))))(x);
  const shape = ({ nodes }: Graph) =>
    nodes.map(({ kernel, attrs, outputs }) => [kernel, attrs, outputs.map((o) => o.shape)]);
  assert.deepEqual(shape(traceOf(run)), shape(traceOf(run)));
});
