import assert from "node:assert/strict";
import { test } from "node:test";
import type { OptimizerSpec } from "../../server/engine/distill/optimizers/optimizers.ts";
import { type Distillation, distillationProgram } from "../../server/engine/distill/program.ts";
import { buildNet, type Net } from "../../server/engine/nets/net.ts";
import type { Data, Executor, NamedData } from "../../server/engine/program.ts";
import { presetLayers } from "../../server/nets/presets/presets.ts";
import type { LayerSpec } from "../../server/nets/shapes.ts";
import { sizeOf } from "../../server/sizeOf.ts";
import { executors } from "./executors.ts";

/** One program, every engine: what a student learns does not depend on what it is trained with. */
const [batch, classes] = [8, 10];

const nets: Readonly<Record<string, readonly [shape: readonly number[], layers: readonly LayerSpec[]]>> = {
  mlp: [[28, 28, 1], presetLayers({ preset: "mlp", hidden: [64] }, classes)],
  cnn: [[28, 28, 1], presetLayers({ preset: "lenet" }, classes)],
  "cnn with batch norm": [
    [12, 12, 3],
    [
      { type: "conv2d", filters: 8, kernelSize: 3, padding: "same", useBias: false },
      { type: "batchNormalization" },
      { type: "reLU" },
      { type: "depthwiseConv2d", kernelSize: 3, strides: 2, padding: "same" },
      { type: "averagePooling2d", poolSize: 2 },
      { type: "flatten" },
      { type: "dense", units: classes },
    ],
  ],
  "residual net": [[16, 16, 3], presetLayers({ preset: "resnet", depth: 8 }, classes)],
  "ResNet-20": [[16, 16, 3], presetLayers({ preset: "resnet", depth: 20 }, classes)],
  "vision transformer": [[16, 16, 3], presetLayers({ preset: "vit", width: 32, depth: 3 }, classes)],
};

/** Where the oracle takes ten seconds a step. */
const fewSteps: Readonly<Record<string, number>> = { "ResNet-20": 1 };

const momentum: OptimizerSpec = { type: "sgd", learningRate: 0.05, momentum: 0.9 };

function student(name: string): Net {
  const [shape, layers] = nets[name] ?? assert.fail(name);
  const net = buildNet([...layers], shape);
  assert.ok(!("problems" in net), JSON.stringify(net));
  return net;
}

const programOf = (net: Net, optimizer: OptimizerSpec): Distillation =>
  distillationProgram({
    student: net,
    losses: [
      { type: "kd", temperature: 4, weight: 0.7 },
      { type: "ce", weight: 0.3 },
    ],
    optimizer,
    teacher: "fed",
    clipNorm: 5,
    batchSizes: [batch],
  });

/** The batch of a step: smooth, different each step, without ties that max pooling could break in two ways. */
function feeds(net: Net, program: Distillation, step: number): NamedData {
  const size = sizeOf(net.inputShape);
  const wave = (length: number, pace: number) =>
    Float32Array.from({ length }, (_, i) => Math.sin((i + 1) * pace + step * 1.7) + 0.3 * Math.cos(i * 0.37));
  const scalars = Object.entries(program.hyperparameters(step));
  return {
    x: wave(batch * size, 0.7),
    labels: Int32Array.from({ length: batch }, (_, i) => (i * 3 + step) % classes),
    teacherLogits: wave(batch * classes, 1.3).map((x) => 2 * x),
    ...Object.fromEntries(scalars.map(([name, value]) => [name, Float32Array.of(value)])),
  };
}

async function train(executor: Executor, net: Net, program: Distillation, steps: readonly number[]) {
  const losses: number[] = [];
  for (const step of steps) {
    const { loss } = await executor.run(`train@${batch}`, feeds(net, program, step));
    losses.push(loss?.[0] as number);
  }
  return losses;
}

async function withExecutor<T>(
  engine: string,
  program: Distillation,
  state: NamedData,
  use: (executor: Executor) => Promise<T>,
): Promise<T> {
  const load = executors[engine] ?? assert.fail(engine);
  const executor = await load(program, state);
  try {
    return await use(executor);
  } finally {
    await executor.dispose();
  }
}

const compiled = Object.keys(executors).filter((name) => name !== "eager");

