import assert from "node:assert/strict";
import { test } from "node:test";
import { loadEager } from "../../../test/support/eager.ts";
import type { LayerSpec } from "../../nets/shapes.ts";
import { loadOnnxRuntime } from "../native/onnxruntime.ts";
import { buildNet, type Net } from "../nets/net.ts";
import type { NamedData } from "../program.ts";
import { inferenceProgram } from "./inferenceProgram.ts";
import { inGroup } from "./names.ts";
import { type Distillation, type DistillationOptions, distillationProgram } from "./program.ts";

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
  assert.deepEqual(after["teacher/dense_1.kernel"], teacher.initial(2)["dense_1.kernel"]);
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
  assert.throws(() => distillationProgram({ ...recipe, student, losses: [] }), /no losses to minimise/);
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

test("a teacher with an input of its own is shown that one", async () => {
  const teacherX = x.map((value) => 2 * value);
  const own = distillationProgram({
    ...recipe,
    student,
    teacher: { net: teacher, input: "own", outputs: "logits" },
  });
  const inputs = own.entries[0]?.inputs ?? {};
  assert.deepEqual(inputs["teacherX"], { shape: [batch, 2, 2, 1], dtype: "float32" });
  const looped = await loadEager(own, own.initialState(student.initial(1), teacher.initial(2)));
  const found = await looped.run(`train@${batch}`, { x, teacherX, labels, ...scalars(own, 0) });
  const fed = distillationProgram({ ...recipe, student, teacher: "fed" });
  const separate = await loadEager(fed, fed.initialState(student.initial(1)));
  const logits = (await answers(teacher, 2, teacherX))["logits"] as Float32Array;
  assert.deepEqual(
    found,
    await separate.run(`train@${batch}`, { x, labels, teacherLogits: logits, ...scalars(fed, 0) }),
  );
});

test("a loss on layers is fed what the teacher says there", () => {
  const losses = [
    { type: "ce" },
    { type: "hint", student: "hidden", teacher: "seen", projector: "linear" },
  ] as const;
  const program = distillationProgram({
    ...recipe,
    student,
    losses,
    teacher: "fed",
    teacherFeatures: { seen: [7], other: [9] },
  });
  const { x: samples, labels: classes, teacherLogits: said, ...others } = program.entries[0]?.inputs ?? {};
  assert.deepEqual(samples, { shape: [batch, 2, 2, 1], dtype: "float32" });
  assert.deepEqual(classes, { shape: [batch], dtype: "int32" });
  assert.deepEqual(said, { shape: [batch, 3], dtype: "float32" });
  assert.deepEqual(others["teacherTap/seen"], { shape: [batch, 7], dtype: "float32" });
  assert.ok(!("teacherTap/other" in others));
  const inLoop = distillationProgram({
    ...recipe,
    student,
    losses: [{ type: "ce" }, { type: "hint", student: "hidden", teacher: "dense_1", projector: "linear" }],
    teacher: { net: teacher, input: "shared", outputs: "logits" },
  });
  const names = Object.keys(inLoop.entries[0]?.inputs ?? {});
  assert.deepEqual(
    names.filter((name) => name.startsWith("teacher")),
    [],
  );
});

test("a loss that no weight has a part in changes none", async () => {
  const named = net([
    { type: "flatten", name: "flat" },
    { type: "dense", units: 3 },
  ]);
  const program = distillationProgram({
    ...recipe,
    student: named,
    losses: [{ type: "hint", student: "flat", teacher: "seen" }],
    optimizer: { type: "sgd", learningRate: 1 },
    teacher: "fed",
    teacherFeatures: { seen: [4] },
  });
  const initial = program.initialState(named.initial(1));
  const executor = await loadEager(program, initial);
  const seen = x.map((value) => value + 1);
  const outputs = await executor.run(`train@${batch}`, {
    x,
    labels,
    teacherLogits,
    "teacherTap/seen": seen,
    ...scalars(program, 0),
  });
  assert.equal(first(outputs, "gradientNorm"), 0);
  assert.ok(first(outputs, "loss") > 0);
  assert.deepEqual(await executor.read(), initial);
});

