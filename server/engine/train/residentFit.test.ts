import assert from "node:assert/strict";
import { test } from "node:test";
import type { NewEvent } from "../../../schemas/newEvent.ts";
import { loadEager } from "../../../test/support/eager.ts";
import { memoryWorld } from "../../../test/support/memoryWorld.ts";
import { tensorflowForTests } from "../../../test/support/tensorflow.ts";
import { hashed, type Samples, withHash } from "../../data/samples.ts";
import { loadOnnxRuntime } from "../native/onnxruntime.ts";
import { buildNet, type Net } from "../nets/net.ts";
import type { Data, Executor, LoadProgram } from "../program.ts";
import type { TrainContext } from "./context.ts";
import { fit as fitStages } from "./fit.ts";
import type { Fit } from "./fitConfig.ts";
import type { TeacherTargets } from "./targets.ts";

/** A training without stages. */
const fit = (it: Fit, context: TrainContext) => fitStages([it], context);

const tensorflow = await tensorflowForTests();
const skip = tensorflow ? false : "there is no TensorFlow engine";

/** A device, as far as a fit knows, that holds any data of these tests and moves the pixels itself. */
const card = { device: "gpu:0", deviceMemory: 2 ** 30 };

interface Calls {
  readonly load: LoadProgram;
  /** Steps that each call of a training entry took. */
  readonly steps: number[];
}

/** Cuts calls into ones of at most `most` steps, and dies before the step after `dies`. */
function calls(load: LoadProgram, { most = 1e9, dies = 1e9 }: { most?: number; dies?: number } = {}): Calls {
  const steps: number[] = [];
  return {
    steps,
    async load(program, initial, options) {
      const executor = await load(program, initial, options);
      const run: Executor["run"] = async (entry, feeds, times = 1) => {
        if (!entry.startsWith("train@")) return executor.run(entry, feeds);
        const joined: Record<string, number[]> = {};
        for (let done = 0; done < times; ) {
          const count = Math.min(most, times - done);
          if (steps.reduce((sum, n) => sum + n, count) > dies) throw new Error("killed");
          const part = Object.entries(feeds).map(([name, data]): [string, Data] => {
            const size = data.length / times;
            return [name, data.subarray(done * size, (done + count) * size)];
          });
          const outputs = await executor.run(entry, Object.fromEntries(part), count);
          for (const [name, data] of Object.entries(outputs))
            joined[name] = [...(joined[name] ?? []), ...data];
          steps.push(count);
          done += count;
        }
        return Object.fromEntries(
          Object.entries(joined).map(([name, values]) => [name, Float32Array.from(values)]),
        );
      };
      return { ...bound(executor), run };
    },
  };
}

const bound = (executor: Executor): Executor => ({
  run: (...given) => executor.run(...given),
  read: (names) => executor.read(names),
  write: (state) => executor.write(state),
  dispose: () => executor.dispose(),
});

async function trained(config: Fit, load: LoadProgram, isResident: boolean) {
  const { context, events, store } = memoryWorld({ load });
  const ended = await fit(config, isResident ? { ...context, ...card } : context);
  assert.equal(ended.ending, "completed");
  return {
    weights: ended.result.weights,
    steps: stepsOf(events),
    checkpoint: await store("student").latestCheckpoint(),
  };
}

const stepsOf = (events: readonly NewEvent[]) =>
  events.flatMap((event) => (event.type === "step" ? [event] : []));
const losses = (events: ReturnType<typeof stepsOf>) =>
  events.map(({ step, loss, gradNorm, terms, learningRate }) => ({
    step,
    loss,
    gradNorm,
    terms,
    learningRate,
  }));

const recipes: Readonly<Record<string, Parameters<typeof recipe>[0]>> = {
  bytes: {},
  floats: { storage: "floats" },
  "samples without labels": { unlabelled: true },
  "augmented bytes": { augment: everyAugmentation() },
  "augmented floats": { storage: "floats", augment: everyAugmentation() },
};

