import assert from "node:assert/strict";
import { test } from "node:test";
import { numbers } from "../../../../../test/support/againstEager.ts";
import { errorOf, tolerance } from "../../../../../test/support/trainingNets.ts";
import { presetLayers } from "../../../../nets/presets/presets.ts";
import type { LayerSpec } from "../../../../nets/shapes.ts";
import { distillationProgram } from "../../../distill/program.ts";
import { loadLowered } from "../../../native/onnxruntime.ts";
import { buildNet, type Net } from "../../../nets/net.ts";
import type { Data, NamedData } from "../../../program.ts";
import { decodeModel } from "../../onnx/onnxSchema.ts";
import { lowerPlain } from "../../plain.ts";
import { trace } from "../../trace.ts";
import { lowerBlocked } from "./lowerBlocked.ts";

function netOf(layers: readonly LayerSpec[]): Net {
  const net = buildNet(layers, [16, 16, 3]);
  assert.ok(!("problems" in net));
  return net;
}
const student = netOf(presetLayers({ preset: "resnet", depth: 8 }, 10));

const resnet8 = (
  batchSizes: readonly number[],
  evaluationBatchSizes: readonly number[] = [],
  net: Net = student,
) =>
  distillationProgram({
    student: net,
    losses: [{ type: "ce" }],
    optimizer: { type: "adamw", learningRate: 1e-3 },
    ema: 0.9,
    batchSizes,
    evaluationBatchSizes,
  });
const initial = (seed: number): NamedData => resnet8([16]).initialState(student.initial(seed));

function feedsOf(batch: number, step: number): NamedData {
  const scalars = Object.entries(resnet8([batch]).hyperparameters(step));
  return {
    x: numbers([batch, 16, 16, 3], step + 1).data,
    labels: Int32Array.from({ length: batch }, (_, i) => (i * 7 + step) % 10),
    ...Object.fromEntries(scalars.map(([name, value]) => [name, Float32Array.of(value)])),
  };
}

// With other seeds some ReLU lies so near zero that rounding decides, in any engine.
for (const threads of [1, 2])
  test(`ResNet-8 has the gradients, averages and loss of the plain lowering, on ${threads} threads`, async () => {
    for (const seed of [1, 2]) {
      const program = resnet8([32]);
      const [expected, actual] = await Promise.all(
        [lowerPlain, lowerBlocked].map((lower) => loadLowered(lower, program, initial(seed), { threads })),
      );
      assert.ok(expected && actual);
      const outputs = await actual.run("train@32", feedsOf(32, 0));
      for (const [name, data] of Object.entries(await expected.run("train@32", feedsOf(32, 0))))
        assert.ok(errorOf(outputs[name] as Data, data) < tolerance, name);
      const state = await actual.read();
      for (const [name, data] of Object.entries(await expected.read())) {
        // The first moment is a tenth of the gradient. AdamW's step divides by it, so weights tell of its sign alone.
        if (!name.startsWith("optimizer/m/") && !/moving/.test(name)) continue;
        const error = relative(state[name] as Data, data);
        assert.ok(error < tolerance, `${name}: ${error.toExponential(1)}, seed ${seed}`);
      }
      await Promise.all([expected.dispose(), actual.dispose()]);
    }
  });

/** Largest difference over the largest element. */
function relative(actual: Data, expected: Data): number {
  const differences = Array.from(expected, (value, i) => Math.abs(value - (actual[i] as number)));
  return Math.max(...differences) / Math.max(...Array.from(expected, Math.abs));
}

