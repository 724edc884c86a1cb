import assert from "node:assert/strict";
import { test } from "node:test";
import { inferenceProgram } from "../../server/engine/distill/inferenceProgram.ts";
import { asGroup, inGroup, lossGroup, tapGroup, weightsGroup } from "../../server/engine/distill/names.ts";
import type { OptimizerSpec } from "../../server/engine/distill/optimizers/optimizers.ts";
import { distillationProgram } from "../../server/engine/distill/program.ts";
import { buildNet, type Net } from "../../server/engine/nets/net.ts";
import type { Data, LoadProgram, NamedData } from "../../server/engine/program.ts";
import type { LayerSpec } from "../../server/nets/shapes.ts";
import { assertClose } from "./closeness.ts";
import { executors } from "./executors.ts";
import { floats, type GoldenTensor, type GoldenTensors, goldenCases } from "./golden.ts";

interface GoldenLayer {
  readonly type: string;
  readonly name?: string;
  readonly filters: number;
  readonly kernel: readonly number[];
  readonly stride?: number;
  readonly padding: string;
  readonly bias: boolean;
  readonly activation: string;
  readonly epsilon: number;
  readonly momentumKeras: number;
  readonly size?: number;
  readonly units: number;
}

interface GoldenNet {
  readonly layers: readonly GoldenLayer[];
  readonly weights: GoldenTensors;
}

interface TrajectoryCase {
  readonly name: string;
  readonly params: {
    readonly temperature: number;
    readonly alpha: number;
    readonly optimizer: {
      readonly type: string;
      readonly lr: number;
      readonly learningRates?: readonly number[];
      readonly noDecay?: readonly string[];
      readonly clipNorm?: number;
    };
    /** Of a trajectory with hints. */
    readonly studentTap?: string;
    readonly teacherTap?: string;
    readonly hintWeight?: number;
  };
  readonly projector?: { readonly weights: GoldenTensors };
  readonly data: { readonly images: GoldenTensor; readonly labels: readonly number[] };
  readonly batches: readonly (readonly number[])[];
  readonly teacher: GoldenNet;
  readonly student: GoldenNet;
  readonly steps: {
    readonly total: readonly number[];
    readonly kl: readonly number[];
    readonly ce: readonly number[];
    readonly hint?: readonly number[];
  };
  readonly firstGradients: GoldenTensors;
  readonly after: Readonly<Record<string, GoldenTensors>>;
  readonly teacherLogits: GoldenTensor;
  readonly finalLogits: GoldenTensor;
  readonly teacherAccuracy: number;
  readonly finalAccuracy: number;
  readonly tol: {
    readonly steps: number;
    readonly firstGradients: number;
    readonly after: number;
    readonly logits: number;
  };
}

// Tests begin while the sets are still being read, so that what they use has to stand above.
const layersOf: Readonly<Record<string, (layer: GoldenLayer) => LayerSpec>> = {
  conv2d: ({ filters, kernel, stride = 1, padding, bias, activation }) => ({
    type: "conv2d",
    filters,
    kernelSize: kernel,
    strides: stride,
    padding,
    useBias: bias,
    activation,
  }),
  batchNorm: ({ epsilon, momentumKeras }) => ({
    type: "batchNormalization",
    epsilon,
    momentum: momentumKeras,
  }),
  relu: () => ({ type: "reLU" }),
  maxPool2d: ({ size = 2, stride = 2 }) => ({ type: "maxPooling2d", poolSize: size, strides: stride }),
  globalAveragePool: () => ({ type: "globalAveragePooling2d" }),
  flatten: () => ({ type: "flatten" }),
  dense: ({ units, activation }) => ({ type: "dense", units, activation }),
};

