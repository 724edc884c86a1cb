import assert from "node:assert/strict";
import { test } from "node:test";
import type { NewEvent } from "../../../schemas/newEvent.ts";
import type { ResolvedLoss } from "../../../schemas/resolvedExperiment.gen.ts";
import { loadEager } from "../../../test/support/eager.ts";
import { memoryWorld } from "../../../test/support/memoryWorld.ts";
import { tensorflowForTests } from "../../../test/support/tensorflow.ts";
import { identityNormalize } from "../../data/normalize.ts";
import { hashed } from "../../data/samples.ts";
import { loadOnnxRuntime } from "../native/onnxruntime.ts";
import { buildNet } from "../nets/net.ts";
import { partlyTrained } from "../nets/partlyTrained.ts";
import type { LoadProgram } from "../program.ts";
import type { StoredTensors, TrainContext } from "./context.ts";
import { fit } from "./fit.ts";
import type { Fit } from "./fitConfig.ts";
import { baselineStages } from "./studentAlone.ts";
import { ofLayers, type TeacherTargets } from "./targets.ts";

const ce: ResolvedLoss = { type: "ce", weight: 1 };
const hint = { type: "hint", student: "a", teacher: "t", projector: "linear", weight: 2 } as const;
const sgd = {
  type: "sgd",
  learningRate: 0.05,
  momentum: 0,
  dampening: 0,
  nesterov: false,
  weightDecay: 0,
  decayBiasAndNorm: true,
} as const;
const adam = {
  type: "adam",
  learningRate: 0.01,
  betas: [0.9, 0.999],
  epsilon: 1e-8,
  weightDecay: 0,
  amsgrad: false,
  decayBiasAndNorm: false,
} satisfies Fit["optimizer"];

const tensorflow = await tensorflowForTests();
const engines: Readonly<Record<string, { load: LoadProgram | undefined; on?: object; kills: number[] }>> = {
  eager: { load: loadEager, kills: [1, 4, 5, 7, 8, 11] },
  onnxruntime: { load: loadOnnxRuntime, kills: [5] },
  // The samples of the second stage are on the device: its three steps are one call.
  tensorflow: { load: tensorflow, on: { device: "gpu:0", deviceMemory: 2 ** 30 }, kills: [8] },
};

for (const [name, { load, on, kills }] of Object.entries(engines)) {
  test(`stages that are killed before and after each checkpoint end with the same bits: ${name}`, {
    skip: load === undefined,
  }, async () => {
    assert.ok(load);
    const whole = memoryWorld({ load });
    const uninterrupted = await fit(threeStages(), { ...whole.context, ...on });
    assert.equal(uninterrupted.ending, "completed");
    assert.equal(uninterrupted.result.steps, 4 + 3 + 4);
    const borders = [
      ["stage", 0, "hint", 0, 4],
      ["stage", 1, "labels", 4, 7],
      ["stage", 2, "both", 7, 11],
    ];
    assert.deepEqual(bordersOf(whole.events), borders);

    // A stop leaves a checkpoint behind each step; a kill between two of them goes back to the former.
    for (const kill of [undefined, ...kills]) {
      const pieces = memoryWorld({ load });
      const context = { ...pieces.context, ...on, stopRequested: () => kill === undefined };
      let ended = await fit(threeStages(), kill ? killedAt(context, kill) : context).catch(dead);
      for (let i = 0; ended?.ending !== "completed" && i < 20; i++) ended = await fit(threeStages(), context);
      assert.equal(ended?.ending, "completed");
      assert.deepEqual(ended.result, uninterrupted.result, `killed at ${kill}`);
      assert.deepEqual(lastOfEach(pieces.events), lastOfEach(whole.events));
      assert.deepEqual([...new Set(bordersOf(pieces.events).map((row) => row.join(" ")))].length, 3);
    }
  });
}

