import assert from "node:assert/strict";
import { test } from "node:test";
import { halfToNumber } from "../../../data/formats/half.ts";
import { int8Bytes } from "../../../nets/int8Bytes.ts";
import { presetLayers } from "../../../nets/presets/presets.ts";
import { type LayerSpec, layerShapes } from "../../../nets/shapes.ts";
import { foldedModel } from "../../native/foldedModel.ts";
import { onnxruntime } from "../../native/ort.ts";
import { buildNet } from "../../nets/net.ts";
import { exportOnnx } from "../exportOnnx.ts";
import { halfWeights } from "./halfWeights.ts";
import { OnnxGraph } from "./onnxGraph.ts";
import { decodeModel, encodeModel, type ModelProto, type TensorProto } from "./onnxSchema.ts";
import { activationScale, calibratedTensors, quantized } from "./quantized.ts";

const [rows, columns] = [16, 4];
/** Of a column, in steps of its scale: halves go to the even neighbour. */
const steps = [127, -127, 0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 100.25, -100.25, 0, 64, 63.75, -63.75, 1, -1];
/** Column c is in steps of 2^(c − 3), so that its largest value, 127 steps, gives exactly this scale. */
const weights = Float32Array.from(
  { length: rows * columns },
  (_, i) => (steps[i >> 2] as number) * 2 ** ((i % 4) - 3),
);
const integers = [127, -127, 0, 2, 2, 0, -2, -2, 100, -100, 0, 64, 64, -64, 1, -1];

function product(): ModelProto {
  const graph = new OnnxGraph();
  const x = graph.input("x", "float32", ["batch", rows]);
  const w = graph.constant(weights, [rows, columns], "float32", "w");
  const b = graph.constant(Float32Array.of(1, -1, 0.25, 0), [columns], "float32", "b");
  graph.output("y", graph.node("Gemm", [x, w, b]), "float32", ["batch", columns]);
  return graph.model({ name: "product" });
}

const constant = ({ graph }: ModelProto, name: string): TensorProto =>
  graph.initializer.find((tensor) => tensor.name === name) ?? assert.fail(`no ${name}`);

async function run(model: ModelProto, x: Float32Array, shape: readonly number[]): Promise<Float32Array> {
  const ort = await onnxruntime();
  const session = await ort.InferenceSession.create(encodeModel(model), { executionProviders: ["cpu"] });
  const [input, output] = [session.inputNames[0] as string, session.outputNames[0] as string];
  const found = await session.run({ [input]: new ort.Tensor("float32", x, shape) });
  await session.release();
  return found[output]?.data as Float32Array;
}

test("weights become the integers that were computed by hand, a scale a channel", async () => {
  const model = decodeModel(encodeModel(quantized(product())));
  assert.deepEqual(
    [...new Int8Array(new Uint8Array(constant(model, "w_int8").raw_data).buffer)],
    integers.flatMap((k) => [k, k, k, k]),
  );
  assert.deepEqual(
    [...new Float32Array(new Uint8Array(constant(model, "w_scale").raw_data).buffer)],
    [1 / 8, 1 / 4, 1 / 2, 1],
  );
  // The row of ones has the sums of the columns, in steps, times the scales: Σ = 66.
  const sum = integers.reduce((a, b) => a + b);
  const y = await run(model, new Float32Array(rows).fill(1), [1, rows]);
  assert.deepEqual([...y], [sum / 8 + 1, sum / 4 - 1, sum / 2 + 0.25, sum]);
});

test("of an embedding the rows that are looked up are made numbers again, each with its own scale", async () => {
  const graph = new OnnxGraph();
  const x = graph.input("x", "float32", ["batch"]);
  const given = [127, -64.5, 2.5, 0];
  const table = Float32Array.from(
    { length: rows * columns },
    (_, i) => (given[i % 4] as number) * 2 ** ((i >> 2) - 8),
  );
  const looked = graph.node("Gather", [
    graph.constant(table, [rows, columns], "float32", "t"),
    graph.node("Cast", [x], { to: 7 }),
  ]);
  graph.output("y", looked, "float32", ["batch", columns]);
  const model = quantized(graph.model({ name: "embedding" }));
  assert.ok(model.graph.node.every(({ op_type }) => op_type !== "DequantizeLinear"));
  const y = await run(model, Float32Array.of(8, 0, 15), [3]);
  assert.deepEqual(
    [...y],
    [1, 2 ** -8, 2 ** 7].flatMap((scale) => [127, -64, 2, 0].map((k) => k * scale)),
  );
});

test("with the range of what goes in, integers are multiplied", async () => {
  assert.deepEqual(calibratedTensors(product()), ["x"]);
  // −1 … 4 in 255 steps of 5 / 255: 0 is 51.
  assert.deepEqual(activationScale({ least: -1, most: 4 }), { scale: Math.fround(5 / 255), zero: 51 });
  assert.deepEqual(activationScale({ least: 2, most: 5 }), { scale: Math.fround(5 / 255), zero: 0 });
  assert.deepEqual(activationScale({ least: 0, most: 0 }), { scale: 1, zero: 0 });
  // −127.5 … 127.5 in steps of 1; the bias in steps of that times 1/8, 1/4, 1/2, 1.
  const model = quantized(product(), new Map([["x", { least: -127.5, most: 127.5 }]]));
  const biases = constant(
    model,
    model.graph.initializer.find(({ name }) => name.endsWith("_int32"))?.name ?? "",
  );
  assert.deepEqual([...new Int32Array(new Uint8Array(biases.raw_data).buffer)], [8, -4, 0, 0]);
  const x = Float32Array.from({ length: rows }, (_, i) => i - 8.25); // to the nearest integer: i − 8
  const dot = integers.reduce((total, k, i) => total + k * (i - 8), 0);
  const y = await run(model, x, [1, rows]);
  assert.deepEqual([...y], [dot / 8 + 1, dot / 4 - 1, dot / 2, dot]);
});

