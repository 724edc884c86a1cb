import assert from "node:assert/strict";
import { test } from "node:test";
import { webgpuForTests } from "../../../../test/support/webgpu.ts";
import { OnnxGraph } from "../../graph/onnx/onnxGraph.ts";
import { onnxruntime } from "../ort.ts";
import { sessionOptions } from "./device.ts";

const skip = (await webgpuForTests()) ? false : "there is no WebGPU device";

/** A 2 × 2 convolution of one image [1, channels, 4, 4] by ONNX Runtime's own kernel, on the device and on the CPU. */
async function convolved(channels: number, filters: number) {
  const graph = new OnnxGraph();
  const kernel = [filters, channels, 2, 2];
  const [x, w] = [graph.input("x", "float32", [1, channels, 4, 4]), graph.input("w", "float32", kernel)];
  graph.output("y", graph.node("Conv", [x, w], { kernel_shape: [2, 2] }), "float32", [1, filters, 3, 3]);
  const model = graph.encode({ name: "convolution" });
  const ort = await onnxruntime();
  const wave = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * 1.3));
  const feeds = {
    x: new ort.Tensor("float32", wave(channels * 16), [1, channels, 4, 4]),
    w: new ort.Tensor("float32", wave(filters * channels * 4), kernel),
  };
  const run = async (options: object) => {
    const session = await ort.InferenceSession.create(model, options);
    const y = (await session.run(feeds))["y"]?.data as Float32Array;
    await session.release();
    return y;
  };
  return { device: await run(sessionOptions), cpu: await run({}) };
}

const difference = ({ device, cpu }: Record<"device" | "cpu", Float32Array>) =>
  cpu.reduce((most, y, i) => Math.max(most, Math.abs(y - (device[i] as number))), 0);

// Seen with ONNX Runtime 1.30: 6 channels into a multiple of 4 come out wrong, without a word. When this fails it has been mended:
// measure then whether its convolution is faster than the composed one.
test("why convolutions are composed: ONNX Runtime's own are wrong for some numbers of channels", {
  skip,
}, async () => {
  assert.ok(difference(await convolved(4, 4)) < 1e-5);
  assert.ok(difference(await convolved(6, 4)) > 0.1);
});