test("a stage trains what its patterns match; losses keep their own weights, and no optimizer its state", async () => {
  const { context, store } = memoryWorld({ load: loadEager });
  const kept: Record<number, StoredTensors> = {};
  const observed = {
    ...store("student"),
    writeCheckpoint: async (it: { tensors: StoredTensors; progress: { step: number }; keep: number }) => {
      kept[it.progress.step] = it.tensors;
      return "";
    },
  };
  const stages = threeStages();
  const ended = await fit(stages, { ...context, store: () => observed });
  assert.equal(ended.ending, "completed");
  const [first, second, last] = [4, 7, 11].map((step) => kept[step] as StoredTensors);
  const start = stages[0]?.net.initial(7) ?? {};
  const weight = (tensors: StoredTensors | undefined, name: string) => tensors?.[name]?.data;
  assert.deepEqual(weight(first, "weights/b.kernel"), start["b.kernel"]); // frozen in the first stage
  assert.notDeepEqual(weight(first, "weights/a.kernel"), start["a.kernel"]);
  assert.notDeepEqual(weight(second, "weights/b.kernel"), start["b.kernel"]);
  const projector = Object.keys(first ?? {}).filter((name) => name.startsWith("losses/hint/"));
  assert.equal(projector.length > 0, true);
  for (const name of projector) {
    assert.deepEqual(weight(second, name), weight(first, name)); // no loss of the second stage reads it
    assert.notDeepEqual(weight(last, name), weight(first, name));
  }
  const slots = (tensors: StoredTensors | undefined) =>
    Object.keys(tensors ?? {}).filter((name) => name.startsWith("optimizer/"));
  assert.deepEqual([slots(first), slots(second)], [[], []]);
  assert.equal(slots(last).length > 0, true);
});

test("two stages of the same recipe are one, and another projector begins anew", async () => {
  const one = memoryWorld({ load: loadEager });
  const [stage] = threeStages();
  const plain = { ...(stage as Fit), optimizer: sgd };
  const { stage: _, ...unnamed } = plain;
  const lasting = (steps: number) => ({ training: { ...plain.training, steps } });
  const whole = await fit([{ ...unnamed, ...lasting(9) }], one.context);
  const two = memoryWorld({ load: loadEager });
  const parts = await fit(
    [
      { ...plain, ...lasting(5) },
      { ...plain, ...lasting(4) },
    ],
    two.context,
  );
  assert.equal(whole.ending, "completed");
  assert.equal(parts.ending, "completed");
  assert.deepEqual(parts.result.weights, whole.result.weights);
  assert.deepEqual(lastOfEach(two.events), lastOfEach(one.events));

  const targets = { features: { u: [4] }, fill: (plain.targets as TeacherTargets).fill };
  const other = { ...plain, ...lasting(4), losses: [{ ...hint, teacher: "u" }], targets };
  const changed = memoryWorld({ load: loadEager });
  await fit([{ ...plain, ...lasting(5) }, other], changed.context);
  const term = (events: readonly NewEvent[], step: number) =>
    events.find((event) => event.type === "step" && event.step === step);
  assert.notDeepEqual(term(changed.events, 6), term(two.events, 6));
});

test("schedules and early stopping are of the stage, and the best is that of the last one", async () => {
  const { context, events } = memoryWorld({ load: loadEager });
  const [first, , last] = threeStages();
  const validation = { samples: (first as Fit).train, normalize: identityNormalize };
  const cosine = { type: "cosine", warmup: 0, min: 0 } as unknown as Fit["schedule"];
  const patient = { metric: "accuracy", patience: 1 } as const;
  const ended = await fit(
    [
      {
        ...(first as Fit),
        validation,
        // Nothing that changes answers is trained: the second evaluation is no better.
        training: { ...(first as Fit).training, steps: 40, evaluateEvery: 2, earlyStopping: patient },
        net: partlyTrained((first as Fit).net, ["unused.*"]),
      },
      { ...(last as Fit), validation, schedule: cosine },
    ],
    context,
  );
  assert.equal(ended.ending, "completed");
  const { stages = [], best, steps } = ended.result;
  assert.deepEqual(
    stages.map(({ name, step }) => [name, step]),
    [
      ["hint", 4],
      ["both", 8],
    ],
  );
  assert.equal(steps, 8);
  assert.ok(best !== undefined && best.step > 4);
  assert.deepEqual(Object.keys(stages[0]?.metrics ?? {}).includes("accuracy"), true);
  const rates = events.flatMap((event) => (event.type === "step" ? [event.learningRate] : []));
  assert.deepEqual([rates[3], rates[4]], [adam.learningRate, adam.learningRate]); // the cosine begins at its start
  assert.ok((rates[7] as number) < (rates[5] as number));
});

