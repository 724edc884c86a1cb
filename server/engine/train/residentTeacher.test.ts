import assert from "node:assert/strict";
import { test } from "node:test";
import type { NewEvent } from "../../../schemas/newEvent.ts";
import { loadEager } from "../../../test/support/eager.ts";
import { memoryWorld } from "../../../test/support/memoryWorld.ts";
import { tensorflowForTests } from "../../../test/support/tensorflow.ts";
import type { ResolvedNormalize } from "../../data/normalize.ts";
import { hashed, type Samples } from "../../data/samples.ts";
import type { LayerSpec } from "../../nets/shapes.ts";
import { loadOnnxRuntime } from "../native/onnxruntime.ts";
import { buildNet, type Net } from "../nets/net.ts";
import type { LoadProgram } from "../program.ts";
import type { TrainContext } from "./context.ts";
import { fit as fitStages } from "./fit.ts";
import type { Fit } from "./fitConfig.ts";
import { netTeacher } from "./netTeacher.ts";
import { rememberedTargets } from "./rememberedTargets.ts";
import { liveTargets, type TeacherTargets } from "./targets.ts";

/** A training without stages. */
const fit = (it: Fit, context: TrainContext) => fitStages([it], context);

const tensorflow = await tensorflowForTests();
const engines: readonly (readonly [string, LoadProgram | undefined, number])[] = [
  // Op by op the teacher's own normalisation is the only thing that is computed in another way.
  ["op by op", loadEager, 1e-6],
  ["in TensorFlow", tensorflow, 1e-5],
];

/** As a fit knows it, it moves pixels itself. */
const card = { device: "gpu:0", deviceMemory: 2 ** 30 };

const shared: ResolvedNormalize = { scale: 1 / 255, mean: [0.4], std: [0.25] };
const own: ResolvedNormalize = { scale: 1 / 127.5, mean: [1], std: [1] };
const augment: Fit["augment"] = [
  { type: "shift", pixels: 1 },
  { type: "flip", probability: 0.5, axis: "horizontal" },
  { type: "mixup", alpha: 0.4 },
];
const kd = { type: "kd" as const, temperature: 2, standardize: false, weight: 0.6 };
const ce = { type: "ce" as const, weight: 0.4 };
const sp = { type: "sp" as const, student: "seen", teacher: "shown", weight: 2 };

interface Case {
  readonly teacher?: { readonly normalize?: ResolvedNormalize; readonly outputs?: "probabilities" };
  readonly augment?: Fit["augment"];
  readonly losses: Fit["losses"];
}

const cases: Readonly<Record<string, Case>> = {
  "augmented samples": { augment, losses: [kd, ce] },
  "augmented samples, prepared its own way": { augment, teacher: { normalize: own }, losses: [kd, ce] },
  "augmented samples, as probabilities": { augment, teacher: { outputs: "probabilities" }, losses: [kd, ce] },
  "augmented samples in its layers": { augment, losses: [kd, ce, sp] },
  "samples as they are in its layers": { losses: [ce, sp] },
};

for (const [where, load, tolerance] of engines)
  for (const [what, given] of Object.entries(cases))
    test(`what a teacher says of ${what} is learned ${where} where samples are held as where they are fed`, {
      skip: load === undefined && "there is no TensorFlow engine",
    }, async () => {
      const it = await recipe(given);
      const [held, fed] = [
        await trained(it, load as LoadProgram, card),
        await trained(it, load as LoadProgram),
      ];
      assert.ok(held.tables > 0 && fed.tables === 0);
      assertSame(held.steps, fed.steps, tolerance);
      const elsewhere = await trained(it, loadOnnxRuntime);
      assertSame(held.steps, elsewhere.steps, 1e-5);
    });

test("a teacher in the step is in no checkpoint, and a fit that dies goes on to the same bits", {
  skip: tensorflow === undefined && "there is no TensorFlow engine",
}, async () => {
  assert.ok(tensorflow);
  const it = await recipe({ augment, losses: [kd, ce, sp], checkpointEvery: 5 });
  const whole = await trained(it, tensorflow, card);
  const { context, store } = memoryWorld({ load: tensorflow });
  let evaluated = 0;
  const stopped = await fit(it, { ...context, ...card, stopRequested: () => ++evaluated === 2 });
  assert.equal(stopped.ending, "stopped");
  const checkpoint = await store("student").latestCheckpoint();
  assert.deepEqual(
    Object.keys(checkpoint?.tensors ?? {}).filter((name) => /^teacher/.test(name)),
    [],
  );
  const resumed = await fit(it, { ...context, ...card });
  assert.equal(resumed.ending, "completed");
  assert.deepEqual(resumed.result.weights, whole.weights);
});