for (const kind of ["mlp", "cnn", "cnn-bn", "hint"]) {
  for (const golden of await goldenCases<TrajectoryCase>(`trajectories/${kind}`)) {
    for (const [engine, load] of Object.entries(executors)) {
      for (const teacher of ["in the loop", "fed"] as const) {
        test(`${kind}, ${golden.name}: ${golden.batches.length} steps, teacher ${teacher} (${engine})`, () =>
          followTrajectory(golden, load, teacher));
      }
      test(`${kind}, ${golden.name}: first gradients (${engine})`, () => checkFirstGradients(golden, load));
    }
  }
}

async function followTrajectory(golden: TrajectoryCase, load: LoadProgram, teacherIs: "in the loop" | "fed") {
  const { data, batches, steps, tol } = golden;
  const student = netOf(golden.student, data.images);
  const teacher = netOf(golden.teacher, data.images);
  const program = programOf(golden, student, { teacher, isFed: teacherIs === "fed" });
  const initial = {
    ...program.initialState(dataOf(golden.student.weights), dataOf(golden.teacher.weights)),
    ...projectorState(golden),
  };
  const features = teacherIs === "fed" ? await featuresOf(golden, teacher, load) : undefined;
  const executor = await load(program, initial);

  for (const [step, rows] of batches.entries()) {
    const outputs = await executor.run(`train@${rows.length}`, {
      ...feedsOf(golden, rows, program.hyperparameters(step)),
      ...(features ? fedTeacher(golden, features, rows) : {}),
    });
    assertClose(outputs["loss"], [steps.total[step] as number], tol.steps, `total at step ${step}`);
    assertClose(outputs["kd"], [steps.kl[step] as number], tol.steps, `kl at step ${step}`);
    assertClose(outputs["ce"], [steps.ce[step] as number], tol.steps, `ce at step ${step}`);
    if (steps.hint)
      assertClose(outputs["hint"], [steps.hint[step] as number], tol.steps, `hint at step ${step}`);
    const expected = golden.after[step + 1];
    const also = projectorVariance(golden, teacher, step + 1);
    if (expected)
      assertWeights(
        trainedOf(await executor.read()),
        { ...expected, ...also },
        tol.after,
        `after ${step + 1}`,
      );
  }

  const state = await executor.read();
  for (const [name, before] of Object.entries(initial)) {
    if (name.startsWith("teacher/")) assert.deepEqual(state[name], before, `${name} was changed`);
  }
  await executor.dispose();

  const all = data.labels.map((_, row) => row);
  const images = rowsOf(data.images, all);
  const finals = {
    ...inGroup(weightsGroup, state),
    ...torchVariances(golden.after[batches.length] ?? {}),
  };
  for (const { net, weights, logits, accuracy, what } of [
    {
      net: student,
      weights: finals,
      logits: golden.finalLogits,
      accuracy: golden.finalAccuracy,
      what: "student",
    },
    {
      net: teacher,
      weights: dataOf(golden.teacher.weights),
      logits: golden.teacherLogits,
      accuracy: golden.teacherAccuracy,
      what: "teacher",
    },
  ]) {
    const inference = await load(inferenceProgram(net, [all.length]), asGroup(weightsGroup, weights));
    const found = (await inference.run(`evaluate@${all.length}`, { x: images }))["logits"];
    assertClose(found, logits.data, tol.logits, `logits of the ${what}`);
    assert.ok(Math.abs(accuracyOf(found as Data, data.labels) - accuracy) < 1e-6, `accuracy of the ${what}`);
    await inference.dispose();
  }
}

