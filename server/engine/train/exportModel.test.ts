import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { softmax, tensor2d } from "@tensorflow/tfjs-core";
import { layers as kerasLayers } from "@tensorflow/tfjs-layers";
import type { ResolvedTeacher } from "../../../schemas/resolvedExperiment.gen.ts";
import { loadEager } from "../../../test/support/eager.ts";
import { identityNormalize } from "../../data/normalize.ts";
import { rawSample } from "../../data/rawSample.ts";
import { fillBatch, hashed } from "../../data/samples.ts";
import { type LayerTypeName, layerType, layerTypes } from "../../nets/layerTypes.ts";
import { presetLayers } from "../../nets/presets/presets.ts";
import { inferenceProgram } from "../distill/inferenceProgram.ts";
import { asGroup, weightsGroup } from "../distill/names.ts";
import { writeModelJson } from "../nets/modelJson.ts";
import { buildNet } from "../nets/net.ts";
import { type ExportRequest, exportModel } from "./exportModel.ts";
import { normalizeWarning, openStudent } from "./nets.ts";
import { openTeacher } from "./teachers/open.ts";

const folder = await mkdtemp(join(tmpdir(), "export-"));
after(() => rm(folder, { recursive: true, force: true }));

// Its GRU has the reset gate before the product.
test("what TensorFlow.js does not have is known", () => {
  assert.deepEqual(
    Object.keys(layerTypes).filter((type) => !(type in kerasLayers) || type === "gru"),
    (Object.keys(layerTypes) as LayerTypeName[]).filter((type) => layerType(type).keras.unknownToTfjs),
  );
});

test("a vision transformer is exported as ONNX, and for TensorFlow.js the layer that it lacks is named", async () => {
  const net = buildNet(presetLayers({ preset: "vit", width: 8, depth: 1, heads: 2 }, 3), [8, 8, 1]);
  assert.ok(!("problems" in net), JSON.stringify(net));
  await writeModelJson(folder, net, net.initial(1));
  const request = {
    model: join(folder, "model.json"),
    name: "vit",
    output: "logits",
    raw: true,
    normalize: identityNormalize,
  } as const;
  const refused = await exportModel({ ...request, format: "tfjs" });
  assert.ok("problem" in refused && typeof refused.problem === "object");
  assert.match(JSON.stringify(refused.problem), /no positionEmbedding layer.*--format onnx/);
  const files = await exportModel({ ...request, format: "onnx" });
  assert.ok("files" in files && files.files["model.onnx"] instanceof Uint8Array);
});

const layers = [
  { type: "conv2d", name: "normalize", filters: 2, kernelSize: 2 },
  { type: "flatten" },
  { type: "dense", name: "probabilities", units: 3 },
];
const normalize = { scale: 1 / 255, mean: [0.2, 0.5], std: [0.3, 0.1] };
const samples = hashed({
  count: 4,
  shape: [3, 2, 2],
  classes: 3,
  classNames: ["ash", "beech", "oak"],
  labels: Int32Array.of(0, 1, 2, 0),
  storage: Uint8Array.from({ length: 48 }, (_, i) => (i * 97) % 256),
});

/** The network by itself on normalised samples. */
async function scores(): Promise<Float32Array> {
  const net = made();
  const executor = await loadEager(inferenceProgram(net, [4]), asGroup(weightsGroup, net.initial(3)));
  const x = new Float32Array(48);
  fillBatch(samples, Int32Array.of(0, 1, 2, 3), normalize, x);
  const { logits } = await executor.run("evaluate@4", { x });
  return logits as Float32Array;
}

function made() {
  const net = buildNet(layers, samples.shape);
  return "problems" in net ? assert.fail(JSON.stringify(net)) : net;
}

async function exported(name: string, more: Partial<ExportRequest>): Promise<string> {
  const own = join(folder, "own");
  const net = made();
  await writeModelJson(own, net, net.initial(3));
  const request = {
    model: join(own, "model.json"),
    format: "tfjs",
    name: "net",
    output: "probabilities",
    raw: false,
    normalize,
    samples: rawSample(samples),
  } as const;
  const model = await exportModel({ ...request, ...more });
  assert.ok("files" in model, JSON.stringify(model));
  const target = join(folder, name);
  await mkdir(target);
  for (const [file, content] of Object.entries(model.files)) await writeFile(join(target, file), content);
  return join(target, Object.keys(model.files)[0] as string);
}