test("the student alone has the stages that learn from labels, and all of the steps", () => {
  const kd: ResolvedLoss = { type: "kd", temperature: 2, standardize: false, weight: 1 };
  const lengths = (losses: readonly (readonly ResolvedLoss[])[]) =>
    baselineStages(
      { losses: [], baselines: { studentAlone: true } },
      losses.map((its, i) => ({
        ...(threeStages()[0] as Fit),
        stage: `s${i}`,
        losses: its,
        training: { steps: 10 ** i, reportEvery: 1, keepCheckpoints: 1 },
      })),
    ).map(({ stage, training: { steps }, losses: its }) => [
      stage,
      steps,
      its.map(({ type }) => type).join(),
    ]);
  assert.deepEqual(lengths([[hint], [kd, ce]]), [[undefined, 11, "ce"]]);
  assert.deepEqual(lengths([[ce], [kd, ce]]), [
    ["s0", 1, "ce"],
    ["s1", 10, "ce"],
  ]);
  assert.deepEqual(lengths([[ce], [kd], [kd, ce], [kd]]), [
    ["s0", 1, "ce"],
    ["s2", 1110, "ce"],
  ]);
  assert.deepEqual(lengths([[kd], [hint]]), [[undefined, 11, "ce"]]);
});

/** Hints alone, then labels alone with another optimizer, then both: of 4, 3 and 4 steps, epochs of 4 with a short last one. */
function threeStages(): readonly Fit[] {
  const built = buildNet(
    [
      { type: "dense", name: "a", units: 5, activation: "tanh" },
      { type: "dropout", rate: 0.2 },
      { type: "dense", name: "b", units: 3 },
    ],
    [6],
  );
  if ("problems" in built) throw new Error(JSON.stringify(built.problems));
  const teacher: TeacherTargets = {
    features: { t: [4], u: [4] },
    async fill(rows, _seen, out) {
      out.logits.fill(0);
      for (const [layer, values] of Object.entries(out.features))
        for (let i = 0; i < values.length; i++)
          values[i] = Math.cos((rows[Math.floor(i / 4)] as number) * 4 + (i % 4) + (layer === "u" ? 2 : 0));
    },
  };
  const common = {
    subject: "student",
    phase: "train",
    train: hashed({
      count: 14,
      shape: [6],
      classes: 3,
      labels: Int32Array.from({ length: 14 }, (_, i) => i % 3),
      storage: Float32Array.from({ length: 14 * 6 }, (_, i) => Math.sin(i * 12.9898)),
    }),
    normalize: identityNormalize,
    augment: [],
    batchSize: 4,
    shuffle: true,
    dropRemainder: false,
    schedule: { type: "constant", warmup: 0 },
    seed: 7,
  } as const;
  const training = (steps: number) => ({ steps, reportEvery: 1, keepCheckpoints: 3, ema: 0.9 });
  const targets = ofLayers(teacher, ["t"]);
  const frozen = partlyTrained(built, ["a.*"]);
  return [
    {
      ...common,
      stage: "hint",
      net: frozen,
      losses: [hint],
      optimizer: adam,
      training: training(4),
      targets,
    },
    { ...common, stage: "labels", net: built, losses: [ce], optimizer: sgd, training: training(3) },
    {
      ...common,
      ...{ stage: "both", net: built, losses: [{ ...hint, weight: 0.5 }, ce], optimizer: adam, targets },
      training: { epochs: 1, reportEvery: 1, keepCheckpoints: 3, ema: 0.9 },
    },
  ];
}

/** Dies as it reports a step: nothing behind the last checkpoint is left. */
const killedAt = (context: TrainContext, step: number): TrainContext => ({
  ...context,
  report: (event) => {
    context.report(event);
    if (event.type === "step" && event.step === step) throw new Error("killed");
  },
});

const dead = (error: Error) => {
  assert.equal(error.message, "killed");
  return undefined;
};

/** What a reader of the log takes: of each step the last report. */
const lastOfEach = (events: readonly NewEvent[]) =>
  Object.fromEntries(
    events.flatMap((event) =>
      event.type === "step"
        ? [[event.step, [event.epoch, event.loss, event.gradNorm, event.learningRate, event.terms]]]
        : [],
    ),
  );

const bordersOf = (events: readonly NewEvent[]) =>
  events.flatMap((event) =>
    event.type === "stage" ? [["stage", event.index, event.name, event.step, event.totalSteps]] : [],
  );
