import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { assertClose, numbers } from "../../../test/support/againstEager.ts";
import { loadEager } from "../../../test/support/eager.ts";
import { presetLayers } from "../../nets/presets/presets.ts";
import { onnxruntime } from "../native/ort.ts";
import { buildNet, type Net } from "../nets/net.ts";
import type { NamedData, Program } from "../program.ts";
import { type ExportableNet, type ExportOptions, exportOnnx } from "./exportOnnx.ts";
import { encodeModel } from "./onnx/onnxSchema.ts";

type Layers = Parameters<typeof buildNet>[0];

const cnn: Layers = [
  { type: "conv2d", filters: 4, kernelSize: 3, padding: "same" },
  { type: "batchNormalization" },
  { type: "reLU" },
  { type: "maxPooling2d" },
  { type: "dropout", rate: 0.5 },
  { type: "flatten" },
  { type: "dense", units: 5 },
];

function built(
  layers: Layers,
  inputShape: readonly number[],
): { net: Net; exportable: ExportableNet; weights: NamedData } {
  const net = buildNet(layers, inputShape);
  assert.ok(!("problems" in net), JSON.stringify(net));
  const exportable: ExportableNet = {
    inputShape,
    weights: Object.fromEntries(
      Object.entries(net.parameters).map(([name, { shape }]) => [name, { shape, dtype: "float32" as const }]),
    ),
    logits: (weights, x) => net.apply(weights, x, { training: false }).logits,
  };
  return { net, exportable, weights: net.initial(3) };
}

async function eagerLogits(
  { inputShape, weights: specs, logits }: ExportableNet,
  weights: NamedData,
  x: Float32Array,
  batch: number,
) {
  const inputs = { x: { shape: [batch, ...inputShape], dtype: "float32" as const } };
  const program: Program = {
    state: specs,
    entries: [
      {
        name: "logits",
        inputs,
        run: (w, { x }) => ({ state: {}, outputs: { logits: logits(w, x as never) } }),
      },
    ],
  };
  return (await (await loadEager(program, weights)).run("logits", { x }))["logits"] as Float32Array;
}

async function check(
  layers: Layers,
  inputShape: readonly number[],
  options: ExportOptions = {},
): Promise<void> {
  const { exportable, weights } = built(layers, inputShape);
  await checkNet(exportable, weights, options);
}

async function checkNet(exportable: ExportableNet, weights: NamedData, options: ExportOptions = {}) {
  const { inputShape } = exportable;
  const bytes = encodeModel(exportOnnx(exportable, weights, options));
  const ort = await onnxruntime();
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ["cpu"],
    intraOpNumThreads: 1,
  });
  assert.deepEqual([session.inputNames, session.outputNames], [["input"], ["logits"]]);
  for (const batch of [1, 3]) {
    const x = numbers([batch, ...inputShape]).data as Float32Array;
    const expected = await eagerLogits(exportable, weights, x, batch);
    const nchw = options.layout === "nchw";
    const [height, width, channels] = inputShape as [number, number, number];
    const shape = nchw ? [batch, channels, height, width] : [batch, ...inputShape];
    const data = nchw ? turned(x, batch, height * width, channels) : x;
    const found = (await session.run({ input: new ort.Tensor("float32", data, shape) }))["logits"];
    assertClose(found?.data as Float32Array, expected, { what: `batch ${batch}` });
  }
  await session.release();
}

function turned(x: Float32Array, batch: number, positions: number, channels: number): Float32Array {
  return Float32Array.from({ length: x.length }, (_, i) => {
    const [sample, rest] = [Math.floor(i / (positions * channels)), i % (positions * channels)];
    return x[
      sample * positions * channels + (rest % positions) * channels + Math.floor(rest / positions)
    ] as number;
  }).slice(0, batch * positions * channels);
}

test("an exported net gives the student's logits for every batch size", async () => {
  await check(
    [{ type: "flatten" }, { type: "dense", units: 6, activation: "relu" }, { type: "dense", units: 3 }],
    [4, 4, 1],
  );
  await check(cnn, [6, 6, 2]);
});

test("images are fed channels last or channels first, as asked", async () => {
  await check(cnn, [6, 8, 3], { layout: "nhwc" });
  await check(cnn, [6, 8, 3], { layout: "nchw" });
});

test("a vision transformer exports for every batch size", async () => {
  const layers = presetLayers({ preset: "vit", patchSize: 2, width: 6, depth: 2, heads: 2 }, 3);
  await check(layers, [6, 4, 2]);
  await check(layers, [6, 4, 2], { layout: "nchw" });
});

test("other layers export too", async () => {
  await check(
    [
      { type: "depthwiseConv2d", kernelSize: 3 },
      { type: "upSampling2d" },
      { type: "averagePooling2d" },
      { type: "globalAveragePooling2d" },
      { type: "dense", units: 3 },
    ],
    [6, 6, 2],
  );
  await check(
    [
      { type: "conv1d", filters: 4, kernelSize: 3 },
      { type: "globalMaxPooling1d" },
      { type: "dense", units: 3 },
    ],
    [8, 2],
  );
});

