import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { io, setBackend, tensor, tidy } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { input, type LayersModel, layers, loadLayersModel, model, sequential } from "@tensorflow/tfjs-layers";
import { loadEager } from "../../../test/support/eager.ts";
import { describeFile } from "../../data/describe.ts";
import { weightsProblem } from "../../data/descriptions/missing.ts";
import type { LayerSpec } from "../../nets/shapes.ts";
import { inferenceProgram } from "../distill/inferenceProgram.ts";
import type { NamedData } from "../program.ts";
import { modelFiles, readModelJson, writeModelJson } from "./modelJson.ts";
import { buildNet, type LayeredNet } from "./net.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "model-json-"));
  await setBackend("cpu");
});
after(() => rm(folder, { recursive: true }));

const image = [6, 6, 2];
const x = Float32Array.from({ length: 2 * 72 }, (_, i) => Math.sin(3 * i));

const spec: readonly LayerSpec[] = [
  { type: "conv2d", name: "first", filters: 4, kernelSize: 3, padding: "same", activation: "hardSigmoid" },
  { type: "batchNormalization", name: "norm", epsilon: 1e-5 },
  { type: "separableConv2d", name: "second", filters: 4, kernelSize: [3, 2], padding: "same" },
  { type: "add", name: "sum", inputs: ["second", "norm"] },
  { type: "dropout", name: "drop", rate: 0.3 },
  {
    type: "zeroPadding2d",
    name: "pad",
    padding: [
      [1, 0],
      [0, 1],
    ],
  },
  { type: "averagePooling2d", name: "pool", poolSize: 2 },
  { type: "flatten", name: "flat" },
  { type: "dense", name: "logits", units: 3 },
];

test("what is written, tf.layers reads, and predicts the same", async () => {
  const { net, weights } = trained(spec);
  const { json, weights: bytes } = modelFiles(net, weights);
  const { modelTopology, weightsManifest } = JSON.parse(json);
  const loaded = await loadLayersModel(
    io.fromMemory({
      modelTopology,
      weightSpecs: weightsManifest[0].weights,
      weightData: new Uint8Array(bytes).buffer,
    }),
  );
  assertSame(await predict(net, weights), keras(loaded));
});

test("what is written is read back", async () => {
  const { net, weights } = trained(spec);
  await writeModelJson(join(folder, "own"), net, weights);
  const read = await readModelJson(join(folder, "own", "model.json"));
  assert.ok(!("problem" in read), JSON.stringify(read));
  assert.deepEqual(read.inputShape, image);
  assert.deepEqual(read.weights, weights);
  assertSame(await predict(netOf(read.layers), read.weights), await predict(net, weights));
});

test("a sequential model of tf.layers, with a model inside", async () => {
  const inner = sequential({
    layers: [layers.conv2d({ filters: 3, kernelSize: 2, activation: "selu", inputShape: image })],
  });
  inner.add(layers.maxPooling2d({ poolSize: 2 }));
  const outer = sequential({
    layers: [
      inner,
      layers.flatten(),
      layers.dense({ units: 4, activation: "softplus" }),
      layers.leakyReLU({ alpha: 0.2 }),
    ],
  });
  await checkReading(outer, "sequential");
});

test("a functional model of tf.layers", async () => {
  const start = input({ shape: image });
  const a = layers
    .conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: "same", useBias: false })
    .apply(start);
  const normal = layers.batchNormalization({ axis: 3 }).apply(a);
  const b = layers.depthwiseConv2d({ kernelSize: 3, padding: "same" }).apply(normal);
  const sum = layers.concatenate().apply([normal, b] as never);
  const end = layers.dense({ units: 3 }).apply(layers.globalAveragePooling2d({}).apply(sum));
  await checkReading(model({ inputs: start, outputs: end as never }), "functional");
});

