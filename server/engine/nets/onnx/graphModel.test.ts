import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { filesIn } from "../../../../test/support/dataFiles.ts";
import { type FixtureOptions, fixture, node, port } from "../../../../test/support/onnxModel.ts";
import { readFileKnowledge } from "../../../fileKnowledge.ts";
import { parse } from "../../../language/parse.ts";
import { references } from "../../../language/references.ts";
import { encodeModel, type ModelProto } from "../../graph/onnx/onnxSchema.ts";
import { readGraphNet } from "../savedNet.ts";

const images = ["batch", 3, 2, 3] as const;

/** What the trainer says of a graph as a student, which `check` has to say, too. */
async function refusalOf(file: string): Promise<string> {
  const read = await readGraphNet(file);
  assert.ok("problem" in read, "it is taken");
  const [reference] = references(parse(JSON.stringify({ student: { model: file } })).root);
  assert.ok(reference);
  const { problem } = await readFileKnowledge(reference, "/");
  assert.equal(problem?.code, read.problem.code);
  return read.problem.message;
}

const wrong: readonly (readonly [what: string, options: Partial<FixtureOptions>, message: RegExp])[] = [
  [
    "an operator that there is none of",
    { tail: [node("NonZero", ["scores"], ["found"]), node("Cast", ["found"], ["output"], { to: 1 })] },
    /the node "found" is a NonZero, which is not among the operators that can be trained\.$/,
  ],
  [
    "a recurrent operator, of which there are layers",
    { tail: [node("LSTM", ["scores"], ["found"]), node("Cast", ["found"], ["output"], { to: 1 })] },
    /the node "found" is a LSTM, which .* trained\. A recurrent student is written as "layers", with a layer "lstm" or "gru"; "weights" takes /,
  ],
  [
    "shapes that do not go together",
    {
      tail: [
        node("Reshape", ["scores", "column"], ["column4"]),
        node("MatMul", ["column4", "weights"], ["output"]),
      ],
    },
    /the node "output" \(MatMul\): it expects matrices that can be multiplied, but finds/,
  ],
  [
    "a shape that depends on the samples",
    {
      tail: [
        node("Cast", ["scores"], ["asked"], { to: 7 }),
        node("Reshape", ["scores", "asked"], ["output"]),
      ],
    },
    /the node "output" \(Reshape\): its input 1 depends on the samples/,
  ],
  [
    "another input",
    { inputs: [port("mask", "float32", ["batch", 4])] },
    /its input "mask" goes with texts; the samples are \[2, 3, 3\]/,
  ],
  [
    "a value of 2⁴⁰ numbers",
    { tail: [node("Tile", ["scores", "many"], ["output"])], lists: { many: [2 ** 20, 2 ** 20] } },
    /the node "output" \(Tile\): it gives \[/,
  ],
  ["weights outside of the folder", { externalWeights: "../w.bin" }, /outside of its folder/],
];

for (const [what, options, message] of wrong)
  test(`a graph with ${what} is refused by the trainer and by check`, async (t) => {
    const folder = await filesIn(t, { "m.onnx": fixture({ shape: images, ...options }) });
    assert.match(await refusalOf(join(folder, "m.onnx")), message);
  });

test("a graph that is cut off or damaged anywhere is refused in time, and nothing else happens", async (t) => {
  const fixtures = fileURLToPath(new URL("../../../../test/fixtures/students", import.meta.url));
  const whole = await readFile(join(fixtures, "resnet.onnx"));
  const folder = await filesIn(t, {});
  const file = join(folder, "m.onnx");
  for (let i = 0; i < 200; i++) {
    const bytes = Buffer.from(whole);
    // Places that differ from run to run of the loop and not of the test.
    const at = (i * 7919) % bytes.length;
    bytes.writeUInt8((bytes.readUInt8(at) + 1 + (i % 254)) % 256, at);
    await writeFile(file, i % 4 === 0 ? bytes.subarray(0, at) : bytes);
    const read = await readGraphNet(file);
    if ("problem" in read) assert.match(read.problem.message, /\S/);
    else assert.ok(Object.values(read.weights).every((values) => values instanceof Float32Array));
  }
});

test("more nodes than any network has are not read", async (t) => {
  const many = Array.from({ length: 20_001 }, (_, i) =>
    node("Identity", [i === 0 ? "x" : `t${i - 1}`], [`t${i}`]),
  );
  const model = {
    ir_version: 8,
    producer_name: "test",
    opset_import: [{ domain: "", version: 18 }],
    graph: {
      name: "g",
      node: many,
      initializer: [],
      input: [port("x", "float32", ["batch", 3])],
      output: [port("t20000", "float32", ["batch", 3])],
    },
  };
  const folder = await filesIn(t, { "m.onnx": encodeModel(model as unknown as ModelProto) });
  assert.match(await refusalOf(join(folder, "m.onnx")), /its nodes are more than 20000/);
});

test("equal weights that an exporter has merged are trained each by itself", async (t) => {
  const ones = {
    name: "ones",
    dims: [3],
    data_type: 1,
    raw_data: new Uint8Array(Float32Array.of(1, 1, 1).buffer),
  };
  const zeros = { name: "zeros", dims: [3], data_type: 1, raw_data: new Uint8Array(12) };
  const norm = (from: string, to: string) =>
    node("LayerNormalization", [from, "ones", "zeros"], [to], { axis: -1 });
  const model = {
    ir_version: 8,
    producer_name: "test",
    opset_import: [{ domain: "", version: 18 }],
    graph: {
      name: "g",
      node: [
        norm("x", "a"),
        norm("a", "b"),
        node("Identity", ["ones"], ["last"]),
        node("Mul", ["b", "last"], ["y"]),
      ],
      initializer: [ones, zeros],
      input: [port("x", "float32", ["batch", 3])],
      output: [port("y", "float32", ["batch", 3])],
    },
  };
  const folder = await filesIn(t, { "m.onnx": encodeModel(model as unknown as ModelProto) });
  const read = await readGraphNet(join(folder, "m.onnx"), { sample: [3] });
  assert.ok(!("problem" in read), JSON.stringify(read));
  assert.deepEqual(Object.keys(read.net.parameters), ["ones", "zeros", "last", "ones.b", "zeros.b"]);
});
