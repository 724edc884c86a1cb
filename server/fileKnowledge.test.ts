import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { zipSync } from "fflate";
import protobuf from "protobufjs";
import { fixture } from "../test/support/onnxModel.ts";
import { npyBytes } from "./data/formats/writeNpz.ts";
import { knowledgeOf, readFileKnowledge } from "./fileKnowledge.ts";
import { checkParsed } from "./language/check.ts";
import { parse } from "./language/parse.ts";
import { references } from "./language/references.ts";

async function folderWith(context: TestContext, ...files: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "knowledge-"));
  context.after(() => rm(folder, { recursive: true }));
  for (const file of files) {
    await mkdir(join(folder, file, ".."), { recursive: true });
    await writeFile(join(folder, file), "a,label\n1,0\n2,1\n");
  }
  return folder;
}

async function nearby(path: string, folder: string) {
  const [reference] = references(
    parse(JSON.stringify({ data: { train: { type: "csv", path, label: "label" } } })).root,
  );
  assert.ok(reference);
  return (await readFileKnowledge(reference, folder)).problem?.nearby;
}

test("of a file that is not there, the first wrong name and what is in its place", async (context) => {
  const folder = await folderWith(context, "data/train.csv", "data/deep/x.csv", "top.csv");
  const sorted = async (path: string) => {
    const found = await nearby(path, folder);
    return found && { ...found, names: [...found.names].sort() };
  };
  assert.deepEqual(await sorted("./data/trian.csv"), { offset: 7, length: 9, names: ["train.csv"] });
  assert.deepEqual(await sorted("dta/train.csv"), { offset: 0, length: 3, names: ["data"] });
  assert.deepEqual(await sorted("data/../tpo.csv"), { offset: 8, length: 7, names: ["top.csv"] });
  assert.deepEqual(await sorted("tpo.csv"), { offset: 0, length: 7, names: ["top.csv"] });
  assert.deepEqual(await sorted(join(folder, "tpo.csv")), {
    offset: folder.length + 1,
    length: 7,
    names: ["top.csv"],
  });
  assert.equal(await sorted("data/train.csv"), undefined, "it is there");
  assert.equal(await sorted("top.csv/train.csv"), undefined, "a file is no folder");
  assert.equal(await sorted("../".repeat(40)), undefined);
  assert.deepEqual((await sorted("a\0b"))?.names, ["top.csv"]);
});

test("a file that is not there is named as in the text, before what is wrong", async (context) => {
  const folder = await folderWith(context, "data/train.csv");
  const text = JSON.stringify({ data: { train: { type: "csv", path: "data/trian.csv", label: "label" } } });
  const [reference] = references(parse(text).root);
  assert.ok(reference);
  assert.equal(
    (await readFileKnowledge(reference, folder)).problem?.message,
    "data/trian.csv: No such file.",
  );
});

test("of a vocabulary that is missing the tokenizer's file says how large it is", async (context) => {
  const folder = await folderWith(context, "train.csv");
  await copyFile(new URL("../test/fixtures/texts/words.json", import.meta.url), join(folder, "words.json"));
  const text = `{
  "data": { "train": { "type": "text", "path": "train.csv", "text": "a", "label": "label", "tokenizer": "words.json", "maxLength": 8 } },
  "student": { "preset": "transformer" }
}`;
  const parsed = parse(text);
  const found = checkParsed(parsed, { knowledge: await knowledgeOf(parsed, folder) });
  const missing = found.find(({ message }) => message.startsWith('"vocabulary"'));
  assert.deepEqual(
    [missing?.code, missing?.message],
    [
      "missing-key",
      '"vocabulary" is missing in "student" (transformer): How many tokens there are: those of the tokenizer. "words.json" has 24 tokens.',
    ],
  );
  assert.deepEqual(
    missing?.fixes.map(({ title, edits }) => [title, edits.map(({ newText }) => newText)]),
    [['Add "vocabulary"', [', "vocabulary": 24']]],
  );
  // Without the file there is no such number: an example stands for it.
  const [unknown] = checkParsed(parsed).filter(({ message }) => message.startsWith('"vocabulary"'));
  assert.deepEqual(
    [unknown?.message.includes("words.json"), unknown?.fixes[0]?.edits[0]?.newText],
    [false, ', "vocabulary": 30522'],
  );
});