test("float16 and quantised weights", async () => {
  const { net, weights } = trained([
    { type: "flatten", name: "flat" },
    { type: "dense", name: "logits", units: 3 },
  ]);
  const { json } = modelFiles(net, weights);
  const parsed = JSON.parse(json);
  const [kernel, bias] = parsed.weightsManifest[0].weights;
  kernel.quantization = { dtype: "uint8", scale: 0.5, min: -1, original_dtype: "float32" };
  bias.quantization = { dtype: "float16", original_dtype: "float32" };
  const halves = [0x3c00, 0xc000, 0x0001]; // 1, −2, 2⁻²⁴
  await writeFile(join(folder, "model.json"), JSON.stringify(parsed));
  await writeFile(
    join(folder, "weights.bin"),
    Buffer.concat([new Uint8Array(216).fill(3), new Uint8Array(Uint16Array.from(halves).buffer)]),
  );
  const read = await readModelJson(join(folder, "model.json"));
  assert.ok(!("problem" in read), JSON.stringify(read));
  assert.deepEqual(read.weights["logits.kernel"], new Float32Array(216).fill(0.5));
  assert.deepEqual(read.weights["logits.bias"], Float32Array.of(1, -2, 2 ** -24));
});

test("what cannot be read is a problem that says why", async () => {
  const path = join(folder, "broken.json");
  const problemOf = async (text: string) => {
    await writeFile(path, text);
    const read = await readModelJson(path);
    assert.ok("problem" in read, "it was read");
    return read.problem.message;
  };
  assert.match(await problemOf("{"), /it is not JSON/);
  assert.match(await problemOf("{}"), /lacks modelTopology/);
  assert.match(await problemOf('{"format": "graph-model", "modelTopology": {}}'), /graph model/);

  const { net, weights } = trained(spec);
  const json = JSON.parse(modelFiles(net, weights).json);
  json.weightsManifest[0].paths.push("more.bin");
  assert.match(await problemOf(JSON.stringify(json)), /more\.bin does not exist/);
});

test("weights that are cut off or missing are named", async () => {
  const { net, weights } = trained(spec);
  await writeModelJson(folder, net, weights);
  const path = join(folder, "model.json");
  await truncate(join(folder, "weights.bin"), 100);
  const cut = await readModelJson(path);
  assert.ok("problem" in cut);
  assert.match(
    cut.problem.message,
    /first\/kernel ends at byte 288, but there are 100 bytes in weights\.bin/,
  );

  await writeModelJson(folder, net, weights);
  const json = JSON.parse(await readFile(path, "utf8"));
  json.weightsManifest[0].weights.pop();
  await writeFile(path, JSON.stringify(json));
  const missing = await readModelJson(path);
  assert.ok("problem" in missing);
  assert.match(missing.problem.message, /the weight logits\.bias of shape \[3\] is missing/);
});

test("weights outside of the model's folder are refused by checker and trainer alike", async () => {
  const { net, weights } = trained(spec);
  const inner = join(folder, "inner");
  await mkdir(inner, { recursive: true });
  const path = join(inner, "model.json");
  const files = modelFiles(net, weights);
  await writeFile(join(folder, "weights.bin"), files.weights);
  await symlink(join(folder, "weights.bin"), join(inner, "link.bin"));
  for (const named of [
    "../weights.bin",
    join(folder, "weights.bin"),
    "../inner/../weights.bin",
    "link.bin",
  ]) {
    const json = JSON.parse(files.json);
    json.weightsManifest[0].paths = [named];
    await writeFile(path, JSON.stringify(json));
    const read = await readModelJson(path);
    assert.ok("problem" in read, named);
    assert.equal(read.problem.code, "model-weights", named);
    assert.match(read.problem.message, /outside of its folder/, named);
    const described = await describeFile(path, { format: "tfjs" });
    assert.ok(described.kind === "model", named);
    assert.match(weightsProblem(path, described)?.message ?? "", /outside of its folder/, named);
    assert.deepEqual(described.weightFiles, [], named);
  }
});

test("a weights file that claims more than anybody has takes no memory", async () => {
  const { net, weights } = trained(spec);
  await writeModelJson(folder, net, weights);
  const path = join(folder, "model.json");
  const json = JSON.parse(await readFile(path, "utf8"));
  // Sparse: it takes no place on the disk.
  await truncate(join(folder, "weights.bin"), 2 ** 43);
  const own = await readModelJson(path);
  assert.ok(!("problem" in own), "what is behind the weights is not read");
  json.weightsManifest[0].weights[0].shape = [2 ** 40];
  await writeFile(path, JSON.stringify(json));
  const read = await readModelJson(path);
  assert.ok("problem" in read);
  assert.match(read.problem.message, /more than this machine has/);
  json.weightsManifest[0].weights[0].shape = [-2, -36];
  await writeFile(path, JSON.stringify(json));
  const negative = await readModelJson(path);
  assert.equal("problem" in negative && negative.problem.code, "model-format");
});

