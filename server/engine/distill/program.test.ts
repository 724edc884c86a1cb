import assert from "node:assert/strict";
import { test } from "node:test";
import { loadEager } from "../native/eager.ts";
import { buildNet, type Net } from "../nets/net.ts";
import { distillationProgram } from "./program.ts";

const net = (layers: Parameters<typeof buildNet>[0], shape: readonly number[]): Net => {
  const built = buildNet(layers, shape);
  assert.ok(!("problems" in built), JSON.stringify(built));
  return built;
};

const student = net(
  [{ type: "flatten" }, { type: "dense", units: 5, activation: "relu" }, { type: "dense", units: 3 }],
  [2, 2, 1],
);

test("a student learns what a teacher says", async () => {
  const distillation = distillationProgram({
    student,
    losses: [
      { type: "kd", temperature: 3, weight: 0.7 },
      { type: "ce", weight: 0.3 },
    ],
    optimizer: { type: "adamw", learningRate: 0.05 },
    teacher: "fed",
    batchSizes: [4],
  });
  const executor = await loadEager(distillation, distillation.initialState(student.initial(1)));
  const x = Float32Array.from({ length: 16 }, (_, i) => Math.sin(i));
  const labels = Int32Array.of(0, 1, 2, 0);
  const teacherLogits = Float32Array.from({ length: 12 }, (_, i) =>
    i % 3 === labels[Math.floor(i / 3)] ? 4 : 0,
  );
  const losses: number[] = [];
  for (let step = 0; step < 60; step++) {
    const scalars = Object.entries(distillation.hyperparameters(step)).map(([name, value]) => [
      name,
      Float32Array.of(value),
    ]);
    const { loss, kd, ce, gradientNorm } = await executor.run("train@4", {
      x,
      labels,
      teacherLogits,
      ...Object.fromEntries(scalars),
    });
    assert.ok(loss && kd && ce && gradientNorm);
    assert.ok(Math.abs((loss[0] as number) - 0.7 * (kd[0] as number) - 0.3 * (ce[0] as number)) < 1e-6);
    losses.push(loss[0] as number);
  }
  assert.ok((losses.at(-1) as number) < 0.1 * (losses[0] as number), `${losses[0]} → ${losses.at(-1)}`);
  const { logits } = await executor.run("evaluate@4", { x });
  assert.equal(logits?.length, 12);
  await executor.dispose();
});