/** One step of plain SGD at rate 1 moves each weight by its gradient. */
async function checkFirstGradients(golden: TrajectoryCase, load: LoadProgram) {
  const student = netOf(golden.student, golden.data.images);
  const sgd = { ...golden, params: { ...golden.params, optimizer: { type: "sgd", lr: 1 } } };
  const teacher = netOf(golden.teacher, golden.data.images);
  const program = programOf(sgd, student, { teacher, isFed: true });
  const initial = { ...program.initialState(dataOf(golden.student.weights)), ...projectorState(golden) };
  const weights = trainedOf(initial);
  const executor = await load(program, initial);
  const rows = golden.batches[0] as readonly number[];
  await executor.run(`train@${rows.length}`, {
    ...feedsOf(golden, rows, program.hyperparameters(0)),
    ...fedTeacher(golden, await featuresOf(golden, teacher, load), rows),
  });
  const after = trainedOf(await executor.read());
  for (const [name, { data }] of Object.entries(golden.firstGradients)) {
    const before = weights[name] as Float32Array;
    const moved = before.map((value, i) => value - (after[name]?.[i] as number));
    // The subtraction is done in float32, at the size of the weight.
    const rounding = 2 ** -23 * Math.max(...before.map(Math.abs), ...data.map(Math.abs));
    assertClose(moved, data, golden.tol.firstGradients + rounding, `gradient of ${name}`);
  }
  await executor.dispose();
}

/**
 * The set has the projector's moving variance in PyTorch's convention alone, unbiased; in batches of one size the biased
 * one follows from it.
 */
function projectorVariance(
  { after, batches, params: { teacherTap } }: TrajectoryCase,
  teacher: Net,
  steps: number,
): GoldenTensors {
  const unbiased = after[steps]?.["projector.bn.movingVariance"];
  if (!unbiased || teacherTap === undefined) return {};
  const [size, ...others] = new Set(batches.map((rows) => rows.length));
  if (size === undefined || others.length > 0) throw new Error("The batches are not of one size");
  const [height = 1, width = 1] = shapeOf(teacher, teacherTap);
  const count = size * height * width;
  const start = 0.9 ** steps; // what is left of the initial variance of 1
  const data = unbiased.data.map((value) => start + ((value - start) * (count - 1)) / count);
  return { "projector.bn.movingVarianceBiased": { ...unbiased, data } };
}

/** The weights by the set's names: those of the projector are `projector.*`. */
function trainedOf(state: NamedData): NamedData {
  const own = Object.entries(inGroup("hint", inGroup(lossGroup, state)));
  return {
    ...inGroup(weightsGroup, state),
    ...Object.fromEntries(own.map(([name, data]) => [`projector.${name}`, data])),
  };
}

function projectorState({ projector }: TrajectoryCase): NamedData {
  return asGroup(lossGroup, asGroup("hint", dataOf(projector?.weights ?? {})));
}

/** What the teacher says of all samples in the layer that is compared, if one is. */
async function featuresOf(
  { params: { teacherTap }, teacher: { weights }, data }: TrajectoryCase,
  teacher: Net,
  load: LoadProgram,
): Promise<GoldenTensors> {
  if (teacherTap === undefined) return {};
  const count = data.labels.length;
  const program = inferenceProgram(teacher, [count], [teacherTap]);
  const executor = await load(program, asGroup(weightsGroup, dataOf(weights)));
  const x = floats(data.images);
  const found = (await executor.run(`evaluate@${count}`, { x }))[`tap/${teacherTap}`];
  const tensor = { shape: [count, ...shapeOf(teacher, teacherTap)], data: Array.from(found ?? []) };
  await executor.dispose();
  return { [teacherTap]: tensor };
}

function shapeOf({ layers }: Net, layer: string): readonly number[] {
  return layers.find(({ name }) => name === layer)?.outputShape ?? [];
}

function fedTeacher(
  { teacherLogits }: TrajectoryCase,
  features: GoldenTensors,
  rows: readonly number[],
): NamedData {
  const taps = Object.entries(features).map(([layer, tensor]) => [layer, rowsOf(tensor, rows)]);
  return { teacherLogits: rowsOf(teacherLogits, rows), ...asGroup(tapGroup, Object.fromEntries(taps)) };
}