test("a step in bfloat16 is fed what its teacher says in float32", async () => {
  const it = await recipe({ augment, losses: [kd, ce] });
  const { tables } = await trained(
    { ...it, training: { ...it.training, precision: "bfloat16" } },
    // Here only what is fed matters.
    (program, initial) => loadEager({ ...program, entries: program.entries.map(inFloat32) }, initial),
    card,
  );
  assert.equal(tables, 0);
});

const inFloat32 = ({ precision: _, ...entry }: Parameters<LoadProgram>[0]["entries"][number]) => entry;

type Step = Extract<NewEvent, { type: "step" }>;

async function trained(config: Fit, load: LoadProgram, device: Partial<typeof card> = {}) {
  let tables = 0;
  const { context, events } = memoryWorld({
    load: (program, ...rest) => {
      tables = Object.keys(program.tables ?? {}).length;
      return load(program, ...rest);
    },
  });
  const ended = await fit(config, { ...context, ...device });
  assert.equal(ended.ending, "completed");
  const steps = events.filter((event): event is Step => event.type === "step");
  return { tables, steps, weights: ended.result.weights };
}

function assertSame(found: readonly Step[], expected: readonly Step[], tolerance: number): void {
  assert.equal(found.length, 20);
  assert.equal(expected.length, 20);
  for (const [i, { step, terms }] of found.entries())
    for (const [term, { raw }] of Object.entries(terms)) {
      const other = expected[i]?.terms[term]?.raw as number;
      assert.ok(
        Math.abs((raw as number) - other) <= tolerance * Math.max(1, Math.abs(other)),
        `${term} of step ${step}: ${raw}, expected ${other}`,
      );
    }
}

/** 38 images in batches of four for two epochs, and a teacher with weights of its own. */
async function recipe({
  teacher: { normalize, outputs } = {},
  augment = [],
  losses,
  checkpointEvery,
}: Case & { readonly checkpointEvery?: number }): Promise<Fit> {
  const train = images(38);
  const net = netOf([
    { type: "conv2d", name: "seen", filters: 3, kernelSize: 3, activation: "relu" },
    { type: "flatten" },
    { type: "dense", units: 3 },
  ]);
  const taps = losses.some(({ type }) => type === "sp") ? ["shown"] : [];
  const teacherNet = netOf([
    { type: "conv2d", name: "shown", filters: 4, kernelSize: 3, activation: "relu" },
    { type: "batchNormalization" },
    { type: "flatten" },
    { type: "dense", units: 3, ...(outputs ? { activation: "softmax" } : {}) },
  ]);
  const teacher = await netTeacher({ net: teacherNet }, teacherNet.initial(5), {
    load: loadEager,
    threads: 1,
    batchSizes: [4],
    normalize,
    outputs: outputs ?? "logits",
    taps,
  });
  const live = liveTargets(teacher, shared, train.shape);
  const asked = { normalize: shared, onProgress: () => {}, stopRequested: () => false, batch: 4 };
  const targets = augment.length > 0 ? live : await rememberedTargets(teacher, train, asked);
  assert.ok(targets !== undefined && !("problem" in targets));
  return {
    subject: "student",
    phase: "train",
    net,
    train,
    targets: targets satisfies TeacherTargets,
    normalize: shared,
    augment,
    batchSize: 4,
    shuffle: true,
    dropRemainder: false,
    losses,
    optimizer: {
      type: "sgd",
      learningRate: 0.02,
      momentum: 0.9,
      nesterov: false,
      dampening: 0,
      weightDecay: 0,
      decayBiasAndNorm: false,
    },
    schedule: { type: "constant", warmup: 0 },
    training: {
      epochs: 2,
      reportEvery: 1,
      keepCheckpoints: 1,
      ...(checkpointEvery ? { checkpointEvery } : {}),
    },
    seed: 7,
  };
}

function netOf(layers: readonly LayerSpec[]): Net {
  const built = buildNet(layers, [6, 6, 1]);
  if ("problems" in built) throw new Error(JSON.stringify(built.problems));
  return built;
}

function images(count: number): Samples {
  return hashed({
    count,
    shape: [6, 6, 1],
    classes: 3,
    labels: Int32Array.from({ length: count }, (_, i) => i % 3),
    storage: Uint8Array.from({ length: count * 36 }, (_, i) => 128 + 127 * Math.sin(i * 12.9898)),
  });
}