for (const [name, given] of Object.entries(recipes)) {
  test(`a fit that is fed row numbers learns what one that is fed batches learns: ${name}`, {
    skip,
  }, async () => {
    assert.ok(tensorflow);
    const it = recipe(given);
    const held = calls(tensorflow);
    const [rows, batches] = [await trained(it, held.load, true), await trained(it, tensorflow, false)];
    assert.ok(Math.max(...held.steps) > 1, `calls of ${held.steps} steps`);
    assert.equal(rows.steps.length, 70); // each step is reported, from whatever call
    for (const [i, step] of rows.steps.entries()) {
      const other = batches.steps[i] as (typeof rows.steps)[number];
      assert.deepEqual(
        [step.step, step.epoch, step.learningRate],
        [other.step, other.epoch, other.learningRate],
      );
      assertNear(step.loss, other.loss, `loss of step ${step.step}`);
      assertNear(step.gradNorm, other.gradNorm, `gradient of step ${step.step}`, 5e-6);
      for (const [term, { raw }] of Object.entries(step.terms))
        assertNear(raw, other.terms[term]?.raw, `${term} of step ${step.step}`);
    }
    for (const [name, values] of Object.entries(rows.weights))
      for (const [i, value] of values.entries())
        assertNear(value, batches.weights[name]?.[i], `${name}[${i}]`);
  });

  test(`the same, op by op, with the same bits: ${name}`, async () => {
    const it = recipe({ ...given, epochs: 2 });
    const [rows, batches] = [await trained(it, loadEager, true), await trained(it, loadEager, false)];
    assert.deepEqual(losses(rows.steps), losses(batches.steps));
    assert.deepEqual(rows.weights, batches.weights);
  });
}

test("augmented samples teach ONNX Runtime, which is fed them, what they teach where they are held", {
  skip,
}, async () => {
  assert.ok(tensorflow);
  const it = recipe({ augment: everyAugmentation(), epochs: 2 });
  const held = losses((await trained(it, tensorflow, true)).steps);
  const fed = losses((await trained(it, loadOnnxRuntime, false)).steps);
  assert.equal(held.length, 20);
  for (const [i, { step, loss }] of held.entries())
    assertNear(loss, fed[i]?.loss, `loss of step ${step}`, 1e-5);
});

for (const augment of [[], everyAugmentation()])
  test(`how many steps a call takes changes no bit: ${augment.length} augmentations`, { skip }, async () => {
    assert.ok(tensorflow);
    const [one, seven, any] = [
      calls(tensorflow, { most: 1 }),
      calls(tensorflow, { most: 7 }),
      calls(tensorflow),
    ];
    const [a, b, c] = [
      await trained(recipe({ augment }), one.load, true),
      await trained(recipe({ augment }), seven.load, true),
      await trained(recipe({ augment }), any.load, true),
    ];
    assert.deepEqual([Math.max(...one.steps), Math.max(...seven.steps)], [1, 7]);
    for (const other of [b, c]) {
      assert.deepEqual(losses(other.steps), losses(a.steps));
      assert.deepEqual(other.weights, a.weights);
      assert.deepEqual(other.checkpoint, a.checkpoint);
    }
  });

for (const { dies, first, next, augment = [] } of [
  { dies: 10, first: 7, next: 1 },
  { dies: 33, first: 1, next: 7 },
  { dies: 40, first: 7, next: 5 },
  { dies: 40, first: 5, next: 7, augment: everyAugmentation() },
])
  test(`a fit that dies after ${dies} steps in calls of ${first} goes on in calls of ${next} to the same bits: ${augment.length} augmentations`, {
    skip,
  }, async () => {
    assert.ok(tensorflow);
    const it = recipe({ checkpointEvery: 9, augment });
    const whole = await trained(it, tensorflow, true);
    const { context, events, store } = memoryWorld({ load: tensorflow });
    const held = { ...context, ...card };
    await assert.rejects(
      fit(it, { ...held, load: calls(tensorflow, { most: first, dies }).load }),
      /^Error: killed$/,
    );
    const kept = (await store("student").latestCheckpoint())?.progress.step;
    assert.equal(kept, dies - (dies % 9));
    const resumed = await fit(it, { ...held, load: calls(tensorflow, { most: next }).load });
    assert.equal(resumed.ending, "completed");
    assert.deepEqual(resumed.result.weights, whole.weights);
    const last = new Map(losses(stepsOf(events)).map((step) => [step.step, step]));
    assert.deepEqual(
      [...last.values()].sort((a, b) => a.step - b.step),
      losses(whole.steps),
    );
  });

