import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { assertClose, numbers } from "../../../../test/support/againstEager.ts";
import type { LayerSpec } from "../../../nets/shapes.ts";
import { distillationProgram } from "../../distill/program.ts";
import { loadLowered } from "../../native/onnxruntime.ts";
import { buildNet } from "../../nets/net.ts";
import type { NamedData, Program } from "../../program.ts";
import { decodeModel } from "../onnx/onnxSchema.ts";
import { lowerPlain, lowerPlainForWebgpu } from "../plain.ts";
import type { LowerProgram } from "../slots.ts";
import { trace } from "../trace.ts";

/** What ONNX Runtime's WebGPU provider computes wrongly, or hands to the CPU. */
const banned = [
  "Conv",
  "ConvTranspose",
  "MaxPool",
  "AveragePool",
  "MaxUnpool",
  "ScatterElements",
  "ScatterND",
  "LogSoftmax",
];

const layers: readonly LayerSpec[] = [
  { type: "conv2d", filters: 6, kernelSize: 3, padding: "same" },
  { type: "batchNormalization" },
  { type: "reLU" },
  { type: "maxPooling2d", poolSize: 2 },
  { type: "depthwiseConv2d", kernelSize: 3, strides: 2, padding: "same" },
  { type: "separableConv2d", filters: 4, kernelSize: 3, padding: "same" },
  { type: "averagePooling2d", poolSize: 2 },
  { type: "conv2dTranspose", filters: 3, kernelSize: 2, strides: 2 },
  { type: "flatten" },
  { type: "dense", units: 10 },
];

function opsOf(lower: LowerProgram): ReadonlySet<string> {
  const net = buildNet([...layers], [16, 16, 3]);
  assert.ok(!("problems" in net), JSON.stringify(net));
  const program = distillationProgram({
    student: net,
    losses: [{ type: "kd", temperature: 4, weight: 1 }],
    optimizer: { type: "adamw", learningRate: 1e-3 },
    teacher: "fed",
    batchSizes: [4],
  });
  const { models } = lower(trace(program));
  return new Set(
    [...models.values()].flatMap(({ encoded }) =>
      decodeModel(encoded).graph.node.map(({ op_type }) => op_type),
    ),
  );
}

test("no convolution or pool of the runtime's own reaches a WebGPU device", () => {
  const [onDevice, elsewhere] = [opsOf(lowerPlainForWebgpu), opsOf(lowerPlain)];
  assert.deepEqual(
    banned.filter((op) => onDevice.has(op)),
    [],
  );
  // The net has them, where they are right.
  for (const op of ["Conv", "ConvTranspose", "MaxPool", "AveragePool"]) assert.ok(elsewhere.has(op), op);
});

test("windows that take more than 64 MiB are gathered some positions at a time, with the same result", async () => {
  // The nine positions under each of 64 × 64 windows: 9 · 64 · 64 · 64 channels · 8 samples · 4 bytes = 72 MiB.
  const shape = [8, 64, 64, 64];
  const spec = { shape, dtype: "float32" } as const;
  const program: Program = {
    state: {},
    entries: [
      {
        name: "pools",
        inputs: { x: spec, dy: spec },
        run: (_, { x, dy }) => {
          const gradientOf = (pool: (x: tf.Tensor4D) => tf.Tensor) =>
            tf.grad((x) => pool(x as tf.Tensor4D))(x as tf.Tensor, dy as tf.Tensor);
          return {
            state: {},
            outputs: {
              max: gradientOf((x) => tf.maxPool(x, 3, 1, "same")),
              average: gradientOf((x) => tf.avgPool(x, 3, 1, "same")),
            },
          };
        },
      },
    ],
  };
  const feeds = { x: numbers(shape, 1).data, dy: numbers(shape, 2).data };
  const [expected, found] = await Promise.all(
    [lowerPlain, lowerPlainForWebgpu].map(async (lower) => {
      const executor = await loadLowered(lower, program, {}, { threads: 1 });
      const outputs = await executor.run("pools", feeds);
      await executor.dispose();
      return outputs;
    }),
  );
  for (const [name, data] of Object.entries(expected as NamedData))
    assertClose(found?.[name] as Float32Array, data as Float32Array, { tolerance: 1e-5, what: name });
});
