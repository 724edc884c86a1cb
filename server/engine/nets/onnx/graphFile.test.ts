import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { filesIn } from "../../../../test/support/dataFiles.ts";
import { node, port } from "../../../../test/support/onnxModel.ts";
import { channelsFirst } from "../../../nets/onnxInput.ts";
import { inferenceProgram } from "../../distill/inferenceProgram.ts";
import { asGroup, weightsGroup } from "../../distill/names.ts";
import { encodeModel, type ModelProto } from "../../graph/onnx/onnxSchema.ts";
import { loadOnnxRuntime } from "../../native/onnxruntime.ts";
import { exportModel } from "../../train/exportModel.ts";
import { readGraphNet, savedFiles } from "../savedNet.ts";

const fixtures = fileURLToPath(new URL("../../../../test/fixtures/students", import.meta.url));
const sample = [8, 8, 3];
const size = 192;
const samples = (count: number) => Float32Array.from({ length: count * size }, (_, i) => Math.sin(i * 1.7));

/** float32 against float32, of another order of sums. */
const tolerance = 2e-5;

for (const name of ["resnet", "resnet-folded", "mobilenet", "vit", "vit-torchscript"]) {
  test(`${name}: what is written is what was trained, in every runtime`, async (t) => {
    const read = await readGraphNet(join(fixtures, `${name}.onnx`), { sample });
    assert.ok(!("problem" in read), JSON.stringify(read));
    const trained = Object.fromEntries(
      Object.entries(read.weights).map(([weight, values]) => [
        weight,
        values.map((value, i) => value * (1 + 0.1 * Math.sin(i))),
      ]),
    );
    const folder = await filesIn(t, {});
    const file = join(folder, "model.onnx");
    const files = savedFiles(read.net, trained);
    await writeFile(file, files["model.onnx"] as Uint8Array);
    const back = await readGraphNet(file, { sample });
    assert.ok(!("problem" in back), JSON.stringify(back));
    assert.deepEqual(back.weights, trained);
    assert.deepEqual(back.net.parameters, read.net.parameters);

    const logits = await predicted(read, trained, 3);
    const image = (n: number) => channelsFirst(samples(3).subarray(n * size, (n + 1) * size), 1, sample);
    const session = await InferenceSession.create(file);
    for (let n = 0; n < 3; n++) {
      const given = await session.run({ input: new Tensor("float32", image(n), [1, 3, 8, 8]) });
      const row = given[session.outputNames[0] as string]?.data as Float32Array;
      assertNear(row, logits.subarray(3 * n, 3 * n + 3));
    }

    const normalize = { scale: 1, mean: [0.1], std: [2] };
    const request = { model: file, name, output: "logits", raw: false, normalize } as const;
    const own = await exportModel({ ...request, format: "onnx" });
    assert.ok(!("problem" in own), JSON.stringify(own));
    assert.deepEqual(own.input.shape, ["batch", ...sample]);
    const exported = await InferenceSession.create(own.files["model.onnx"] as Uint8Array);
    const raw = samples(3).map((value) => value * 2 + 0.1);
    const out = await exported.run({ input: new Tensor("float32", raw, [3, ...sample]) });
    assertNear(out["logits"]?.data as Float32Array, logits);
    const layers = await exportModel({ ...request, format: "tfjs" });
    assert.equal("problem" in layers && layers.problem.code, "layer-unsupported");
  });
}

test("a group normalisation is the same for each sample, whatever the batch divides", async (t) => {
  const [scale, shift] = [numbers("scale", 1, 1, 1, 1), numbers("shift", 0, 0, 0, 0)];
  const model = {
    ir_version: 8,
    producer_name: "pytorch",
    opset_import: [{ domain: "", version: 17 }],
    graph: {
      name: "g",
      node: [
        node("Reshape", ["x", "groups"], ["grouped"]),
        node("InstanceNormalization", ["grouped", "scale", "shift"], ["normal"]),
        node("Reshape", ["normal", "flat"], ["y"]),
      ],
      initializer: [scale, shift, list("groups", 0n, 4n, -1n), list("flat", 0n, -1n)],
      input: [port("x", "float32", ["batch", 64])],
      output: [port("y", "float32", ["batch", 64])],
    },
  };
  const folder = await filesIn(t, { "m.onnx": encodeModel(model as unknown as ModelProto) });
  const read = await readGraphNet(join(folder, "m.onnx"), { sample: [64] });
  assert.ok(!("problem" in read), JSON.stringify(read));
  const alone = await predicted(read, read.weights, 1, 64);
  for (const count of [2, 3, 4, 16])
    assertNear((await predicted(read, read.weights, count, 64)).subarray(0, 64), alone);
});

test("padding that is worked out of the image's size, as TensorFlow's, is known beforehand", async (t) => {
  const model = {
    ir_version: 8,
    producer_name: "pytorch",
    opset_import: [{ domain: "", version: 17 }],
    graph: {
      name: "g",
      node: [
        node("Shape", ["x"], ["size"]),
        node("Gather", ["size", "third"], ["width"]),
        node("Cast", ["width"], ["wide"], { to: 1 }),
        node("Sub", ["wide", "seven"], ["lacks"]),
        node("Clip", ["lacks", "none"], ["right"]),
        node("Cast", ["right"], ["whole"], { to: 7 }),
        node("Concat", ["before", "whole"], ["pads"], { axis: 0 }),
        node("Pad", ["x", "pads"], ["padded"]),
        node("Flatten", ["padded"], ["y"]),
      ],
      initializer: [
        list("third", 3n),
        { ...numbers("seven", 7), dims: [] },
        { ...numbers("none", 0), dims: [] },
        list("before", ...Array<bigint>(7).fill(0n)),
      ],
      input: [port("x", "float32", ["batch", 3, 8, 8])],
      output: [port("y", "float32", ["batch", 216])],
    },
  };
  const folder = await filesIn(t, { "m.onnx": encodeModel(model as unknown as ModelProto) });
  const read = await readGraphNet(join(folder, "m.onnx"), { sample });
  assert.ok(!("problem" in read), JSON.stringify(read));
  assert.deepEqual(read.net.outputShape, [216]);
});

const numbers = (name: string, ...values: number[]) => ({
  name,
  dims: [values.length],
  data_type: 1,
  raw_data: new Uint8Array(Float32Array.from(values).buffer),
});

const list = (name: string, ...values: bigint[]) => ({
  name,
  dims: [values.length],
  data_type: 7,
  raw_data: new Uint8Array(BigInt64Array.from(values).buffer),
});

async function predicted(
  { net }: { readonly net: Parameters<typeof inferenceProgram>[0] },
  weights: Record<string, Float32Array>,
  count: number,
  values = size,
): Promise<Float32Array> {
  const executor = await loadOnnxRuntime(inferenceProgram(net, [count]), asGroup(weightsGroup, weights), {
    threads: 1,
  });
  const { logits } = await executor.run(`evaluate@${count}`, {
    x: samples(count).subarray(0, count * values),
  });
  const kept = (logits as Float32Array).slice();
  await executor.dispose();
  return kept;
}

function assertNear(found: Float32Array, expected: Float32Array): void {
  assert.equal(found.length, expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs((found[i] as number) - value) <= tolerance * largest, `${found} is not ${expected}`);
}
