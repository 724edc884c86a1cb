import assert from "node:assert/strict";
import { test } from "node:test";
import { type LossSpec, termNames } from "../../server/engine/distill/losses/losses.ts";
import { distillationProgram } from "../../server/engine/distill/program.ts";
import { buildNet } from "../../server/engine/nets/net.ts";
import type { LoadProgram, NamedData } from "../../server/engine/program.ts";
import { accumulatedStep, partsOf } from "../../server/engine/train/accumulation.ts";
import { assertClose } from "./closeness.ts";
import { executors } from "./executors.ts";

const built = buildNet(
  [
    { type: "conv2d", name: "conv", filters: 4, kernelSize: 3, activation: "relu" },
    { type: "dropout", name: "drop", rate: 0.25 },
    { type: "globalAveragePooling2d", name: "pooled" },
    { type: "dense", name: "head", units: 3 },
  ],
  [6, 6, 2],
);
if ("problems" in built) throw new Error(built.problems[0]?.message);
const student = built;

const numbers = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) * (seed + 1.3)));

interface Learned {
  readonly losses: readonly LossSpec[];
  /** Whether some samples have no label. */
  readonly isPartly?: boolean;
}

const labelled: Learned = {
  losses: [
    { type: "kd", temperature: 3, weight: 0.7 },
    { type: "ce", weight: 0.3 },
    { type: "hint", student: "pooled", teacher: "features", weight: 2 },
  ],
};

/** Of the parts of a step one has a label or two, one has none, and none has the classes of all. */
const partly: Learned = {
  losses: [
    { type: "kd", temperature: 3, weight: 0.7 },
    { type: "ce", classWeights: [0.2, 1, 5], weight: 0.3 },
    { type: "ce", name: "plain", weight: 0.2 },
    { type: "labelSmoothing", epsilon: 0.2, weight: 0.4 },
    { type: "dkd", temperature: 2, weight: 0.1 },
  ],
  isPartly: true,
};

/** Weights, moments, average and what the last of three steps gave: batches of 11 or, with `batch`, parts of it. */
async function trained(
  load: LoadProgram,
  { losses, isPartly = false }: Learned,
  batch?: number,
): Promise<{ state: NamedData; outputs: NamedData }> {
  const samples = 11;
  const parts = partsOf(samples, batch ?? samples);
  const program = distillationProgram({
    student,
    losses,
    labels: isPartly ? "some" : "classes",
    optimizer: { type: "adamw", learningRate: 0.01 },
    clipNorm: 0.5,
    ema: 0.9,
    teacher: "fed",
    teacherFeatures: { features: [4] },
    batchSizes: [parts.at(-1) as number],
    ...(batch === undefined ? {} : { accumulated: [...new Set(parts.slice(0, -1))] }),
  });
  const executor = await load(program, program.initialState(student.initial(1)));
  let outputs: NamedData = {};
  for (let step = 0; step < 3; step++) {
    const isMissing = (i: number) => isPartly && (i < 4 || (i + step) % 3 === 0);
    const labels = Int32Array.from({ length: samples }, (_, i) => (isMissing(i) ? -1 : (i * (step + 2)) % 3));
    const fed = {
      x: numbers(samples * 72, step),
      labels,
      teacherLogits: numbers(samples * 3, step + 9).map((value) => 3 * value),
      ...(isPartly ? {} : { "teacherTap/features": numbers(samples * 4, step + 5) }),
      "random/drop": numbers(samples * 4 * 4 * 4, step + 3).map(Math.abs),
      ...Object.fromEntries(
        Object.entries(program.hyperparameters(step)).map(([name, value]) => [name, Float32Array.of(value)]),
      ),
    };
    outputs =
      batch === undefined
        ? await executor.run(`train@${samples}`, fed)
        : await accumulatedStep(executor, program, { fed, labels, parts });
    outputs = Object.fromEntries(Object.entries(outputs).map(([name, data]) => [name, data.slice()]));
  }
  const state = await executor.read();
  await executor.dispose();
  return { state, outputs };
}

for (const [engine, load] of Object.entries(executors))
  for (const [what, learned] of Object.entries({
    "": labelled,
    ", with class weights and without some labels": partly,
  }))
    test(`a step of accumulated gradients is that of one batch of all${what} (${engine})`, async () => {
      const whole = await trained(load, learned);
      const terms = termNames(learned.losses);
      // 4, 4 and 3 samples; 6 and 5; all at once, of which nothing is before the last.
      for (const batch of [4, 6, 11]) {
        const { state, outputs } = await trained(load, learned, batch);
        for (const name of ["loss", ...terms, "gradientNorm"])
          assertClose(outputs[name] as Float32Array, whole.outputs[name] as Float32Array, 1e-5, name);
        for (const [name, values] of Object.entries(whole.state))
          assertClose(
            state[name] as Float32Array,
            values as Float32Array,
            2e-4,
            `${name}, in parts of ${batch}`,
          );
        assert.ok(Object.keys(state).some((name) => name.startsWith("accumulated/")));
      }
    });