test("a fit that is stopped keeps what its last call left, and goes on from there", { skip }, async () => {
  assert.ok(tensorflow);
  const whole = await trained(recipe(), tensorflow, true);
  const { context, store } = memoryWorld({ load: tensorflow });
  let asked = 0;
  const stopped = await fit(recipe(), {
    ...context,
    ...card,
    stopRequested: () => ++asked === 5,
  });
  assert.equal(stopped.ending, "stopped");
  assert.equal((await store("student").latestCheckpoint())?.progress.step, stopped.step);
  const resumed = await fit(recipe(), { ...context, ...card });
  assert.equal(resumed.ending, "completed");
  assert.deepEqual(resumed.result.weights, whole.weights);
});

test("a number that is not finite in the middle of a call ends the fit at that step", { skip }, async () => {
  assert.ok(tensorflow);
  const it = recipe({ epochs: 6 });
  const { targets, train } = it;
  // One sample whose teacher is out of its mind: the first step that sees it is the last one.
  const logits = targets?.all?.().logits.slice() ?? assert.fail();
  logits[5] = Number.NaN;
  const { context, events } = memoryWorld({ load: tensorflow });
  const ended = await fit({ ...it, targets: teacherOf(logits, train.count) }, { ...context, ...card });
  assert.equal(ended.ending, "failed");
  assert.equal(ended.code, "not-finite");
  const last = stepsOf(events).at(-1);
  assert.equal(ended.step, last?.step);
  assert.match(ended.message, new RegExp(`^Step ${last?.step}: the term kd is NaN`));
  assert.deepEqual(
    stepsOf(events).map(({ loss }) => loss === null),
    stepsOf(events).map(({ step }) => step === last?.step),
  );
});

test("steps are reported as often as was asked for, with the time of a step", { skip }, async () => {
  assert.ok(tensorflow);
  const it = recipe();
  const { steps } = await trained({ ...it, training: { ...it.training, reportEvery: 5 } }, tensorflow, true);
  assert.deepEqual(
    steps.map(({ step }) => step),
    Array.from({ length: 14 }, (_, i) => 5 * (i + 1)),
  );
  for (const { stepMs, dataMs, samplesPerSecond } of steps) {
    assert.ok((stepMs as number) > 0 && (dataMs as number) >= 0 && (dataMs as number) <= (stepMs as number));
    assert.ok((samplesPerSecond as number) > 0);
  }
});

test("what does not fit, and what the teacher has to see augmented, is fed", async () => {
  const fits = 38 * (36 + 4 + 12) * 4; // bytes of samples, labels and logits, which may take a quarter
  for (const [it, memory, isResident] of [
    [recipe({ epochs: 1 }), fits, true],
    [recipe({ epochs: 1 }), fits - 4, false],
    [{ ...recipe({ epochs: 1 }), augment: everyAugmentation() }, card.deviceMemory, false],
  ] as const) {
    let tables = -1;
    const load: LoadProgram = (program, ...rest) => {
      tables = Object.keys(program.tables ?? {}).length;
      return loadEager(program, ...rest);
    };
    await fit(it, { ...memoryWorld({ load }).context, deviceMemory: memory });
    assert.equal(tables, isResident ? 3 : 0);
  }
});