test("a loss that compares samples is fed their rows and those that they are compared with", () => {
  const program = distillationProgram({
    ...recipe,
    student,
    losses: [{ type: "ce" }, { type: "crd", student: "hidden", teacher: "seen", negatives: 6, dimension: 2 }],
    teacher: "fed",
    teacherFeatures: { seen: [7] },
    samples: 20,
  });
  const { rows, "negatives/crd": negatives } = program.entries[0]?.inputs ?? {};
  assert.deepEqual(rows, { shape: [batch], dtype: "int32" });
  assert.deepEqual(negatives, { shape: [batch, 6], dtype: "int32" });
  assert.deepEqual(program.negativeSampling, { crd: { negatives: 6, negativesFrom: "otherClasses" } });
  assert.deepEqual(program.terms, ["ce", "crd"]);
});

test("a program has the state that its parts need, fed batches one at a time, and no tables", () => {
  const program = distillationProgram({
    ...recipe,
    student,
    losses: [{ type: "ce" }],
    optimizer: { type: "sgd", learningRate: 1 },
    precision: "bfloat16",
  });
  assert.deepEqual(
    Object.keys(program.state),
    Object.keys(student.parameters).map((name) => `weights/${name}`),
  );
  assert.ok(!("tables" in program));
  const [train, evaluate] = program.entries;
  assert.deepEqual([train?.repeats, train?.precision], [false, "bfloat16"]);
  assert.ok(!("precision" in (evaluate ?? {})));
});

test("without a moving average the weights themselves are evaluated", async () => {
  const program = distillationProgram({ ...recipe, student, losses: [{ type: "ce" }] });
  const executor = await loadEager(program, program.initialState(student.initial(1)));
  const { logits: before } = await executor.run(`evaluate@${batch}`, { x });
  await executor.run(`train@${batch}`, { x, labels, ...scalars(program, 0) });
  assert.notDeepEqual((await executor.run(`evaluate@${batch}`, { x }))["logits"], before);
});