test("batches of several sizes, whole blocks of samples or not, and evaluation share the state", async () => {
  const program = resnet8([16, 5], [24, 1]);
  const [expected, actual] = await Promise.all(
    [lowerPlain, lowerBlocked].map((lower) => loadLowered(lower, program, initial(3), { threads: 2 })),
  );
  assert.ok(expected && actual);
  for (const [step, batch] of [5, 16].entries()) {
    // Each step from the same state: differences would grow from step to step, as they do between any two engines.
    await actual.write(await expected.read());
    const [plain, blocked] = await Promise.all(
      [expected, actual].map((executor) => executor.run(`train@${batch}`, feedsOf(batch, step))),
    );
    assert.ok(errorOf(blocked?.["loss"] as Data, plain?.["loss"] as Data) < tolerance);
    assert.ok(errorOf(blocked?.["gradientNorm"] as Data, plain?.["gradientNorm"] as Data) < 1e-4);
  }
  await actual.write(await expected.read());
  for (const batch of [24, 1]) {
    const x = { x: numbers([batch, 16, 16, 3], batch).data };
    const [plain, blocked] = await Promise.all(
      [expected, actual].map((executor) => executor.run(`evaluate@${batch}`, x)),
    );
    assert.ok(errorOf(blocked?.["logits"] as Data, plain?.["logits"] as Data) < 1e-5);
  }
  await Promise.all([expected.dispose(), actual.dispose()]);
});

test("state that is written is read back as it was; filters and their moments lie in blocks", async () => {
  const program = resnet8([16]);
  const { slots } = lowerBlocked(trace(program));
  const reordered = new Set(slots.flatMap(({ state, order }) => (order === undefined ? [] : state)));
  for (const name of ["weights", "optimizer/m", "optimizer/v", "ema"])
    assert.ok(reordered.has(`${name}/stage2.block1.1.conv.kernel`), name);
  assert.ok(!reordered.has("weights/logits.kernel"));
  const executor = await loadLowered(lowerBlocked, program, initial(1));
  assert.deepEqual(await executor.read(), initial(1));
  await executor.write(initial(2));
  assert.deepEqual(await executor.read(), initial(2));
  await executor.dispose();
});

test("the state of a program is kept alike for every batch size", () => {
  const slotsFor = (...sizes: Parameters<typeof resnet8>) => lowerBlocked(trace(resnet8(...sizes))).slots;
  assert.deepEqual(slotsFor([16]), slotsFor([5]));
  assert.deepEqual(slotsFor([16, 5], [1]), slotsFor([16]));
});

test("the same steps on as many threads end with the same bits", async () => {
  const train = async (): Promise<Record<string, Data>> => {
    const executor = await loadLowered(lowerBlocked, resnet8([16]), initial(1), { threads: 2 });
    for (const step of [0, 1, 2]) await executor.run("train@16", feedsOf(16, step));
    const state = await executor.read();
    await executor.dispose();
    return state;
  };
  assert.deepEqual(await train(), await train());
});

const norm: readonly LayerSpec[] = [{ type: "batchNormalization" }, { type: "reLU" }];
const depthwise = (strides: number): LayerSpec[] => [
  { type: "depthwiseConv2d", kernelSize: 3, strides, padding: "same" },
  ...norm,
];
const inBlocks: Readonly<Record<string, Net>> = {
  "ResNet-8": student,
  "channels that fill no block": netOf(presetLayers({ preset: "resnet", depth: 8, width: 12 }, 10)),
  "depthwise convolutions": netOf([
    { type: "conv2d", filters: 24, kernelSize: 3, padding: "same" },
    ...depthwise(1),
    { type: "conv2d", filters: 32, kernelSize: 1 },
    ...depthwise(2),
    { type: "globalAveragePooling2d" },
    { type: "dense", units: 10 },
  ]),
};

for (const [what, net] of Object.entries(inBlocks))
  test(`no convolution is left to another lowering, and images are turned at the step's ends alone: ${what}`, () => {
    const model = lowerBlocked(trace(resnet8([32], [], net))).models.get("train@32")?.encoded as Uint8Array;
    const { node } = decodeModel(model).graph;
    const count = (op: string, domain: string) =>
      node.filter(({ op_type, domain: own }) => op_type === op && own === domain).length;
    assert.equal(count("Conv", "") + count("ConvTranspose", ""), 0);
    const filters = Object.entries(net.parameters).filter(
      ([name, { shape }]) => shape.length === 4 && !/depthwise/i.test(name),
    );
    assert.equal(count("ReorderInput", "com.microsoft.nchwc"), filters.length); // one for each gradient of a filter
  });
