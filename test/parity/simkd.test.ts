import assert from "node:assert/strict";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Experiment } from "../../schemas/experiment.gen.ts";
import { loadOnnxRuntime } from "../../server/engine/native/onnxruntime.ts";
import { readFileWeights } from "../../server/engine/nets/fileWeights.ts";
import { buildNet } from "../../server/engine/nets/net.ts";
import { distil } from "../../server/engine/train/distil.ts";
import { resolve } from "../../server/language/resolve.ts";
import type { LayerSpec } from "../../server/nets/shapes.ts";
import { encodeNpy, filesIn } from "../support/dataFiles.ts";
import { memoryWorld } from "../support/memoryWorld.ts";
import { assertClose } from "./closeness.ts";

const fixtures = fileURLToPath(new URL("../fixtures/simkd", import.meta.url));

const projected = (index: number, filters: number, kernelSize: number): readonly LayerSpec[] => [
  { type: "conv2d", name: `projector_${index}`, filters, kernelSize, padding: "same", useBias: false },
  { type: "batchNormalization", name: `projector_${index}_norm`, epsilon: 1e-5 },
  { type: "activation", name: `projected_${index}`, activation: "relu" },
];

const layers: readonly LayerSpec[] = [
  { type: "conv2d", name: "own", filters: 4, kernelSize: 3, padding: "same", activation: "relu" },
  { type: "maxPooling2d", poolSize: 2 },
  ...projected(1, 3, 1),
  ...projected(2, 3, 3),
  ...projected(3, 6, 1),
  { type: "globalAveragePooling2d" },
  { type: "dense", name: "classifier", units: 3 },
];

const weightNames = {
  own: "features.0",
  projector_1: "features.3",
  projector_1_norm: "features.4",
  projector_2: "features.6",
  projector_2_norm: "features.7",
  projector_3: "features.9",
  projector_3_norm: "features.10",
  classifier: "fc",
};

const learned = ["own.*", "projector_*"];

/** SimKD (Chen et al. 2022): a hint behind a projector that stays in the student, and the teacher's classifier behind it, which no step trains. */
test("a student with its teacher's classifier takes the step that PyTorch takes", async (t) => {
  const { x, labels, loss } = JSON.parse(await readFile(join(fixtures, "step.json"), "utf8"));
  const folder = await filesIn(t, {
    "x.npy": encodeNpy("<f4", x.shape, x.data),
    "y.npy": encodeNpy("|u1", [labels.length], labels),
  });
  for (const name of ["teacher.onnx", "start.safetensors"])
    await copyFile(join(fixtures, name), join(folder, name));
  const step = async (names: object) => {
    const { context, store, events } = memoryWorld({ load: loadOnnxRuntime, folder });
    const experiment = {
      data: { train: { type: "npy", features: "x.npy", labels: "y.npy" }, batchSize: 8 },
      teacher: { type: "onnx", path: "teacher.onnx" },
      student: { layers, weights: "start.safetensors", trainable: learned, ...names },
      losses: [
        { type: "hint", student: "projected_3", teacher: "/features/features.4/Relu_output_0", weight: 1 },
      ],
      optimizer: { type: "sgd", learningRate: 1 },
      training: { steps: 1 },
    } as unknown as Experiment;
    const ended = await distil(resolve(experiment), context);
    assert.equal(ended.ending, "completed", JSON.stringify(ended));
    const [first] = events.filter((event) => event.type === "step");
    return {
      loss: first?.type === "step" && first.loss,
      weights: await store("student").readWeights("final"),
    };
  };

  const net = buildNet(layers, x.shape.slice(1));
  assert.ok(!("problems" in net));
  const numbersOf = async (file: string) => {
    const read = await readFileWeights(join(fixtures, file), net.form.layers, { weightNames });
    assert.ok("weights" in read, JSON.stringify(read));
    return read.weights;
  };
  const [start, after] = [await numbersOf("start.safetensors"), await numbersOf("after.safetensors")];
  const taken = await step({ weightNames });
  // The fixture is computed in float64: what is allowed is float32's part of a sum over 8 samples and 12 positions.
  assertClose([Number(taken.loss)], [loss], 2e-6, "loss");
  for (const [name, expected] of Object.entries(after)) {
    if (/moving/.test(name)) continue; // PyTorch's averages have the unbiased variance.
    const found = taken.weights?.[name]?.data as Float32Array;
    if (name.startsWith("classifier.")) assert.deepEqual(found, start[name], name);
    else {
      assert.notDeepEqual(expected, start[name], name);
      assertClose(found, expected, 5e-6, name);
    }
  }

  // As it is used: the file is the teacher's, and all but the classifier is drawn.
  const drawn = await step({ weightNames: { classifier: "fc" }, newWeights: learned });
  for (const [name, { data }] of Object.entries(drawn.weights ?? {}))
    if (name.startsWith("classifier.")) assert.deepEqual(data, start[name], name);
    else if (name.endsWith(".kernel")) assert.notDeepEqual(data, taken.weights?.[name]?.data, name);
});