test("a weight that is missing is named, with whose it is", () => {
  const program = distillationProgram({
    ...recipe,
    student,
    teacher: { net: teacher, input: "shared", outputs: "logits" },
  });
  assert.throws(() => program.initialState({}), /^Error: The student's weight hidden\.kernel is missing$/);
  assert.throws(
    () => program.initialState(student.initial(1)),
    /^Error: The teacher's weight batchNormalization_1\.\w+ is missing$/,
  );
});

test("the seed decides how a loss's own weights begin, and is 0 where none is given", () => {
  const kernel = (seed: { readonly seed?: number }) => {
    const program = distillationProgram({
      ...recipe,
      ...seed,
      student,
      teacher: { net: teacher, input: "shared", outputs: "logits" },
      losses: [{ type: "vid", student: "hidden", teacher: "dense_1" }],
    });
    return program.initialState(student.initial(1), teacher.initial(2))["losses/vid/conv1.kernel"];
  };
  assert.deepEqual(kernel({}), kernel({ seed: 0 }));
  assert.notDeepEqual(kernel({ seed: 4 }), kernel({ seed: 0 }));
});

test("weights of losses may be divided by their sum", () => {
  const losses = [
    { type: "kd", weight: 3 },
    { type: "ce", weight: 1 },
  ] as const;
  const shared = distillationProgram({ ...recipe, student, teacher: "fed", losses, sharedWeights: true });
  assert.deepEqual(shared.lossWeights(0), { kd: 0.75, ce: 0.25 });
});

test("a net that only answers says what its layers say where it is asked", async () => {
  const outputs = await answers(student, 1, x, ["hidden"]);
  assert.deepEqual(Object.keys(outputs), ["logits", "tap/hidden"]);
  const weights = student.initial(1);
  const hidden = outputs["tap/hidden"];
  for (let unit = 0; unit < 5; unit++) {
    let sum = weights["hidden.bias"]?.[unit] as number;
    for (let i = 0; i < 4; i++)
      sum += (x[i] as number) * (weights["hidden.kernel"]?.[i * 5 + unit] as number);
    assert.ok(Math.abs((hidden?.[unit] as number) - Math.max(0, sum)) < 1e-6);
  }
});

test("a loss that compares samples learns from the rows that it is fed", async () => {
  const program = distillationProgram({
    ...recipe,
    student,
    losses: [{ type: "crd", student: "hidden", teacher: "seen", negatives: 6, dimension: 2 }],
    teacher: "fed",
    teacherFeatures: { seen: [7] },
    samples: 20,
  });
  const initial = program.initialState(student.initial(1));
  // tfjs writes what it scatters into the bank that it is given: op by op this would pass without a bank in the step's state.
  const executor = await loadOnnxRuntime(program, initial, { threads: 1 });
  await executor.run(`train@${batch}`, {
    x,
    labels,
    teacherLogits,
    "teacherTap/seen": Float32Array.from({ length: batch * 7 }, (_, i) => Math.cos(i)),
    rows: Int32Array.of(3, 0, 19, 7),
    "negatives/crd": Int32Array.from({ length: batch * 6 }, (_, i) => (i * 3) % 20),
    ...scalars(program, 0),
  });
  const after = await executor.read();
  const banks = Object.keys(initial).filter((name) => initial[name]?.length === 20 * 2);
  assert.equal(banks.length, 2);
  for (const bank of banks) {
    const changed = Array.from({ length: 20 }, (_, row) => row).filter(
      (row) => after[bank]?.[2 * row] !== initial[bank]?.[2 * row],
    );
    assert.deepEqual(changed, [0, 3, 7, 19], bank);
  }
  await executor.dispose();
});

test("samples that a program holds are looked up by the rows that a step is fed, several steps in a call", async () => {
  const samples = { shape: [6, 2, 2, 1], dtype: "float32" } as const;
  const values = Float32Array.from({ length: 6 * 4 }, (_, i) => Math.sin(i));
  const classOf = Int32Array.of(0, 1, 2, 0, 1, 2);
  const rows = Int32Array.of(5, 2, 0, 1);
  const held = distillationProgram({
    ...recipe,
    student,
    losses: [{ type: "ce" }],
    resident: {
      tables: { samples, classes: { shape: [6], dtype: "int32" } },
      inputs: (batch) => ({ rows: { shape: [batch], dtype: "int32" } }),
      batch: ({ rows }, lookUp) => ({
        x: lookUp("samples", rows as never),
        labels: lookUp("classes", rows as never),
      }),
    },
  });
  const fed = distillationProgram({ ...recipe, student, losses: [{ type: "ce" }] });
  assert.equal(held.entries[0]?.repeats, true);
  assert.deepEqual(held.tables, { samples, classes: { shape: [6], dtype: "int32" } });
  assert.ok(!("x" in (held.entries[0]?.inputs ?? {})));
  const start = student.initial(1);
  const holding = await loadEager(held, { ...held.initialState(start), samples: values, classes: classOf });
  const feeding = await loadEager(fed, fed.initialState(start));
  assert.deepEqual(
    await holding.run(`train@${batch}`, { rows, ...scalars(held, 0) }),
    await feeding.run(`train@${batch}`, {
      x: Float32Array.from([...rows].flatMap((row) => [...values.subarray(4 * row, 4 * row + 4)])),
      labels: rows.map((row) => classOf[row] as number),
      ...scalars(fed, 0),
    }),
  );
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

async function answers(
  net: Net,
  seed: number,
  x: Float32Array,
  taps: readonly string[] = [],
): Promise<NamedData> {
  const executor = await loadEager(
    inferenceProgram(net, [batch], taps),
    prefixed("weights", net.initial(seed)),
  );
  const outputs = await executor.run(`evaluate@${batch}`, { x });
  await executor.dispose();
  return outputs;
}
