import assert from "node:assert/strict";
import { test } from "node:test";
import { loadEager } from "../native/eager.ts";
import { buildNet, type Net } from "../nets/net.ts";
import type { LayerSpec } from "../nets/shapes.ts";
import type { NamedData } from "../program.ts";
import { inGroup } from "./names.ts";
import {
  type Distillation,
  type DistillationOptions,
  distillationProgram,
  inferenceProgram,
} from "./program.ts";

const batch = 4;
const classes = 3;
const student = net([
  { type: "flatten" },
  { type: "dense", name: "hidden", units: 5, activation: "relu" },
  { type: "dense", units: 3 },
]);
const teacher = net([{ type: "flatten" }, { type: "batchNormalization" }, { type: "dense", units: 3 }]);
const noisy = net([
  { type: "flatten" },
  { type: "dropout", name: "drop", rate: 0.5 },
  { type: "dense", units: 3 },
]);

const x = Float32Array.from({ length: batch * 4 }, (_, i) => Math.sin(i));
const labels = Int32Array.of(0, 1, 2, 0);
const teacherLogits = Float32Array.from({ length: batch * classes }, (_, i) =>
  i % classes === labels[Math.floor(i / classes)] ? 4 : 0,
);
const recipe = {
  losses: [
    { type: "kd", temperature: 3, weight: 0.7 },
    { type: "ce", weight: 0.3 },
  ],
  optimizer: { type: "adamw", learningRate: 0.05 },
  batchSizes: [batch],
} as const satisfies Partial<DistillationOptions>;

test("a student learns what a teacher says", async () => {
  const program = distillationProgram({ ...recipe, student, teacher: "fed" });
  const executor = await loadEager(program, program.initialState(student.initial(1)));
  const values: number[] = [];
  for (let step = 0; step < 60; step++) {
    const outputs = await executor.run(`train@${batch}`, {
      x,
      labels,
      teacherLogits,
      ...scalars(program, step),
    });
    assert.deepEqual(Object.keys(outputs).sort(), ["ce", "gradientNorm", "kd", "loss"]);
    const [loss, kd, ce] = [first(outputs, "loss"), first(outputs, "kd"), first(outputs, "ce")];
    assert.ok(Math.abs(loss - 0.7 * kd - 0.3 * ce) < 1e-6);
    values.push(loss);
  }
  assert.ok((values.at(-1) as number) < 0.1 * (values[0] as number), `${values[0]} → ${values.at(-1)}`);
  const { logits } = await executor.run(`evaluate@${batch}`, { x });
  assert.equal(logits?.length, batch * classes);
  await executor.dispose();
});

test("a teacher in the loop is in inference mode and stays as it is", async () => {
  const program = distillationProgram({
    ...recipe,
    student,
    teacher: { net: teacher, input: "shared", outputs: "logits" },
  });
  const initial = program.initialState(student.initial(1), teacher.initial(2));
  const looped = await loadEager(program, initial);
  const found = await looped.run(`train@${batch}`, { x, labels, ...scalars(program, 0) });
  const after = await looped.read();
  for (const [name, before] of Object.entries(initial)) {
    if (name.startsWith("teacher/")) assert.deepEqual(after[name], before, name);
    else if (name.startsWith("weights/")) assert.notDeepEqual(after[name], before, name);
  }

  const inference = await loadEager(
    inferenceProgram(teacher, [batch]),
    prefixed("weights", teacher.initial(2)),
  );
  const { logits } = await inference.run(`evaluate@${batch}`, { x });
  const fed = distillationProgram({ ...recipe, student, teacher: "fed" });
  const separate = await loadEager(fed, fed.initialState(student.initial(1)));
  const expected = await separate.run(`train@${batch}`, {
    x,
    labels,
    teacherLogits: logits as Float32Array,
    ...scalars(fed, 0),
  });
  assert.deepEqual(found, expected);
});

test("a teacher that gives probabilities, on its own input", async () => {
  const probable = net([{ type: "flatten" }, { type: "dense", units: 3, activation: "softmax" }]);
  const plain = net([{ type: "flatten" }, { type: "dense", units: 3 }]);
  const losses = await Promise.all(
    [
      { net: probable, input: "own", outputs: "probabilities" } as const,
      { net: plain, input: "own", outputs: "logits" } as const,
    ].map(async (given) => {
      const program = distillationProgram({ ...recipe, student, teacher: given });
      const executor = await loadEager(
        program,
        program.initialState(student.initial(1), given.net.initial(2)),
      );
      const teacherX = x.map((value) => 2 * value);
      return first(
        await executor.run(`train@${batch}`, { x, teacherX, labels, ...scalars(program, 0) }),
        "kd",
      );
    }),
  );
  assert.ok(Math.abs((losses[0] as number) - (losses[1] as number)) < 1e-5, losses.join(" and "));
});