test("a convolutional net in integers and in halves gives what it gave, and is smaller", async () => {
  const net = buildNet(
    [
      { type: "conv2d", filters: 16, kernelSize: 3, padding: "same" },
      { type: "batchNormalization" },
      { type: "reLU" },
      { type: "maxPooling2d" },
      { type: "depthwiseConv2d", kernelSize: 3 },
      { type: "flatten" },
      { type: "dense", units: 10 },
    ],
    [8, 8, 3],
  );
  assert.ok(!("problems" in net), JSON.stringify(net));
  const float = exportOnnx(
    {
      inputShape: net.inputShape,
      weights: Object.fromEntries(
        Object.entries(net.parameters).map(([name, { shape }]) => [
          name,
          { shape, dtype: "float32" as const },
        ]),
      ),
      logits: (weights, x) => net.apply(weights, x, { training: false }).logits,
    },
    net.initial(3),
  );
  const folded = await foldedModel(float);
  assert.deepEqual(
    folded.graph.node.map(({ op_type }) => op_type).filter((op) => /Batch|Transpose|Sqrt|Div/.test(op)),
    ["Transpose", "Transpose"],
    "what is left turns the images to channels first, and back before they are flattened",
  );
  const shape = [32, 8, 8, 3];
  const x = Float32Array.from({ length: 32 * 192 }, (_, i) => ((i * 0.618034) % 1) * 2 - 1);
  const expected = await run(float, x, shape);
  const spread = Math.max(...expected.map(Math.abs));
  const bytes = (model: ModelProto) => encodeModel(model).length;
  const ranges = new Map(calibratedTensors(folded).map((name) => [name, { least: -2, most: 2 }]));
  assert.equal(ranges.size, 5, [...ranges.keys()].join());
  for (const { model, error, share } of [
    { model: folded, error: 1e-6, share: 1.2 },
    { model: halfWeights(folded), error: 2e-3, share: 0.75 }, // 2⁻¹¹ of each weight
    { model: quantized(folded), error: 0.02, share: 0.75 }, // half a step of 1/127 of the largest, and averages
    { model: quantized(folded, ranges), error: 0.1, share: 1.2 }, // and of 4/255 of an activation, which has nodes of its own
  ]) {
    const given = await run(model, x, shape);
    const far = Math.max(...given.map((value, i) => Math.abs(value - (expected[i] as number))));
    assert.ok(far <= error * spread, `${far} of ${spread}`);
    assert.ok(bytes(model) <= share * bytes(folded), `${bytes(model)} of ${bytes(folded)}`);
  }
});

test("a number that half precision does not have keeps its tensor as it is", () => {
  const model = product();
  const halves = constant(halfWeights(model), "w_half");
  assert.deepEqual(
    Array.from(new Uint16Array(new Uint8Array(halves.raw_data).buffer), halfToNumber),
    [...weights],
    "all of these are halves",
  );
  const large = {
    ...constant(model, "w"),
    raw_data: new Uint8Array(Float32Array.from(weights, (w) => w * 1e4).buffer),
  };
  const graph = { ...model.graph, initializer: [large] };
  assert.deepEqual(halfWeights({ ...model, graph }).graph.initializer, [large]);
});

test("the bytes of an int8 export are known before a training, to a twentieth and 256 bytes", async () => {
  const tokens: LayerSpec = { type: "embedding", inputDim: 50, outputDim: 16 };
  const nets: readonly (readonly [readonly LayerSpec[], readonly number[]])[] = [
    [presetLayers({ preset: "mlp", hidden: [64, 32] }, 10), [28, 28, 1]],
    [presetLayers({ preset: "lenet" }, 10), [28, 28, 1]],
    [presetLayers({ preset: "resnet", depth: 8 }, 10), [16, 16, 3]],
    [presetLayers({ preset: "vit", width: 16, depth: 1, heads: 2 }, 10), [8, 8, 1]],
    [[tokens, { type: "lstm", units: 16 }, { type: "dense", units: 3 }], [4]],
    [
      [
        { type: "depthwiseConv2d", kernelSize: 3, depthMultiplier: 2 },
        { type: "flatten" },
        { type: "dense", units: 3 },
      ],
      [12, 12, 8],
    ],
  ];
  for (const [layers, shape] of nets) {
    const net = buildNet(layers, shape);
    assert.ok(!("problems" in net), JSON.stringify(net));
    const float = exportOnnx(
      {
        inputShape: net.inputShape,
        ...(net.takesTokens ? { inputType: "int32" as const } : {}),
        weights: Object.fromEntries(
          Object.entries(net.parameters).map(([name, { shape }]) => [name, { shape, dtype: "float32" }]),
        ),
        logits: (tensors, x) => net.apply(tensors, x, { training: false }).logits,
      },
      net.initial(1),
      { name: "net", output: "logits", metadata: {} },
    );
    const { graph } = quantized(await foldedModel(float));
    const bytes = graph.initializer.reduce((sum, { raw_data }) => sum + raw_data.length, 0);
    const counted = int8Bytes(layerShapes(layers, shape));
    assert.ok(counted >= bytes - 256 && counted <= 1.05 * bytes, `${counted} of ${bytes}`);
  }
});
