import { test } from "node:test";
import { negativesOf } from "../../server/data/negatives.ts";
import { distillationProgram } from "../../server/engine/distill/program.ts";
import { buildNet, type Net } from "../../server/engine/nets/net.ts";
import type { LoadProgram, NamedData } from "../../server/engine/program.ts";
import { loadEager } from "../support/eager.ts";
import { assertClose } from "./closeness.ts";
import { executors } from "./executors.ts";

/** A student of maps and flat features, whose every sample is remembered: several steps, so that rows are met again. */
const [batch, samples, negatives, steps] = [16, 50, 20, 6];
const labels = Int32Array.from({ length: samples }, (_, row) => row % 10);
const built = buildNet(
  [
    { type: "conv2d", name: "map", filters: 32, kernelSize: 3, padding: "same", activation: "relu" },
    { type: "maxPooling2d" },
    { type: "conv2d", filters: 32, kernelSize: 3, activation: "relu" },
    { type: "globalAveragePooling2d", name: "flat" },
    { type: "dense", units: 10 },
  ],
  [8, 8, 3],
);
if ("problems" in built) throw new Error(built.problems[0]?.message);
const student: Net = built;

const program = distillationProgram({
  student,
  losses: [
    { type: "ce" },
    ...(["map", "flat"] as const).map(
      (layer) =>
        ({
          type: "crd",
          name: layer,
          student: layer,
          teacher: "features",
          negatives,
          dimension: 16,
          weight: 0.8,
        }) as const,
    ),
  ],
  optimizer: { type: "sgd", learningRate: 0.01, momentum: 0.9 },
  teacher: "fed",
  teacherFeatures: { features: [24] },
  samples,
  batchSizes: [batch],
});

const numbers = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) * (seed + 1.3)));

function feedsAt(step: number): NamedData {
  const rows = Int32Array.from({ length: batch }, (_, i) => (i * 3 + step * 5) % samples);
  const drawn = (use: string) => {
    const out = new Int32Array(batch * negatives);
    negativesOf(labels, "otherClasses")?.draw(rows, out, { seed: 1, step, use });
    return out;
  };
  return {
    x: numbers(batch * 8 * 8 * 3, step),
    labels: rows.map((row) => labels[row] as number),
    teacherLogits: numbers(batch * 10, step),
    "teacherTap/features": numbers(batch * 24, step),
    rows,
    "negatives/map": drawn("map"),
    "negatives/flat": drawn("flat"),
    ...Object.fromEntries(
      Object.entries(program.hyperparameters(step)).map(([name, value]) => [name, Float32Array.of(value)]),
    ),
  };
}

async function trained(load: LoadProgram): Promise<{ losses: Float32Array; state: NamedData }> {
  const executor = await load(program, program.initialState(student.initial(1)));
  const losses = new Float32Array(steps);
  for (let step = 0; step < steps; step++)
    losses[step] = (await executor.run(`train@${batch}`, feedsAt(step)))["loss"]?.[0] as number;
  const state = await executor.read();
  await executor.dispose();
  return { losses, state };
}

const expected = await trained(loadEager);

for (const [engine, load] of Object.entries(executors).filter(([engine]) => engine !== "eager"))
  test(`a convolutional student and both banks, trained ${steps} steps (${engine})`, async () => {
    const { losses, state } = await trained(load);
    // Sums of 40 terms near 1; the losses are near 40.
    assertClose(losses, expected.losses, 4e-5, "loss");
    for (const [name, data] of Object.entries(expected.state)) {
      const largest = Math.max(1, ...Array.from(data, Math.abs));
      assertClose(state[name], data, 1e-5 * largest, name);
    }
  });