type Found = number | null | undefined;

function assertNear(found: Found, expected: Found, what: string, tolerance = 1e-6): void {
  assert.ok(
    typeof found === "number" &&
      typeof expected === "number" &&
      Math.abs(found - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${what}: ${found}, expected ${expected}`,
  );
}

/** Each kind of augmentation, and moves with something else between them. A function, as it is called above. */
function everyAugmentation(): Fit["augment"] {
  return [
    { type: "shift", pixels: 2 },
    { type: "cutout", size: 3, probability: 0.8 },
    { type: "flip", probability: 0.5, axis: "horizontal" },
    { type: "noise", std: 0.1 },
    { type: "crop", padding: 1 },
    { type: "mixup", alpha: 0.4 },
  ];
}

/** 38 images in batches of four: epochs of nine steps and a short one. Those that are augmented have no teacher. */
function recipe({
  storage = "bytes",
  epochs = 7,
  checkpointEvery,
  augment = [],
  unlabelled = false,
}: {
  storage?: "bytes" | "floats";
  epochs?: number;
  checkpointEvery?: number;
  augment?: Fit["augment"];
  /** Two in three have no label. */
  unlabelled?: boolean;
} = {}): Fit {
  const given = images(38, storage);
  const train = unlabelled
    ? withHash({ ...given, labels: given.labels.map((label, i) => (i % 3 === 0 ? label : -1)) })
    : given;
  const hasTeacher = augment.length === 0;
  return {
    subject: "student",
    phase: "train",
    net: net(),
    train,
    ...(hasTeacher
      ? {
          targets: teacherOf(
            Float32Array.from({ length: train.count * 3 }, (_, i) => 2 * Math.cos(i * 1.7)),
            train.count,
          ),
        }
      : {}),
    normalize: { scale: 1 / 255, mean: [0.4], std: [0.25] },
    augment,
    batchSize: 4,
    shuffle: true,
    dropRemainder: false,
    losses: [
      ...(hasTeacher ? [{ type: "kd" as const, temperature: 2, standardize: false, weight: 0.6 }] : []),
      { type: "ce", weight: 0.4 },
    ],
    optimizer: {
      type: "sgd",
      learningRate: 0.02,
      momentum: 0.9,
      nesterov: false,
      dampening: 0,
      weightDecay: 1e-4,
      decayBiasAndNorm: false,
    },
    schedule: { type: "cosine", warmup: 4, minLearningRate: 0 },
    training: {
      epochs,
      reportEvery: 1,
      keepCheckpoints: 3,
      ema: 0.9,
      ...(checkpointEvery === undefined ? {} : { checkpointEvery }),
    },
    seed: 7,
  };
}

function teacherOf(logits: Float32Array, count: number): TeacherTargets {
  const classes = logits.length / count;
  return {
    async fill(rows, _seen, out) {
      rows.forEach((row, i) => {
        out.logits.set(logits.subarray(row * classes, (row + 1) * classes), i * classes);
      });
    },
    all: () => ({ logits, features: {} }),
  };
}

function net(): Net {
  const built = buildNet(
    [
      { type: "conv2d", filters: 3, kernelSize: 3, activation: "relu" },
      { type: "batchNormalization" },
      { type: "flatten" },
      { type: "dropout", name: "drop", rate: 0.3 },
      { type: "dense", units: 3 },
    ],
    [6, 6, 1],
  );
  if ("problems" in built) throw new Error(JSON.stringify(built.problems));
  return built;
}

function images(count: number, storage: "bytes" | "floats"): Samples {
  const pixels = Uint8Array.from({ length: count * 36 }, (_, i) => 128 + 127 * Math.sin(i * 12.9898));
  return hashed({
    count,
    shape: [6, 6, 1],
    classes: 3,
    labels: Int32Array.from({ length: count }, (_, i) => i % 3),
    storage: storage === "bytes" ? pixels : Float32Array.from(pixels),
  });
}
