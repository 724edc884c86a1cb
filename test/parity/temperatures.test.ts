import assert from "node:assert/strict";
import { test } from "node:test";
import { temperatureAt } from "../../server/engine/distill/losses/temperatureSchedule.ts";
import { type Distillation, distillationProgram } from "../../server/engine/distill/program.ts";
import { buildNet } from "../../server/engine/nets/net.ts";
import type { LoadProgram, NamedData } from "../../server/engine/program.ts";
import { assertClose } from "./closeness.ts";
import { executors } from "./executors.ts";

test("a temperature changes along a line or half a cosine, and then stays", () => {
  const at = (curve: "linear" | "cosine" | undefined, step: number) =>
    temperatureAt({ from: 8, to: 2, over: 4, ...(curve ? { curve } : {}) }, step);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 9].map((step) => at(undefined, step)),
    [8, 6.5, 5, 3.5, 2, 2],
  );
  const cosine = [0, 1, 2, 4, 9].map((step) => at("cosine", step));
  // 2 + 6 · (1 + cos(π k / 4)) / 2
  for (const [i, expected] of [8, 7.121320343559643, 5, 2, 2].entries())
    assert.ok(Math.abs((cosine[i] as number) - expected) < 1e-12, `${cosine}`);
});

const [batch, classes] = [4, 3];
const net = buildNet([{ type: "dense", units: classes }], [5]);
if ("problems" in net) throw new Error(net.problems[0]?.message);
const student = net;

const types = ["kd", "dkd", "reverseKl", "jsd", "dist"] as const;
type Temperature = number | { from: number; to: number; over: number; curve: "linear" | "cosine" };

/** All losses that have a temperature at once, with this one. */
const program = (temperature: Temperature): Distillation =>
  distillationProgram({
    student,
    losses: types.map((type) => ({ type, temperature })),
    optimizer: { type: "sgd", learningRate: 0.1 },
    teacher: "fed",
    batchSizes: [batch],
  });

const numbers = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => 3 * Math.sin(12.9898 * (i + 1) * (seed + 1.3)));

/** Its first step on untouched weights, with what is fed at another. */
async function stepOf(load: LoadProgram, of: Distillation, step: number): Promise<NamedData> {
  const executor = await load(of, of.initialState(student.initial(1)));
  const outputs = await executor.run(`train@${batch}`, {
    x: numbers(batch * 5, 1),
    labels: Int32Array.of(0, 2, 1, 1),
    teacherLogits: numbers(batch * classes, 2),
    ...Object.fromEntries(
      Object.entries(of.hyperparameters(step)).map(([name, value]) => [name, Float32Array.of(value)]),
    ),
  });
  const found = { ...outputs, ...(await executor.read()) };
  await executor.dispose();
  return found;
}

for (const [engine, load] of Object.entries(executors))
  test(`a step of a temperature that changes is one of the temperature that it has then (${engine})`, async () => {
    const schedule = { from: 8, to: 2, over: 4, curve: "linear" } as const;
    for (const [step, temperature] of [
      [0, 8],
      [2, 5],
      [7, 2],
    ] as const) {
      const found = await stepOf(load, program(schedule), step);
      const expected = await stepOf(load, program(temperature), step);
      // float32 arithmetic in another order; WebGPU divides with a rounding of its own.
      for (const [name, values] of Object.entries(expected))
        assertClose(
          found[name],
          values,
          1e-5 * Math.max(1, ...Array.from(values, Math.abs)),
          `${name}, step ${step}`,
        );
    }
  });