test("without a loss that looks at the teacher, none is run or fed", () => {
  const program = distillationProgram({ ...recipe, student, losses: [{ type: "ce" }], teacher: "fed" });
  assert.deepEqual(Object.keys(program.entries[0]?.inputs ?? {}).slice(0, 2), ["x", "labels"]);
  assert.ok(!("teacherLogits" in (program.entries[0]?.inputs ?? {})));
  assert.throws(() => distillationProgram({ ...recipe, student }), /kd needs a teacher/);
  assert.throws(() => distillationProgram({ ...recipe, student, losses: [] }), /nothing to minimise/);
});

test("labels may be weights of the classes", async () => {
  const onehot = teacherLogits.map((value) => value / 4);
  const run = async (kind: "classes" | "weights") => {
    const program = distillationProgram({ ...recipe, student, losses: [{ type: "ce" }], labels: kind });
    const executor = await loadEager(program, program.initialState(student.initial(1)));
    return first(
      await executor.run(`train@${batch}`, {
        x,
        labels: kind === "classes" ? labels : onehot,
        ...scalars(program, 0),
      }),
      "ce",
    );
  };
  assert.ok(Math.abs((await run("classes")) - (await run("weights"))) < 1e-6);
});

test("a step in which some samples have no label moves the weights as one of the others alone", async () => {
  const stepOf = async (rows: readonly number[], given: readonly number[]) => {
    const program = distillationProgram({
      student,
      losses: [{ type: "ce" }],
      optimizer: { type: "sgd", learningRate: 0.5 },
      labels: "some",
      batchSizes: [rows.length],
    });
    const executor = await loadEager(program, program.initialState(student.initial(1)));
    const outputs = await executor.run(`train@${rows.length}`, {
      x: Float32Array.from(rows.flatMap((row) => Array.from(x.subarray(row * 4, row * 4 + 4)))),
      labels: Int32Array.from(given),
      ...scalars(program, 0),
    });
    const state = await executor.read();
    await executor.dispose();
    return { ce: first(outputs, "ce"), state };
  };
  const some = await stepOf([0, 1, 2, 3], [-1, 1, 2, -1]);
  const alone = await stepOf([1, 2], [1, 2]);
  assert.ok(Math.abs(some.ce - alone.ce) < 1e-6, `${some.ce} and ${alone.ce}`);
  for (const [name, values] of Object.entries(alone.state))
    values.forEach((value, i) => {
      const found = some.state[name]?.[i] as number;
      // Sums of four products in place of two, in float32.
      assert.ok(
        Math.abs(found - value) < 1e-6 * Math.max(1, Math.abs(value)),
        `${name} ${i}: ${found}, ${value}`,
      );
    });
});

test("dropped values are those whose fed number is below the rate, and only in training", async () => {
  const program = distillationProgram({
    ...recipe,
    student: noisy,
    losses: [{ type: "ce" }],
    optimizer: { type: "sgd", learningRate: 1 },
  });
  assert.deepEqual(program.entries[0]?.inputs["random/drop"], {
    shape: [batch, 4],
    dtype: "float32",
    random: { distribution: "uniform", use: "layer.drop" },
  });

  const executor = await loadEager(program, program.initialState(noisy.initial(1)));
  const before = await executor.read(["weights/dense_1.kernel"]);
  const numbers = Float32Array.from({ length: batch * 4 }, (_, i) => (i % 4 === 2 ? 0.1 : 0.9));
  await executor.run(`train@${batch}`, { x, labels, "random/drop": numbers, ...scalars(program, 0) });
  const after = await executor.read(["weights/dense_1.kernel"]);
  const moved = [0, 1, 2, 3].map((row) =>
    [0, 1, 2].some(
      (unit) =>
        before["weights/dense_1.kernel"]?.[row * 3 + unit] !==
        after["weights/dense_1.kernel"]?.[row * 3 + unit],
    ),
  );
  assert.deepEqual(moved, [true, true, false, true]);
});

test("batch norm's averages move in training and are not optimized", async () => {
  const normed = net([
    { type: "flatten" },
    { type: "batchNormalization", name: "norm", momentum: 0.9 },
    { type: "dense", units: 3 },
  ]);
  const program = distillationProgram({ ...recipe, student: normed, losses: [{ type: "ce" }] });
  assert.ok(!("optimizer/m/norm.movingMean" in program.state));
  const executor = await loadEager(program, program.initialState(normed.initial(1)));
  await executor.run(`train@${batch}`, { x, labels, ...scalars(program, 0) });
  const { "weights/norm.movingMean": found } = await executor.read(["weights/norm.movingMean"]);
  for (let feature = 0; feature < 4; feature++) {
    const mean = [0, 1, 2, 3].reduce((sum, row) => sum + (x[row * 4 + feature] as number), 0) / batch;
    assert.ok(Math.abs((found?.[feature] as number) - 0.1 * mean) < 1e-6);
  }
});

test("biases and norms do not decay unless asked", async () => {
  for (const decayBiasAndNorm of [false, true]) {
    const optimizer = { type: "adamw", learningRate: 0.1, weightDecay: 0.5, decayBiasAndNorm } as const;
    const still = distillationProgram({ ...recipe, student, losses: [{ type: "ce", weight: 0 }], optimizer });
    const start = Object.fromEntries(
      Object.entries(student.initial(1)).map(([name, values]) => [name, values.map(() => 1)]),
    );
    const executor = await loadEager(still, still.initialState(start));
    await executor.run(`train@${batch}`, { x, labels, ...scalars(still, 0) });
    const after = inGroup("weights", await executor.read());
    assert.ok(Math.abs((after["hidden.kernel"]?.[0] as number) - 0.95) < 1e-6);
    assert.ok(Math.abs((after["hidden.bias"]?.[0] as number) - (decayBiasAndNorm ? 0.95 : 1)) < 1e-6);
  }
});

