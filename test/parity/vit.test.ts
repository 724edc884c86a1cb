import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { distillationProgram } from "../../server/engine/distill/program.ts";
import { buildNet } from "../../server/engine/nets/net.ts";
import type { NamedData } from "../../server/engine/program.ts";
import { presetLayers } from "../../server/nets/presets/presets.ts";
import { assertClose } from "./closeness.ts";
import { executors } from "./executors.ts";
import { floats, type GoldenTensor, type GoldenTensors } from "./golden.ts";

/** A vision transformer whose losses, gradients and weights PyTorch has computed in float64. */
interface GoldenVit {
  readonly params: Readonly<
    Record<
      "patchSize" | "width" | "depth" | "heads" | "mlpRatio" | "temperature" | "alpha" | "learningRate",
      number
    >
  >;
  readonly x: GoldenTensor;
  readonly labels: readonly number[];
  readonly teacher: GoldenTensor;
  readonly initial: GoldenTensors;
  readonly losses: readonly number[];
  readonly firstGradients: GoldenTensors;
  readonly after: GoldenTensors;
}

const golden = JSON.parse(
  await readFile(new URL("../fixtures/vit/vit.json", import.meta.url), "utf8"),
) as GoldenVit;
const { temperature, alpha, learningRate, ...preset } = golden.params;
const [batch, classes] = golden.teacher.shape as [number, number];
const net = buildNet(presetLayers({ preset: "vit", ...preset }, classes), golden.x.shape.slice(1));
assert.ok(!("problems" in net), JSON.stringify(net));

test("PyTorch's weights are those of the net", () => {
  const shapes = (tensors: Readonly<Record<string, { readonly shape: readonly number[] }>>) =>
    Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, [...shape]]));
  assert.deepEqual(shapes(net.parameters), shapes(golden.initial));
});

const programOf = (optimizer: { readonly momentum: number }) =>
  distillationProgram({
    student: net,
    losses: [
      { type: "kd", temperature, weight: alpha },
      { type: "ce", weight: 1 - alpha },
    ],
    optimizer: { type: "sgd", learningRate, ...optimizer },
    teacher: "fed",
    batchSizes: [batch],
  });

const all = (tensors: GoldenTensors): Record<string, Float32Array> =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, floats(tensor)]));

const feeds = {
  x: floats(golden.x),
  labels: Int32Array.from(golden.labels),
  teacherLogits: floats(golden.teacher),
};

for (const [engine, load] of Object.entries(executors)) {
  test(`a vision transformer's gradients are PyTorch's (${engine})`, async () => {
    // The momentum buffer of the first step is the gradient.
    const program = programOf({ momentum: 0.9 });
    const executor = await load(program, program.initialState(all(golden.initial)));
    await executor.run(`train@${batch}`, scalars(program, 0));
    const state = await executor.read();
    await executor.dispose();
    const expected = all(golden.firstGradients);
    const largest = Math.max(...Object.values(expected).flatMap((data) => Array.from(data, Math.abs)));
    for (const [name, gradient] of Object.entries(expected))
      assertClose(state[`optimizer/momentum/${name}`], gradient, 5e-6 * largest, name);
  });

  test(`a vision transformer's losses and weights are PyTorch's for ten steps (${engine})`, async () => {
    const program = programOf({ momentum: 0 });
    const executor = await load(program, program.initialState(all(golden.initial)));
    for (const [step, expected] of golden.losses.entries()) {
      const { loss } = await executor.run(`train@${batch}`, scalars(program, step));
      assertClose(loss, [expected], 5e-6 * Math.max(1, expected), `loss of step ${step}`);
    }
    const state = await executor.read();
    await executor.dispose();
    for (const [name, expected] of Object.entries(all(golden.after)))
      assertClose(state[`weights/${name}`], expected, 2e-5, name);
  });
}

function scalars(program: ReturnType<typeof programOf>, step: number): NamedData {
  return {
    ...feeds,
    ...Object.fromEntries(
      Object.entries(program.hyperparameters(step)).map(([name, value]) => [name, Float32Array.of(value)]),
    ),
  };
}
