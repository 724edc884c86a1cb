// tfjs registers its gradients with its layers, in the bundle for Node.
import "@tensorflow/tfjs-layers";
import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { assertClose, numbers } from "../../../test/support/againstEager.ts";
import { loadEager } from "../../../test/support/eager.ts";
import { distillationProgram } from "../distill/program.ts";
import { lowerPlain } from "../graph/plain.ts";
import { buildNet, type Net } from "../nets/net.ts";
import type { Data, Executor, NamedData, Program } from "../program.ts";
import { loadLowered, loadOnnxRuntime } from "./onnxruntime.ts";

const batch = 64;
const student = buildNet(
  [
    { type: "conv2d", filters: 12, kernelSize: 3, activation: "relu" },
    { type: "maxPooling2d" },
    // A bias of one element.
    { type: "conv2d", filters: 1, kernelSize: 3 },
    { type: "flatten" },
    { type: "dense", units: 10 },
  ],
  [20, 20, 3],
) as Net;
const program = distillationProgram({
  student,
  losses: [
    { type: "kd", weight: 0.7 },
    { type: "ce", weight: 0.3 },
  ],
  optimizer: { type: "adamw", learningRate: 0.01 },
  clipNorm: 0.5,
  teacher: "fed",
  batchSizes: [batch],
  evaluationBatchSizes: [batch],
});
const initial = program.initialState(student.initial(1));
const samples = {
  x: numbers([batch, 20, 20, 3], 3).data,
  teacherLogits: numbers([batch, 10], 5).data,
  labels: Int32Array.from({ length: batch }, (_, i) => i % 10),
};

const fedAt = (step: number): NamedData => ({
  ...samples,
  ...Object.fromEntries(
    Object.entries(program.hyperparameters(step)).map(([name, value]) => [name, Float32Array.of(value)]),
  ),
});

/** @returns losses and norms of the steps, and the state behind them */
async function trained(executor: Executor, steps = [0, 1, 2]) {
  const outputs: Record<string, number>[] = [];
  for (const step of steps) {
    const given = await executor.run(`train@${batch}`, fedAt(step));
    outputs.push(Object.fromEntries(Object.entries(given).map(([name, data]) => [name, data[0] as number])));
  }
  const { logits } = await executor.run(`evaluate@${batch}`, { x: samples.x });
  const state = await executor.read();
  return { outputs, state, logits: (logits as Data).slice() };
}

const inParts = (threads: number, count = 4) =>
  loadLowered((graphs) => lowerPlain(graphs, { inPlace: true, parts: () => count }), program, initial, {
    threads,
  });

test("steps, norms and answers in parts are those of the whole batch, to the last digits", async () => {
  const oracle = await loadEager(program, initial);
  const expected = await trained(oracle);
  await oracle.dispose();
  for (const count of [4, 16]) {
    const executor = await inParts(2, count);
    const found = await trained(executor);
    await executor.dispose();
    for (const [step, outputs] of expected.outputs.entries())
      for (const [name, value] of Object.entries(outputs))
        assert.ok(Math.abs((found.outputs[step]?.[name] as number) - value) <= 2e-6 * Math.abs(value), name);
    assertClose(found.logits, expected.logits, { what: "logits" });
  }
});

test("how many threads compute the parts changes no bit", async () => {
  const results: Awaited<ReturnType<typeof trained>>[] = [];
  for (const threads of [1, 2, 3, 8]) {
    const executor = await inParts(threads);
    results.push(await trained(executor));
    await executor.dispose();
  }
  for (const result of results.slice(1)) assert.deepEqual(result, results[0]);
});

test("a step that is loaded in parts goes on so by its name, and one that began whole stays whole", async () => {
  const chosen = await loadOnnxRuntime(program, initial, { threads: 2 });
  const name = chosen.lowering as string;
  assert.match(name, /, 4 parts$/);
  assert.match(chosen.layout as string, /; 4 parts of a batch at once$/);
  const straight = await trained(chosen);
  await chosen.dispose();

  const first = await loadOnnxRuntime(program, initial, { threads: 2 });
  await trained(first, [0]);
  const between = await first.read();
  await first.dispose();
  const second = await loadOnnxRuntime(program, between, { threads: 1, lowering: name });
  assert.deepEqual((await trained(second, [1, 2])).state, straight.state);
  await second.dispose();

  const whole = await loadOnnxRuntime(program, initial, {
    threads: 2,
    lowering: name.replace(", 4 parts", ""),
  });
  assert.equal(whole.lowering, name.replace(", 4 parts", ""));
  assert.doesNotMatch(whole.layout as string, /parts/);
  await whole.dispose();
});

/** Rows of a table, which an index outside of it does not have. */
const embedding: Program = {
  state: { table: { shape: [5, 3], dtype: "float32" } },
  entries: [
    {
      name: "read",
      inputs: { indices: { shape: [8], dtype: "int32" } },
      run: ({ table }, { indices }) =>
        tf.tidy("layer:words", () => ({
          state: {},
          outputs: { rows: tf.gather(table as tf.Tensor, indices as tf.Tensor1D) },
        })),
    },
  ],
};

test("what is wrong in one part is said as of the whole batch, and the next run is right", async () => {
  const executor = await loadLowered(
    (graphs) => lowerPlain(graphs, { parts: () => 4 }),
    embedding,
    { table: numbers([5, 3]).data },
    { threads: 4 },
  );
  const { data } = numbers([5, 3]);
  for (const wrong of [0, 3, 7]) {
    const indices = Int32Array.from([0, 1, 2, 3, 4, 3, 2, 1]);
    await assert.rejects(
      executor.run("read", { indices: indices.with(wrong, 9) }),
      /The layer words was given 9; it takes integers from 0 to 4\./,
    );
    const { rows } = await executor.run("read", { indices });
    assert.deepEqual(
      [...(rows as Float32Array)],
      [...indices].flatMap((index) => [...data.subarray(3 * index, 3 * index + 3)]),
    );
  }
  await executor.dispose();
  await assert.rejects(executor.run("read", { indices: new Int32Array(8) }), /disposed/);
});

test("runs in parts that are started at once happen one after the other", async () => {
  const [one, other] = [await inParts(3), await inParts(3)];
  for (const step of [0, 1]) await one.run(`train@${batch}`, fedAt(step));
  await Promise.all([0, 1].map((step) => other.run(`train@${batch}`, fedAt(step))));
  assert.deepEqual(await other.read(), await one.read());
  await Promise.all([one.dispose(), other.dispose()]);
});
