import assert from "node:assert/strict";
import { test } from "node:test";
import { freshValue } from "../values.ts";
import { OnnxGraph } from "./onnxGraph.ts";
import { decodeModel } from "./onnxSchema.ts";
import { withSymbolicBatch } from "./symbolicBatch.ts";

function decoded(build: (graph: OnnxGraph) => void) {
  const graph = new OnnxGraph();
  build(graph);
  return decodeModel(graph.encode({ name: "test" })).graph;
}

test("equal nodes and equal constants are emitted once", () => {
  const { node, initializer } = decoded((graph) => {
    const x = graph.input("x", "float32", [2]);
    const twice = [1, 2].map(() => graph.node("Add", [x, graph.float32(1)]));
    graph.output("y", graph.node("Mul", twice), "float32", [2]);
    graph.output("z", graph.node("Add", [x, graph.float32(2)]), "float32", [2]);
  });
  assert.deepEqual(
    node.map(({ op_type }) => op_type),
    ["Add", "Add", "Mul"],
  );
  assert.equal(initializer.length, 2);
});

test("nodes that differ in an attribute or its type stay apart", () => {
  const { node } = decoded((graph) => {
    const x = graph.input("x", "float32", [2, 2]);
    const made = [0, 1].map((axis) => graph.node("Softmax", [x], { axis }));
    graph.output("y", graph.node("Add", made), "float32", [2, 2]);
  });
  assert.equal(node.length, 3);
});

test("a node that is asked for more outputs gives them beside those it gave", () => {
  const { node } = decoded((graph) => {
    const x = graph.input("x", "float32", [1, 1, 4, 4]);
    const window = { kernel_shape: [2, 2] };
    const pooled = graph.node("MaxPool", [x], window);
    const [same, indices] = graph.nodes("MaxPool", [x], window, 2);
    assert.equal(same, pooled);
    graph.output("y", pooled, "float32", [1, 1, 3, 3]);
    graph.output("i", graph.node("Cast", [indices as string], { to: 6 }), "int32", [1, 1, 3, 3]);
  });
  assert.deepEqual(
    node.map(({ output }) => output.length),
    [2, 1],
  );
});

test("an output takes its producer's name; a second one, an input or a constant is copied", () => {
  const { node, output } = decoded((graph) => {
    const x = graph.input("x", "float32", []);
    const y = graph.node("Exp", [x]);
    for (const [name, from] of [
      ["y", y],
      ["same", y],
      ["copy", x],
      ["one", graph.float32(1)],
    ] as const)
      graph.output(name, from, "float32", []);
  });
  assert.deepEqual(
    node.map(({ op_type, input, output }) => [op_type, ...input, ...output]),
    [
      ["Exp", "x", "y"],
      ["Identity", "constant_0", "one"],
      ["Identity", "x", "copy"],
      ["Identity", "y", "same"],
    ],
  );
  assert.deepEqual(
    output.map(({ name }) => name),
    ["y", "same", "copy", "one"],
  );
});

test("a value that was not bound is a bug with its shape in the message", () => {
  assert.throws(() => new OnnxGraph().node("Exp", [freshValue([2, 3], "float32")]), /\[2,3\] has no tensor/);
});

test("a graph without outputs, which no runtime loads, is a bug with its name in the message", () => {
  assert.throws(() => decoded((graph) => graph.input("x", "float32", [])), /The graph test has no outputs/);
});

test("names carry the layer that asked for them", () => {
  const graph = new OnnxGraph();
  graph.scope = "layer:conv1";
  assert.match(graph.node("Exp", [graph.input("x", "float32", [])]), /^layer:conv1\/Exp_/);
});

const batch = 65521;
const symbolic = (shape: readonly number[], body: (graph: OnnxGraph, x: string) => string) => {
  const graph = new OnnxGraph();
  const x = graph.input("x", "float32", [batch, 4]);
  graph.output("y", body(graph, x), "float32", shape);
  return withSymbolicBatch(graph.model({ name: "test" }), batch);
};

test("a reshape infers a symbolic batch, also where it is joined with another axis", () => {
  const folded = symbolic([batch, 2, 2], (graph, x) => {
    const rows = graph.node("Reshape", [x, graph.int64([batch * 2, 2])]);
    return graph.node("Reshape", [rows, graph.int64([batch, 2, 2])]);
  });
  const shapes = folded?.graph.initializer.map(({ raw_data }) =>
    [...new BigInt64Array(raw_data.slice().buffer)].map(Number),
  );
  assert.deepEqual(shapes, [
    [-1, 2],
    [-1, 2, 2],
  ]);
  assert.deepEqual(folded?.graph.input[0]?.type.tensor_type.shape.dim, [
    { dim_param: "batch" },
    { dim_value: 4 },
  ]);
});

test("what is spread along the batch takes its size from the samples", () => {
  const model = symbolic([batch, 4], (graph, x) => graph.node("Expand", [x, graph.int64([batch, 4])]));
  assert.deepEqual(
    model?.graph.node.map(({ op_type }) => op_type),
    ["Shape", "Concat", "Expand"],
  );
});

test("a model that needs the batch as a number has no symbolic form", () => {
  assert.equal(
    symbolic([batch, batch], (graph, x) => graph.node("Expand", [x, graph.int64([batch, batch])])),
    undefined,
  );
  const squares = Float32Array.from({ length: batch }, (_, i) => i * i);
  assert.equal(
    symbolic([batch, 4], (graph, x) =>
      graph.node("Mul", [x, graph.constant(squares, [batch, 1], "float32")]),
    ),
    undefined,
  );
  assert.equal(
    symbolic([batch * 4], (graph, x) => graph.node("Reshape", [x, graph.int64([batch * 4])])),
    undefined,
  );
});

test("nodes that no other reads come last, in reverse, which is the order in which the runtime takes them", () => {
  const { node } = decoded((graph) => {
    const x = graph.input("x", "float32", [2]);
    const first = graph.node("Exp", [x]);
    graph.output("a", graph.node("Neg", [first]), "float32", [2]);
    const second = graph.node("Sin", [first]);
    graph.output("b", graph.node("Cos", [second]), "float32", [2]);
  });
  assert.deepEqual(
    node.map(({ op_type }) => op_type),
    ["Exp", "Sin", "Cos", "Neg"],
  );
});
