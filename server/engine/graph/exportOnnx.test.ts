import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { assertClose, numbers } from "../../../test/support/againstEager.ts";
import {
  batchNets,
  built,
  cnn,
  depthwise,
  eagerLogits,
  type Layers,
  visionTransformer,
} from "../../../test/support/exportableNets.ts";
import { onnxruntime } from "../native/ort.ts";
import type { NamedData } from "../program.ts";
import type { ExportableNet } from "./exportableNet.ts";
import { type ExportOptions, exportOnnx } from "./exportOnnx.ts";
import { encodeModel } from "./onnx/onnxSchema.ts";

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
  await check(visionTransformer, [6, 4, 2]);
  await check(visionTransformer, [6, 4, 2], { layout: "nchw" });
});

test("other layers export too", async () => {
  await check(depthwise, [6, 6, 2]);
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