test("an exported model is standard: opset 18, no operators of a runtime's own, a symbolic batch, named weights", () => {
  const { exportable, weights } = built(cnn, [6, 6, 2]);
  const model = exportOnnx(exportable, weights, { name: "tiny", layout: "nchw" });
  assert.deepEqual(model.opset_import, [{ domain: "", version: 18 }]);
  assert.ok(model.graph.node.every(({ domain }) => domain === ""));
  const dims = ({ type }: (typeof model.graph.input)[number]) =>
    type.tensor_type.shape.dim.map(
      (dim) => ("dim_param" in dim && dim.dim_param) || ("dim_value" in dim && dim.dim_value),
    );
  assert.deepEqual(model.graph.input.map(dims), [["batch", 2, 6, 6]]);
  assert.deepEqual(model.graph.output.map(dims), [["batch", 5]]);
  assert.equal(model.graph.name, "tiny");
  const names = model.graph.initializer.map(({ name }) => name);
  for (const name of Object.keys(weights)) assert.ok(names.includes(name), name);
});

test("a net that trains in blocks of channels is exported with the standard's operators", async () => {
  const blocks: Layers = [
    { type: "conv2d", filters: 32, kernelSize: 3, padding: "same" },
    { type: "batchNormalization" },
    { type: "reLU" },
    { type: "conv2d", filters: 32, kernelSize: 3, strides: 2, padding: "same" },
    { type: "globalAveragePooling2d" },
    { type: "dense", units: 5 },
  ];
  const { exportable, weights } = built(blocks, [32, 32, 3]);
  const { opset_import, graph } = exportOnnx(exportable, weights);
  assert.deepEqual(opset_import, [{ domain: "", version: 18 }]);
  assert.ok(graph.node.every(({ domain }) => domain === ""));
  await check(blocks, [32, 32, 3]);
});

test("a missing weight is named", () => {
  const { exportable } = built(cnn, [6, 6, 2]);
  assert.throws(() => exportOnnx(exportable, {}), /the weight conv2d\S* is missing/);
});

const flat = (x: tf.Tensor) => tf.reshape(x, [-1]);
/** Three values a sample, four places among them. */
const picked = [2, 0, 1, 0] as const;
const batchNets: Readonly<Record<string, (x: tf.Tensor, batch: number) => tf.Tensor>> = {
  "places in a flattened tensor, computed": (x, batch) => {
    const starts = tf.mul(tf.reshape(tf.range(0, batch, 1, "int32"), [batch, 1]), tf.scalar(3, "int32"));
    const places = tf.add(starts, tf.tensor2d([...picked], [1, 4], "int32"));
    return tf.reshape(tf.gather(flat(x), flat(places)), [batch, 4]);
  },
  "places in a flattened tensor, one constant": (x, batch) => {
    const places = Int32Array.from({ length: batch * 4 }, (_, i) => (i >> 2) * 3 + (picked[i & 3] as number));
    return tf.reshape(tf.gather(flat(x), tf.tensor1d(places, "int32")), [batch, 4]);
  },
  "coordinates, of which one grows": (x, batch) => {
    const places = Int32Array.from({ length: batch * 4 }, (_, i) => (i % 2 === 0 ? i >> 2 : (i >> 1) % 2));
    return tf.gatherND(x, tf.tensor3d(places, [batch, 2, 2], "int32"));
  },
  "a table of equal rows": (x, batch) =>
    tf.add(
      x,
      tf.tensor2d(
        Float32Array.from({ length: batch * 3 }, (_, i) => i % 3),
        [batch, 3],
      ),
    ),
  "samples along the second axis": (x, batch) => {
    const spread = tf.broadcastTo(tf.tensor3d([1, 2], [2, 1, 1]), [2, batch, 1]);
    return tf.sum(tf.concat([tf.stack([x, x]), spread], 2), 0);
  },
};
for (const [what, net] of Object.entries(batchNets))
  test(`a constant with values for each sample is made for those that come in: ${what}`, () =>
    checkNet({ inputShape: [3], weights: {}, logits: (_, x) => net(x, x.shape[0] as number) }, {}));

test("a net that computes with the size of its batch is exported for one sample at a time", () => {
  const exportable: ExportableNet = {
    inputShape: [3],
    weights: {},
    logits: (_, x) => tf.mul(x, x.shape[0] as number),
  };
  const { graph } = exportOnnx(exportable, {});
  assert.deepEqual(graph.input[0]?.type.tensor_type.shape.dim[0], { dim_value: 1 });
  assert.ok(
    graph.initializer.every(({ raw_data }) => new Float32Array(raw_data.slice().buffer)[0] !== 65521),
    "no trial batch is left in it",
  );
});
