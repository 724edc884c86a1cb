import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { numbers } from "../../../../test/support/againstEager.ts";
import type { OptimizerSpec } from "../../distill/optimizers/optimizers.ts";
import { type DistillationOptions, distillationProgram } from "../../distill/program.ts";
import { loadLowered } from "../../native/onnxruntime.ts";
import { isReachable, sharesMemory } from "../../native/sharedMemory.ts";
import { buildNet, type Net } from "../../nets/net.ts";
import type { Data, Executor, NamedData, Program } from "../../program.ts";
import { lowerings } from "../layouts/lowerForOnnxRuntime.ts";
import { decodeModel } from "../onnx/onnxSchema.ts";
import { type LowerProgram, slotName, updatedSlot } from "../slots.ts";
import { trace } from "../trace.ts";

const inPlace =
  (lower: LowerProgram): LowerProgram =>
  (graphs) =>
    lower(graphs, { inPlace: true });

const student = buildNet(
  [
    { type: "conv2d", filters: 17, kernelSize: 3, padding: "same", useBias: false },
    { type: "batchNormalization" },
    { type: "reLU" },
    { type: "depthwiseConv2d", kernelSize: 3 },
    { type: "flatten" },
    // A bias of one element.
    { type: "dense", units: 1, activation: "tanh" },
    { type: "dense", units: 7 },
  ],
  [6, 6, 3],
) as Net;

const optimizers: readonly OptimizerSpec[] = [
  { type: "adam", weightDecay: 0.1, amsgrad: true },
  { type: "sgd", momentum: 0.9, nesterov: true, weightDecay: 0.1 },
  { type: "rmsprop", centered: true, momentum: 0.5 },
  { type: "lion", weightDecay: 0.1 },
  { type: "adagrad", weightDecay: 0.1 },
];

async function trained(executor: Executor, program: ReturnType<typeof distillationProgram>) {
  const x = numbers([9, 6, 6, 3], 3).data;
  const labels = Int32Array.from({ length: 9 }, (_, i) => i % 7);
  const norms: number[] = [];
  for (let step = 0; step < 3; step++) {
    const fed = Object.entries(program.hyperparameters(step)).map(([name, value]) => [
      name,
      Float32Array.of(value),
    ]);
    const { gradientNorm } = await executor.run("train@9", { x, labels, ...Object.fromEntries(fed) });
    norms.push(gradientNorm?.[0] as number);
  }
  const state = await executor.read();
  await executor.dispose();
  return { state, norms };
}

const isClose = (actual: number, expected: number, within: number) =>
  Math.abs(actual - expected) <= within * Math.max(0.01, Math.abs(expected));

async function trainsAlike(lower: LowerProgram, options: Partial<DistillationOptions>): Promise<void> {
  const optimizer = { type: "adamw" } as const;
  const losses = [{ type: "ce" }] as const;
  const program = distillationProgram({ student, losses, optimizer, batchSizes: [9], ...options });
  const initial = program.initialState(student.initial(1));
  const run = async (lower: LowerProgram) =>
    trained(await loadLowered(lower, program, initial, { threads: 1, spinning: false }), program);
  const [there, here] = [await run(lower), await run(inPlace(lower))];
  // The norm is a sum, which depends on the order of its terms, and the factor of clipping follows from it.
  for (const [i, norm] of here.norms.entries()) assert.ok(isClose(norm, there.norms[i] as number, 1e-6));
  for (const [name, expected] of Object.entries(there.state)) {
    const actual = here.state[name] as Data;
    if (options.clipNorm === undefined) assert.deepEqual(actual, expected, name);
    else
      for (const [i, value] of expected.entries()) assert.ok(isClose(actual[i] as number, value, 1e-5), name);
  }
}

for (const [form, lower] of Object.entries(lowerings))
  test(`a step ends with the same bits in place as among the runtime's operators: ${form}`, async () => {
    for (const options of [{}, { ema: 0.9 }, { clipNorm: 0.5 }]) await trainsAlike(lower, options);
  });

test("so it does with every optimizer", async () => {
  for (const optimizer of optimizers) await trainsAlike(lowerings["batch-innermost"], { optimizer });
});

test("nothing of an update is left to the runtime: it gives changes, and what is no sum of them", () => {
  for (const [form, lower] of Object.entries(lowerings)) {
    const program = distillationProgram({
      student,
      losses: [{ type: "ce" }],
      optimizer: { type: "adamw" },
      clipNorm: 1,
      batchSizes: [9, 4],
    });
    const updates = inPlace(lower)(trace(program)).inPlace ?? [];
    assert.deepEqual(
      updates.map(({ entry, outputs, parameters }) => [
        entry,
        [...outputs.keys()],
        parameters.flatMap(({ updates }) => [...updates.keys()]).sort(),
      ]),
      [9, 4].map((batch) => [
        `train@${batch}`,
        ["gradientNorm"],
        Object.keys(program.state)
          .filter((name) => !/^teacher/.test(name))
          .sort(),
      ]),
      form,
    );
  }
});

test("a change is given as it was computed: to reshape it for the update would copy it", () => {
  for (const form of ["batch-innermost", "blocked"] as const) {
    const program = distillationProgram({
      student,
      losses: [{ type: "ce" }],
      optimizer: { type: "adamw" },
      batchSizes: [9],
    });
    const { models, inPlace: updates = [] } = inPlace(lowerings[form])(trace(program));
    const { node } = decodeModel(models.get("train@9")?.encoded as Uint8Array).graph;
    const makers = updates.flatMap(({ changes }) =>
      changes.map((name) => node.find(({ output }) => output.includes(updatedSlot(slotName(name))))?.op_type),
    );
    assert.ok(makers.length > 0 && !makers.includes("Reshape"), `${form}: ${makers}`);
  }
});

