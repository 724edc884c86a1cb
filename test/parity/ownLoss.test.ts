import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { LossSpec } from "../../server/engine/distill/losses/losses.ts";
import { type Distillation, distillationProgram } from "../../server/engine/distill/program.ts";
import { buildNet } from "../../server/engine/nets/net.ts";
import type { LoadProgram, NamedData } from "../../server/engine/program.ts";
import { loadModule } from "../../server/modules/load.ts";
import { makeKnown } from "../../server/modules/openModules.ts";
import { assertClose } from "./closeness.ts";
import { executors } from "./executors.ts";

/**
 * Built-in losses written as a person's modules. Where ours leave the gradient to autodiff, steps must have the same bits; `kd` and
 * `ce` write it out.
 */
const sources = {
  "./kd.ts": `import { defineLoss, number } from "distillery";
export default defineLoss({
  description: "kd",
  reads: ["teacher"],
  parameters: { temperature: number("T", { default: 3 }) },
  value: ({ tf, student, teacher }, { temperature: T }) => {
    const p = tf.softmax(tf.div(teacher, T));
    const divergence = tf.sum(tf.mul(p, tf.sub(tf.logSoftmax(tf.div(teacher, T)), tf.logSoftmax(tf.div(student, T)))), -1);
    return tf.mul(tf.mean(divergence), T * T);
  },
});`,
  "./reverseKl.ts": `import { defineLoss, number } from "distillery";
export default defineLoss({
  description: "reverseKl",
  reads: ["teacher"],
  parameters: { temperature: number("T", { default: 3 }) },
  value: ({ tf, student, teacher }, { temperature: T }) => {
    const [s, t] = [tf.div(student, T), tf.div(teacher, T)];
    const difference = tf.sub(tf.logSoftmax(s), tf.logSoftmax(t));
    return tf.mul(tf.mean(tf.sum(tf.mul(tf.softmax(tf.div(student, T)), difference), -1)), T * T);
  },
});`,
  "./hint.ts": `import { defineLoss } from "distillery";
export default defineLoss({
  description: "hint",
  compares: "sameShape",
  parameters: {},
  value: ({ tf, student, teacher }) => tf.mean(tf.squaredDifference(student, teacher)),
});`,
  "./ce.ts": `import { defineLoss } from "distillery";
export default defineLoss({
  description: "ce",
  reads: ["labels"],
  parameters: {},
  value: ({ tf, student, labels }) => labels.mean(tf.sum(tf.mul(labels.probabilities, tf.neg(tf.logSoftmax(student))), -1)),
});`,
};

const folder = await mkdtemp(join(tmpdir(), "own-loss-"));
after(() => rm(folder, { recursive: true, force: true }));
for (const [path, text] of Object.entries(sources)) {
  await writeFile(join(folder, path), text);
  const loaded = await loadModule(join(folder, path));
  if ("problem" in loaded) throw new Error(loaded.problem.message);
  makeKnown(path, loaded);
}

const batch = 4;
const net = buildNet(
  [
    { type: "dense", name: "hidden", units: 5, activation: "relu" },
    { type: "dense", units: 3 },
  ],
  [6],
);
if ("problems" in net) throw new Error(net.problems[0]?.message);
const student = net;

const layers = { student: "hidden", teacher: "hidden" };
const terms = (types: readonly [string, string]): readonly LossSpec[] =>
  types.map((type, i) => {
    const isOfLayers = type.includes("hint");
    return { type, weight: 0.3 + i, ...(isOfLayers ? layers : {}) } as LossSpec;
  });

const program = (...types: readonly [string, string]): Distillation =>
  distillationProgram({
    student,
    losses: terms(types),
    optimizer: { type: "adamw", learningRate: 0.01 },
    teacher: "fed",
    teacherFeatures: { hidden: [5] },
    labels: "some",
    batchSizes: [batch],
  });

const numbers = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) * (seed + 1.3)));

async function trained(load: LoadProgram, of: Distillation): Promise<NamedData> {
  const seesLayers = Object.hasOwn(of.entries[0]?.inputs ?? {}, "teacherTap/hidden");
  const executor = await load(of, of.initialState(student.initial(1)));
  for (let step = 0; step < 4; step++)
    await executor.run(`train@${batch}`, {
      x: numbers(batch * 6, step),
      labels: Int32Array.of(0, 2, -1, 1),
      teacherLogits: numbers(batch * 3, step + 9),
      ...(seesLayers ? { "teacherTap/hidden": numbers(batch * 5, step + 5) } : {}),
      ...Object.fromEntries(
        Object.entries(of.hyperparameters(step)).map(([name, value]) => [name, Float32Array.of(value)]),
      ),
    });
  const state = await executor.read();
  await executor.dispose();
  return state;
}

for (const [engine, load] of Object.entries(executors))
  test(`losses that are modules train to the bits of those that are built in (${engine})`, async () => {
    const expected = await trained(load, program("reverseKl", "hint"));
    assert.deepEqual(await trained(load, program("./reverseKl.ts", "./hint.ts")), expected);
    const close = await trained(load, program("kd", "ce"));
    // Of Adam: where a gradient is near 0 its rounding decides the update.
    for (const [name, values] of Object.entries(await trained(load, program("./kd.ts", "./ce.ts"))))
      assertClose(values, close[name] as Float32Array, 1e-4, name);
  });