test("a tensor of an ONNX image is known with its channels last, as the engine takes it", async (context) => {
  const folder = await folderWith(context);
  const proto = `syntax = "proto3";
    message Dim { int64 dim_value = 1; } message Shape { repeated Dim dim = 1; }
    message Tensor { int32 elem_type = 1; Shape shape = 2; } message Type { Tensor tensor_type = 1; }
    message Value { string name = 1; Type type = 2; }
    message Node { repeated string input = 1; repeated string output = 2; string op_type = 4; }
    message Graph { repeated Node node = 1; repeated Value output = 12; repeated Value value_info = 13; }
    message Model { int64 ir_version = 1; Graph graph = 7; }`;
  const model = protobuf.parse(proto, { keepCase: true }).root.lookupType("Model");
  const value = (name: string, ...extents: number[]) => ({
    name,
    type: { tensor_type: { elem_type: 1, shape: { dim: extents.map((dim_value) => ({ dim_value })) } } },
  });
  const nodes = ["map", "flat", "open", "y"].map((name) => ({
    op_type: "Relu",
    input: ["x"],
    output: [name],
  }));
  const graph = {
    node: nodes,
    output: [value("y", 1, 3)],
    value_info: [value("map", 1, 5, 7, 9), value("flat", 1, 6), value("open", 1, 5, 0, 9)],
  };
  await writeFile(join(folder, "t.onnx"), model.encode({ ir_version: 8, graph }).finish());
  const text = JSON.stringify({ teacher: { type: "onnx", path: "t.onnx" } });
  const [reference] = references(parse(text).root);
  assert.ok(reference);
  assert.deepEqual((await readFileKnowledge(reference, folder)).facts?.layers, [
    { name: "map", type: "Relu", shape: [7, 9, 5] },
    { name: "flat", type: "Relu", shape: [6] },
    { name: "open", type: "Relu" },
    { name: "y", type: "Relu" },
  ]);
});

test("what is wrong with a model names it as the text does", async (context) => {
  const folder = await folderWith(context);
  await writeFile(join(folder, "forest.json"), '{ "learner": {}, "version": [3, 2, 0] }');
  const teacher = { type: "tfjs", path: "forest.json" };
  const [reference] = references(parse(JSON.stringify({ teacher })).root);
  assert.ok(reference);
  assert.match(
    (await readFileKnowledge(reference, folder)).problem?.message ?? "",
    /^forest\.json cannot be read .*: it is a model of XGBoost\. Make ONNX of it with onnxmltools\.convert_xgboost/,
  );
  await writeFile(join(folder, "net.onnx"), fixture({ shape: ["batch", 18], externalWeights: "net.bin" }));
  const onnx = parse(JSON.stringify({ teacher: { type: "onnx", path: "./net.onnx" } }));
  const [net] = references(onnx.root);
  assert.ok(net);
  assert.equal(
    (await readFileKnowledge(net, folder)).problem?.message,
    "./net.onnx: its weights file net.bin does not exist.",
  );
});

test("an array in an archive is named below the path that the text has", async (context) => {
  const folder = await folderWith(context);
  const words = Buffer.alloc(64 + 24, 0);
  const header = "{'descr': '<U3', 'fortran_order': False, 'shape': (2,), }";
  words.write(`\x93NUMPY\x01\0\x36\0${header.padEnd(53)}\n`, "latin1");
  await writeFile(
    join(folder, "d.npz"),
    zipSync({ "x.npy": npyBytes({ shape: [2, 1], values: new Float32Array(2) }), "y.npy": words }),
  );
  const train = { type: "npz", path: "d.npz", features: "x", labels: "y" };
  const [reference] = references(parse(JSON.stringify({ data: { train } })).root);
  assert.ok(reference);
  assert.match(
    (await readFileKnowledge(reference, folder)).problem?.message ?? "",
    /^d\.npz\/y\.npy: The element type <U3/,
  );
});