test("the runtime that comes with the package takes memory that threads share", async () => {
  assert.equal(await sharesMemory(), true);
});

test("state that WebAssembly has no addresses for stays with the runtime", () => {
  const weights = (count: number) => ({ w: { shape: [count, 1024], dtype: "float32" } }) as const;
  assert.equal(isReachable(weights(2 ** 19)), true);
  assert.equal(isReachable(weights(2 ** 20)), false);
});

type Step = (w: tf.Tensor, g: tf.Tensor) => tf.Tensor;
const kernels: Readonly<Record<string, Step>> = {
  Add: tf.add,
  Sub: tf.sub,
  Multiply: tf.mul,
  RealDiv: tf.div,
  Maximum: tf.maximum,
  Minimum: tf.minimum,
  AddN: (w, g) => tf.addN([w, g, w]),
  Abs: (w, g) => tf.add(tf.abs(w), g),
  Neg: (w, g) => tf.mul(tf.neg(w), g),
  Sqrt: (w, g) => tf.add(tf.sqrt(w), g),
  Square: (w, g) => tf.add(tf.square(w), g),
  Reciprocal: (w, g) => tf.add(tf.reciprocal(w), g),
  Rsqrt: (w, g) => tf.add(tf.rsqrt(w), g),
  Relu: (w, g) => tf.add(tf.relu(w), g),
  Sign: (w, g) => tf.mul(tf.sign(w), g),
  ClipByValue: (w, g) => tf.add(tf.clipByValue(w, -0.5, 0.75), g),
};

const special = [0, -0, 1, -1, 0.3, -2.5, 1e-40, -1e-40, 3e38, -3e38, 1e-20, Infinity, -Infinity, NaN];
const pairs = special.flatMap((a) => special.map((b) => [a, b] as const)).slice(0, -1); // no multiple of four

/** `w ← step(w, g)`, where the runtime computes g. */
const program = (size: number, step: Step): Program => ({
  state: { w: { shape: [size], dtype: "float32" } },
  entries: [
    {
      name: "step",
      inputs: { x: { shape: [size, 1], dtype: "float32" } },
      run: ({ w }, { x }) => ({
        state: { w: step(w as tf.Tensor, tf.reshape(x as tf.Tensor, [size])) },
        outputs: {},
      }),
    },
  ],
});

async function stepped(
  program: Program,
  {
    lower,
    initial,
    feeds,
    threads = 1,
    steps = 1,
  }: { lower: LowerProgram; initial: NamedData; feeds: NamedData; threads?: number; steps?: number },
): Promise<{ readonly state: NamedData; readonly outputs: NamedData }> {
  const executor = await loadLowered(lower, program, initial, { threads, spinning: false });
  let outputs: NamedData = {};
  for (let step = 0; step < steps; step++) outputs = await executor.run("step", feeds);
  const state = await executor.read();
  await executor.dispose();
  return { state, outputs };
}

test("every kernel gives the runtime's numbers, also of infinities, NaN and what is too small to be normal", async () => {
  const initial = { w: Float32Array.from(pairs, ([a]) => a) };
  const feeds = { x: Float32Array.from(pairs, ([, b]) => b) };
  for (const [kernel, step] of Object.entries(kernels)) {
    const run = (lower: LowerProgram) => stepped(program(pairs.length, step), { lower, initial, feeds });
    const expected = (await run(lowerings.plain)).state["w"] as Data;
    const actual = (await run(inPlace(lowerings.plain))).state["w"] as Data;
    // Which of two zeros is the larger no standard says.
    for (const [i, pair] of pairs.entries())
      assert.ok(
        actual[i] === expected[i] || (Number.isNaN(actual[i]) && Number.isNaN(expected[i])),
        `${kernel} of ${pair}: ${actual[i]}, not ${expected[i]}`,
      );
  }
});

/** Two sums, one after the other, of which the second waits for the first; the elements beside the last are far from 0. */
const byNorms: Step = (w, g) => {
  const share = tf.div(tf.sum(tf.abs(tf.sub(w, g))), tf.sum(tf.reciprocal(w)));
  const direction = tf.mul(g, tf.sqrt(share));
  return tf.sub(w, tf.mul(direction, tf.div(1, tf.sqrt(tf.sum(tf.square(tf.mul(w, g)))))));
};

test("sums are those of the elements, and how many threads make them changes no bit", async () => {
  const size = 300_001;
  const initial = { w: Float32Array.from({ length: size }, (_, i) => 1 + (i % 7)) };
  const feeds = { x: Float32Array.from({ length: size }, (_, i) => 0.1 * ((i % 11) - 3)) };
  const run = (lower: LowerProgram, threads: number) =>
    stepped(program(size, byNorms), { lower, initial, feeds, threads, steps: 3 });
  const [runtime, one, three] = [
    await run(lowerings.plain, 1),
    await run(inPlace(lowerings.plain), 1),
    await run(inPlace(lowerings.plain), 3),
  ];
  assert.deepEqual(three.state, one.state);
  const expected = runtime.state["w"] as Data;
  one.state["w"]?.forEach((value, i) => {
    if (!isClose(value, expected[i] as number, 1e-5)) assert.fail(`${i}: ${value}, not ${expected[i]}`);
  });
});

test("threads take every task once, however late they wake", async () => {
  const size = 260_000;
  const initial = { w: new Float32Array(size) };
  const feeds = { x: new Float32Array(size).fill(1) };
  const steps = 400;
  const { state } = await stepped(program(size, tf.add), {
    lower: inPlace(lowerings.plain),
    initial,
    feeds,
    threads: 4,
    steps,
  });
  assert.equal(
    (state["w"] as Float32Array).find((count) => count !== steps),
    undefined,
  );
});