test("the moving average of the weights follows them, and is what is evaluated", async () => {
  const program = distillationProgram({ ...recipe, student, losses: [{ type: "ce" }], ema: 0.9 });
  const initial = program.initialState(student.initial(1));
  const executor = await loadEager(program, initial);
  const { logits: before } = await executor.run(`evaluate@${batch}`, { x });
  await executor.run(`train@${batch}`, { x, labels, ...scalars(program, 0) });
  const state = await executor.read();
  const name = "hidden.kernel";
  state[`ema/${name}`]?.forEach((value, i) => {
    const expected =
      0.9 * (initial[`weights/${name}`]?.[i] as number) + 0.1 * (state[`weights/${name}`]?.[i] as number);
    assert.ok(Math.abs(value - expected) < 1e-6);
  });
  const { logits: after } = await executor.run(`evaluate@${batch}`, { x });
  assert.notDeepEqual(after, before);
  await executor.write(prefixed("weights", student.initial(5)));
  assert.deepEqual((await executor.run(`evaluate@${batch}`, { x }))["logits"], after);
});

test("a loss's own weights are trained beside the student, and are no part of it", async () => {
  const program = distillationProgram({
    ...recipe,
    student,
    teacher: { net: teacher, input: "shared", outputs: "logits" },
    losses: [{ type: "ce" }, { type: "vid", student: "hidden", teacher: "dense_1", weight: 1 }],
    ema: 0.9,
    seed: 4,
  });
  const initial = program.initialState(student.initial(1), teacher.initial(2));
  const executor = await loadEager(program, initial);
  await executor.run(`train@${batch}`, { x, labels, ...scalars(program, 0) });
  const state = await executor.read();
  const own = Object.keys(inGroup("losses", state));
  assert.deepEqual(own.toSorted(), ["vid/conv1.kernel", "vid/conv2.kernel", "vid/conv3.kernel", "vid/rho"]);
  for (const name of own) {
    assert.notDeepEqual(state[`losses/${name}`], initial[`losses/${name}`], `${name} was trained`);
    assert.ok(state[`optimizer/m/${name}`]?.some((value) => value !== 0));
  }
  for (const group of ["weights", "ema"])
    assert.deepEqual(
      Object.keys(inGroup(group, state)).toSorted(),
      Object.keys(student.parameters).toSorted(),
    );
  const { logits } = await executor.run(`evaluate@${batch}`, { x });
  assert.equal(logits?.length, batch * classes);
});

test("clipping bounds what the optimizer sees, and the norm is that before", async () => {
  const optimizer = { type: "sgd", learningRate: 1 } as const;
  const program = distillationProgram({
    ...recipe,
    student,
    losses: [{ type: "ce", weight: 100 }],
    optimizer,
    clipNorm: 0.5,
  });
  const initial = program.initialState(student.initial(1));
  const executor = await loadEager(program, initial);
  const norm = first(
    await executor.run(`train@${batch}`, { x, labels, ...scalars(program, 0) }),
    "gradientNorm",
  );
  const state = await executor.read();
  const moved = Math.hypot(
    ...Object.entries(state).flatMap(([name, values]) =>
      Array.from(values, (v, i) => v - (initial[name]?.[i] as number)),
    ),
  );
  assert.ok(norm > 0.5);
  assert.ok(Math.abs(moved - 0.5) < 1e-5, `${moved}`);
});

test("weights of terms and the learning rate follow their schedules", () => {
  const program = distillationProgram({
    ...recipe,
    student,
    teacher: "fed",
    losses: [{ type: "kd", weight: { from: 1, to: 0, over: 10 } }, { type: "ce" }],
    optimizer: { type: "sgd" },
    schedule: (step) => 0.1 / (step + 1),
  });
  assert.deepEqual(program.hyperparameters(5), {
    "lossWeight/kd": 0.5,
    "lossWeight/ce": 1,
    "optimizer/learningRate": 0.1 / 6,
  });
});

function net(layers: readonly LayerSpec[]): Net {
  const built = buildNet(layers, [2, 2, 1]);
  assert.ok(!("problems" in built), JSON.stringify(built));
  return built;
}

function scalars(program: Distillation, step: number): NamedData {
  return Object.fromEntries(
    Object.entries(program.hyperparameters(step)).map(([name, value]) => [name, Float32Array.of(value)]),
  );
}

function prefixed(group: string, data: NamedData): NamedData {
  return Object.fromEntries(Object.entries(data).map(([name, values]) => [`${group}/${name}`, values]));
}

function first(outputs: NamedData, name: string): number {
  const value = outputs[name]?.[0];
  assert.ok(value !== undefined, `the output ${name} is missing`);
  return value;
}