const world = {
  baseDirectory: folder,
  load: loadEager,
  threads: 1,
  learn: () => assert.fail("not trained"),
  studentOf: () => assert.fail("no other experiment"),
};

async function opened(path: string, more: object = {}) {
  const type = path.endsWith(".onnx") ? "onnx" : "tfjs";
  const spec = {
    type,
    path,
    layout: "auto",
    outputs: type === "onnx" ? "auto" : "logits",
    ...more,
  } as ResolvedTeacher;
  // The experiment's own normalisation is another one.
  const options = { train: samples, normalize: { scale: 2, mean: [9], std: [3] }, batchSizes: [4] };
  return openTeacher(spec, options, world);
}

for (const [form, more] of Object.entries<Partial<ExportRequest>>({
  tfjs: {},
  "tfjs, logits": { output: "logits" },
  "tfjs, raw": { raw: true },
  onnx: { format: "onnx" },
  "onnx, logits": { format: "onnx", output: "logits" },
  "onnx, raw": { format: "onnx", raw: true, output: "logits" },
  "onnx, channels first": { format: "onnx", layout: "nchw" },
})) {
  test(`an export as a teacher sees what its network saw: ${form}`, async () => {
    const path = await exported(form.replaceAll(/\W+/g, "-"), more);
    const output = more.output ?? "probabilities";
    const probabilities = (logits: Float32Array) => [...softmax(tensor2d(logits, [4, 3])).dataSync()];
    const expected = probabilities(await scores());
    // It says itself what it gives, and may be said to.
    for (const given of output === "logits" ? [{}] : [{}, { outputs: output }]) {
      const teacher = await opened(path, given);
      assert.ok(teacher.ending === "completed", JSON.stringify(teacher));
      const { result } = teacher;
      assert.deepEqual(result.warnings, []);
      const x = new Float32Array(48);
      fillBatch(samples, Int32Array.of(0, 1, 2, 3), result.normalize ?? assert.fail("none of its own"), x);
      probabilities(await result.logits(x, 4)).forEach((p, i) => {
        assert.ok(Math.abs(p - (expected[i] as number)) < 1e-6, `${i}: ${p}, ${expected[i]}`);
      });
      await result.dispose();
    }
  });
}

test("a second normalisation is refused, and so are classes in another order", async () => {
  const onnx = await exported("once.onnx", { format: "onnx" });
  const twice = await opened(onnx, { normalize: { scale: 0.5 } });
  assert.ok(twice.ending === "failed");
  assert.match(`${twice.code} ${twice.message}`, /^teacher-normalize .*normalises its samples itself/);
  assert.equal((await opened(onnx, { normalize: { scale: 1 } })).ending, "completed");
  const turned = { samples: { ...rawSample(samples), classNames: ["beech", "ash", "oak"] } };
  const other = await opened(await exported("turned", turned));
  assert.ok(other.ending === "failed");
  assert.match(`${other.code} ${other.message}`, /^class-order .*class 0 is "beech" in the model and "ash"/);
  // ONNX models are taken by the names.
  const byName = await opened(await exported("turned.onnx", { format: "onnx", ...turned }));
  assert.ok(byName.ending === "completed", JSON.stringify(byName));
  assert.deepEqual(byName.result.classNames, samples.classNames);
});

test("a student goes on from an export's network, and is told where it is to see its samples otherwise", async () => {
  const path = await exported("start", {});
  const student = await openStudent({ model: path, head: "keep" }, samples, {
    baseDirectory: folder,
    studentOf: () => assert.fail("no other experiment"),
  });
  assert.ok("net" in student, JSON.stringify(student));
  assert.deepEqual(
    student.net.layers.map(({ name }) => name),
    made().layers.map(({ name }) => name),
  );
  assert.deepEqual(student.weights, made().initial(3));
  assert.equal(student.leftOut, undefined);
  assert.equal(normalizeWarning(student, normalize), undefined);
  assert.equal(normalizeWarning(student, { ...normalize, mean: [0.201, 0.501] }), undefined);
  for (const other of [identityNormalize, { ...normalize, mean: [0.2, 0.51] }, { ...normalize, std: [0.3] }])
    assert.equal(normalizeWarning(student, other)?.code, "student-normalize");
});
