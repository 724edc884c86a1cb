import assert from "node:assert/strict";
import { test } from "node:test";
import { distillationProgram } from "../../server/engine/distill/program.ts";
import { buildNet } from "../../server/engine/nets/net.ts";
import { assertClose } from "./closeness.ts";
import { executors } from "./executors.ts";

const built = buildNet(
  [
    { type: "multiHeadAttention", name: "attention", numHeads: 2, keyDim: 2, useBias: false },
    { type: "flatten" },
    { type: "dense", units: 3 },
  ],
  [3, 4],
);
if ("problems" in built) throw new Error(built.problems[0]?.message);
const student = built;

const numbers = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) * (seed + 1.3)));

/** [batch, heads, places, places] with the heads last. */
function headsLast(values: Float32Array): Float32Array {
  const out = new Float32Array(values.length);
  for (let b = 0; b < 2; b++)
    for (let h = 0; h < 2; h++)
      for (let p = 0; p < 9; p++) out[(b * 9 + p) * 2 + h] = values[(b * 2 + h) * 9 + p] as number;
  return out;
}

/** PyTorch in float64: Jiao et al. 2020 (TinyBERT), equation 7, the mean over heads of the MSE of their scores before the softmax. */
const golden = {
  loss: 1.2681233961610525,
  queryGradient: [-0.7180840585157587, -0.2900402430172581, 0.540408853101755, 0.6570482877006965],
};

for (const [engine, load] of Object.entries(executors))
  test(`\`hint\` of attention scores is TinyBERT's loss (${engine})`, async () => {
    assert.deepEqual(student.layers[1]?.name, "attention.scores");
    assert.deepEqual(student.layers[1]?.outputShape, [3, 3, 2]);
    const program = distillationProgram({
      student,
      losses: [{ type: "hint", student: "attention.scores", teacher: "scores", weight: 1 }],
      optimizer: { type: "sgd", learningRate: 1, momentum: 0 },
      teacher: "fed",
      teacherFeatures: { scores: [3, 3, 2] },
      batchSizes: [2],
    });
    const before = {
      ...student.initial(1),
      "attention.queryKernel": numbers(16, 1),
      "attention.keyKernel": numbers(16, 2),
    };
    const executor = await load(program, program.initialState(before));
    const { loss } = await executor.run("train@2", {
      x: numbers(24, 0),
      labels: Int32Array.of(0, 1),
      teacherLogits: numbers(6, 9),
      "teacherTap/scores": headsLast(numbers(36, 5)),
      ...Object.fromEntries(
        Object.entries(program.hyperparameters(0)).map(([name, value]) => [name, Float32Array.of(value)]),
      ),
    });
    assertClose(loss as Float32Array, [golden.loss], 1e-5, "loss");
    const { "weights/attention.queryKernel": after } = await executor.read(["weights/attention.queryKernel"]);
    const moved = Array.from(
      { length: 4 },
      (_, i) => (before["attention.queryKernel"][i] as number) - (after?.[i] as number),
    );
    assertClose(moved, golden.queryGradient, 1e-5, "gradient");
    await executor.dispose();
  });