/** The largest difference, as a part of the largest element. */
function difference(found: Data, expected: Data): number {
  assert.equal(found.length, expected.length);
  let [error, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    error = Math.max(error, Math.abs((found[i] as number) - (expected[i] as number)));
    largest = Math.max(largest, Math.abs(expected[i] as number));
  }
  return largest === 0 ? error : error / largest;
}

for (const name of Object.keys(nets))
  test(`${name}: the gradients of every step are within 5e-6 of the largest, on every engine`, async (t) => {
    const net = student(name);
    const program = programOf(net, momentum);
    // The momentum buffer of a step from an empty one is the gradient. Each step starts at the oracle's state, so that
    // differences do not add up.
    let state: NamedData = program.initialState(net.initial(1));
    // Compiling takes longer than a step.
    const loaded = new Map<string, Executor>();
    t.after(() => Promise.all([...loaded.values()].map((executor) => executor.dispose())));
    for (const [engine, load] of Object.entries(executors)) loaded.set(engine, await load(program, state));
    for (let step = 0; step < (fewSteps[name] ?? 3); step++) {
      const empty = Object.fromEntries(
        Object.entries(state).map(([key, data]) => [
          key,
          key.startsWith("optimizer/") ? new Float32Array(data.length) : data,
        ]),
      );
      const one = async (engine: string) => {
        const executor = loaded.get(engine) ?? assert.fail(engine);
        await executor.write(empty);
        const losses = await train(executor, net, program, [step]);
        return { loss: losses[0] as number, state: await executor.read() };
      };
      const expected = await one("eager");
      const largest = Math.max(
        ...Object.entries(expected.state)
          .filter(([key]) => key.startsWith("optimizer/"))
          .map(([, data]) => (data as Float32Array).reduce((most, x) => Math.max(most, Math.abs(x)), 0)),
      );
      for (const engine of compiled) {
        const found = await one(engine);
        assert.ok(
          Math.abs(found.loss - expected.loss) <= 2e-6 * Math.abs(expected.loss),
          `${engine}, step ${step}: loss ${found.loss}, expected ${expected.loss}`,
        );
        for (const [key, data] of Object.entries(expected.state)) {
          if (!key.startsWith("optimizer/")) continue;
          const error = (found.state[key] as Float32Array).reduce(
            (most, x, i) => Math.max(most, Math.abs(x - (data[i] as number))),
            0,
          );
          assert.ok(error <= 5e-6 * largest, `${engine}, step ${step}, ${key}: off by ${error / largest}`);
        }
      }
      state = expected.state;
    }
  });

for (const [from, to] of [
  ["onnxruntime, 2 threads", "tensorflow"],
  ["tensorflow", "onnxruntime, 2 threads"],
  ["tensorflow", "tensorflow"],
  ["onnxruntime, 2 threads", "webgpu"],
  ["webgpu", "onnxruntime, 2 threads"],
] as const) {
  const missing = [from, to].find((engine) => !(engine in executors));
  const skip = missing === undefined ? false : `there is no ${missing} here`;
  test(`a run that goes on from ${from} to ${to}`, { skip }, async () => {
    const net = student("cnn with batch norm");
    const program = programOf(net, { type: "adamw", learningRate: 1e-3 });
    const start = program.initialState(net.initial(1));
    const straight = await withExecutor(from, program, start, async (executor) => ({
      losses: await train(executor, net, program, [0, 1, 2, 3, 4, 5]),
      state: await executor.read(),
    }));
    const half = await withExecutor(from, program, start, async (executor) => {
      await train(executor, net, program, [0, 1, 2]);
      return executor.read();
    });
    const moved = await withExecutor(to, program, half, async (executor) => ({
      losses: await train(executor, net, program, [3, 4, 5]),
      state: await executor.read(),
    }));
    if (from === to) {
      assert.deepEqual(moved.losses, straight.losses.slice(3));
      assert.deepEqual(moved.state, straight.state);
      return;
    }
    for (const [i, loss] of moved.losses.entries())
      assert.ok(Math.abs(loss - (straight.losses[3 + i] as number)) <= 1e-4 * loss, `loss of step ${3 + i}`);
    for (const [key, data] of Object.entries(straight.state))
      if (key.startsWith("weights/"))
        assert.ok(difference(moved.state[key] as Data, data) <= 1e-3, `${key} after the move`);
  });
}