function programOf(
  { params, batches }: TrajectoryCase,
  student: Net,
  { teacher, isFed }: { readonly teacher: Net; readonly isFed: boolean },
) {
  const { studentTap, teacherTap, hintWeight } = params;
  const { lr, learningRates, noDecay = [], clipNorm, ...optimizer } = params.optimizer;
  const spared = Object.entries(student.parameters).filter(
    ([, { trainable, decays }]) => trainable && !decays,
  );
  const sparesTheUsual = spared.length === noDecay.length && spared.every(([name]) => noDecay.includes(name));
  if (noDecay.length > 0 && !sparesTheUsual)
    throw new Error(`No net spares ${noDecay} and nothing else from decay`);
  return distillationProgram({
    student,
    losses: [
      { type: "kd", temperature: params.temperature, weight: params.alpha },
      { type: "ce", weight: 1 - params.alpha },
      ...(studentTap && teacherTap
        ? [
            {
              type: "hint",
              student: studentTap,
              teacher: teacherTap,
              projector: "relu",
              ...(hintWeight === undefined ? {} : { weight: hintWeight }),
            } as const,
          ]
        : []),
    ],
    optimizer: {
      ...optimizer,
      learningRate: lr,
      decayBiasAndNorm: !sparesTheUsual,
    } as unknown as OptimizerSpec,
    schedule: (step) => learningRates?.[step] ?? lr,
    clipNorm,
    teacher: isFed ? "fed" : { net: teacher, input: "shared", outputs: "logits" },
    ...(isFed && teacherTap ? { teacherFeatures: { [teacherTap]: shapeOf(teacher, teacherTap) } } : {}),
    batchSizes: [...new Set(batches.map((rows) => rows.length))],
  });
}

function feedsOf(
  { data }: TrajectoryCase,
  rows: readonly number[],
  hyperparameters: Readonly<Record<string, number>>,
): NamedData {
  return {
    x: rowsOf(data.images, rows),
    labels: Int32Array.from(rows, (row) => data.labels[row] as number),
    ...Object.fromEntries(
      Object.entries(hyperparameters).map(([name, value]) => [name, Float32Array.of(value)]),
    ),
  };
}

/** The student's moving variance may follow either convention; both are in the set. */
function assertWeights(found: NamedData, expected: GoldenTensors, tolerance: number, what: string) {
  for (const [name, { data }] of Object.entries(expected)) {
    if (name.endsWith("Biased")) continue;
    const either = expected[`${name}Biased`];
    assertClose(found[name], either?.data ?? data, tolerance, `${name} ${what}`);
  }
}

/** The final logits are those with PyTorch's moving variance, which takes the unbiased one of each batch. */
function torchVariances(expected: GoldenTensors): NamedData {
  return Object.fromEntries(
    Object.entries(expected).flatMap(([name, tensor]) =>
      name.endsWith(".movingVariance") && !name.startsWith("projector.") ? [[name, floats(tensor)]] : [],
    ),
  );
}

function netOf({ layers }: GoldenNet, images: GoldenTensor): Net {
  const specs = layers.map((layer): LayerSpec => {
    const spec = layersOf[layer.type];
    if (!spec) throw new Error(`A golden layer of type ${layer.type} is not provided for`);
    return { ...spec(layer), ...(layer.name ? { name: layer.name } : {}) };
  });
  const net = buildNet(specs, images.shape.slice(1));
  assert.ok(!("problems" in net), JSON.stringify(net));
  return net;
}

function dataOf(tensors: GoldenTensors): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, floats(tensor)]));
}

function rowsOf({ shape, data }: GoldenTensor, rows: readonly number[]): Float32Array {
  const size = data.length / (shape[0] as number);
  return Float32Array.from(rows.flatMap((row) => data.slice(row * size, (row + 1) * size)));
}

function accuracyOf(logits: Data, labels: readonly number[]): number {
  const classes = logits.length / labels.length;
  const right = labels.filter((label, i) => {
    const row = Array.from(logits.subarray(i * classes, (i + 1) * classes));
    return row.indexOf(Math.max(...row)) === label;
  });
  return right.length / labels.length;
}
