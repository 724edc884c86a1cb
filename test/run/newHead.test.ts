import assert from "node:assert/strict";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Experiment } from "../../schemas/experiment.gen.ts";
import { checkFile } from "../../server/api/checkFile.ts";
import { loadOnnxRuntime } from "../../server/engine/native/onnxruntime.ts";
import { modelFiles } from "../../server/engine/nets/modelJson.ts";
import { buildNet } from "../../server/engine/nets/net.ts";
import { distil } from "../../server/engine/train/distil.ts";
import { readNet } from "../../server/engine/train/nets.ts";
import { resolve } from "../../server/language/resolve.ts";
import { encodeNpy, filesIn } from "../support/dataFiles.ts";
import { memoryWorld } from "../support/memoryWorld.ts";

const fixtures = fileURLToPath(new URL("../fixtures/students", import.meta.url));
const [count, classes, shape] = [40, 5, [8, 8, 3]] as const;

/** Images whose class is how bright they are. */
const files = {
  "x.npy": encodeNpy(
    "<f4",
    [count, ...shape],
    Array.from({ length: count * 192 }, (_, i) => (Math.floor(i / 192) % classes) - 2 + Math.sin(i)),
  ),
  "y.npy": encodeNpy(
    "|u1",
    [count],
    Array.from({ length: count }, (_, i) => i % classes),
  ),
};

/** A model of 3 classes, and the names of the weights that give them. */
const models: readonly (readonly [model: string, head: readonly string[]])[] = [
  ["resnet.onnx", ["head.weight", "head.bias"]],
  ["resnet-folded.onnx", ["head.weight", "head.bias"]],
  ["vit.onnx", ["head.weight", "head.bias"]],
  ["vit-torchscript.onnx", ["head.weight", "head.bias"]],
  ["model.json", ["logits.kernel", "logits.bias"]],
];

function layersModel(): Readonly<Record<string, Uint8Array | string>> {
  const net = buildNet(
    [
      { type: "flatten" },
      { type: "dense", name: "hidden", units: 8, activation: "relu" },
      { type: "dense", name: "logits", units: 3, activation: "softmax" },
    ],
    shape,
  );
  if ("problems" in net) return assert.fail(JSON.stringify(net.problems));
  const { json, weights } = modelFiles(net, net.initial(3));
  return { "model.json": json, "weights.bin": weights };
}

for (const [model, head] of models)
  test(`${model}: a new head for the classes of the data, which a fix gives and training teaches`, async (t) => {
    const folder = await filesIn(t, { ...files, ...layersModel() });
    if (model !== "model.json") await copyFile(join(fixtures, model), join(folder, model));
    const experiment = {
      data: { train: { type: "npy", features: "x.npy", labels: "y.npy" }, batchSize: 20 },
      student: { model, trainable: head },
      losses: [{ type: "ce" }],
      optimizer: { type: "adam", learningRate: 0.1 },
      training: { epochs: 20 },
    } as unknown as Experiment;
    const text = JSON.stringify(experiment);
    const errorsOf = async (text: string) =>
      (await checkFile(text, folder)).diagnostics.filter(({ severity }) => severity === "error");
    const [mismatch, ...others] = await errorsOf(text);
    assert.deepEqual([mismatch?.code, others], ["class-mismatch", []]);
    const fix = mismatch?.fixes.find(({ title }) => title === "Replace its last dense layer");
    assert.ok(fix, JSON.stringify(mismatch));
    const student = { ...experiment.student, head: "replace" } as Experiment["student"];
    assert.deepEqual(await errorsOf(JSON.stringify({ ...experiment, student })), []);

    const refused = await distil(resolve(experiment), memoryWorld({ load: loadOnnxRuntime, folder }).context);
    assert.ok(refused.ending === "failed" && refused.code === "class-mismatch", JSON.stringify(refused));
    assert.match(refused.hint ?? "", /"head": "replace"\.$/);
    assert.ok(mismatch?.message.endsWith(` ${refused.hint}`), "check says the same");

    const { context, store, events } = memoryWorld({ load: loadOnnxRuntime, folder });
    const ended = await distil(resolve({ ...experiment, student }), context);
    assert.equal(ended.ending, "completed", JSON.stringify(ended));
    const losses = events.flatMap((event) => (event.type === "step" ? [event.loss as number] : []));
    assert.ok((losses.at(-1) as number) < 0.9 * (losses[0] as number), `${losses}`);
    const before = await readNet(join(folder, model), { shape });
    const after = (await store("student").readWeights("final")) ?? assert.fail("there are no weights");
    assert.ok("net" in before, JSON.stringify(before));
    for (const [name, { data }] of Object.entries(after)) {
      const own = before.weights?.[name] as Float32Array;
      if (head.includes(name)) assert.equal(data.length, (own.length / 3) * classes, name);
      else assert.deepEqual(data, own, name);
    }
  });
