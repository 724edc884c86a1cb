import assert from "node:assert/strict";
import { test } from "node:test";
import { distillationProgram } from "../../distill/program.ts";
import { buildNet } from "../../nets/net.ts";
import type { LayerSpec } from "../../nets/shapes.ts";
import { decodeModel } from "../onnx/schema.ts";
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
    [...models.values()].flatMap((model) => decodeModel(model).graph.node.map(({ op_type }) => op_type)),
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