test("a model.json or weights file that is no file is a problem, and never waited for", async () => {
  const { net, weights } = trained(spec);
  const inner = join(folder, "pipes");
  await writeModelJson(inner, net, weights);
  await rm(join(inner, "weights.bin"));
  execFileSync("mkfifo", [join(inner, "weights.bin"), join(inner, "pipe.json")]);
  for (const name of ["model.json", "pipe.json"]) {
    const read = await readModelJson(join(inner, name));
    assert.ok("problem" in read, name);
    assert.ok(["not-a-file", "model-weights"].includes(read.problem.code), name);
  }
});

test("samples of another shape than the model was made for", async () => {
  const { net, weights } = trained(spec);
  await writeModelJson(folder, net, weights);
  const read = await readModelJson(join(folder, "model.json"), [8, 8, 2]);
  assert.ok("problem" in read);
  assert.match(
    read.problem.message,
    /logits\.kernel of shape \[64, 3\] has 108 values \(it was made for \[6, 6, 2\], the samples are \[8, 8, 2\]\)/,
  );
});

test("layers that no net has are named", async () => {
  for (const [layer, message] of [
    [
      layers.simpleRNN({ units: 2, recurrentInitializer: "glorotNormal", inputShape: [3, 2] }),
      /class SimpleRNN are not supported/,
    ],
    [
      layers.conv2d({ filters: 2, kernelSize: 2, dataFormat: "channelsFirst", inputShape: [2, 6, 6] }),
      /data_format/,
    ],
  ] as const) {
    const path = await save(sequential({ layers: [layer] }), "unsupported");
    const read = await readModelJson(path);
    assert.ok("problem" in read);
    assert.match(read.problem.message, message);
  }
});

function netOf(specs: readonly LayerSpec[]): LayeredNet {
  const net = buildNet(specs, image);
  assert.ok(!("problems" in net), JSON.stringify(net));
  return net;
}

/** A net with weights that are all different from 0 and 1. */
function trained(specs: readonly LayerSpec[]): { net: LayeredNet; weights: Record<string, Float32Array> } {
  const net = netOf(specs);
  const weights = net.initial(3);
  const moved = Object.entries(weights).map(([name, values]) => [
    name,
    values.map((v, i) => v + 0.1 + 0.01 * (i % 7)),
  ]);
  return { net, weights: Object.fromEntries(moved) };
}

async function predict(net: LayeredNet, weights: NamedData): Promise<Float32Array> {
  const state = Object.fromEntries(
    Object.entries(weights).map(([name, values]) => [`weights/${name}`, values]),
  );
  const executor = await loadEager(inferenceProgram(net, [2]), state);
  return (await executor.run("evaluate@2", { x }))["logits"] as Float32Array;
}

const keras = (loaded: LayersModel): Float32Array =>
  tidy(() => (loaded.predict(tensor(x, [2, ...image])) as { dataSync(): Float32Array }).dataSync().slice());

async function save(saved: LayersModel, name: string): Promise<string> {
  const path = join(folder, `${name}.json`);
  await saved.save(
    io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      await writeFile(join(folder, `${name}.bin`), new Uint8Array(weightData as ArrayBuffer));
      const weightsManifest = [{ paths: [`${name}.bin`], weights: weightSpecs }];
      await writeFile(path, JSON.stringify({ format: "layers-model", modelTopology, weightsManifest }));
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
  );
  return path;
}

async function checkReading(saved: LayersModel, name: string) {
  const read = await readModelJson(await save(saved, name));
  assert.ok(!("problem" in read), JSON.stringify(read));
  assert.deepEqual(read.inputShape, image);
  assertSame(await predict(netOf(read.layers), read.weights), keras(saved));
}

function assertSame(found: Float32Array, expected: Float32Array) {
  assert.equal(found.length, expected.length);
  const worst = Math.max(...found.map((value, i) => Math.abs(value - (expected[i] as number))));
  assert.ok(worst < 1e-5, `off by ${worst}`);
}
