import assert from "node:assert/strict";
import { test } from "node:test";
import type { NewEvent } from "../../../schemas/newEvent.ts";
import { loadEager } from "../../../test/support/eager.ts";
import { memoryWorld } from "../../../test/support/memoryWorld.ts";
import { identityNormalize } from "../../data/normalize.ts";
import { hashed, type Samples, withHash } from "../../data/samples.ts";
import { loadOnnxRuntime } from "../native/onnxruntime.ts";
import { buildNet, type Net } from "../nets/net.ts";
import type { ExecutorOptions, LoadProgram } from "../program.ts";
import type { TrainContext } from "./context.ts";
import { fit as fitStages } from "./fit.ts";
import type { Fit } from "./fitConfig.ts";
import type { TeacherTargets } from "./targets.ts";

/** A training without stages. */
const fit = (it: Fit, context: TrainContext) => fitStages([it], context);

test("a fit that is stopped and resumed at every step ends with the same bits and the same losses", async () => {
  const whole = memory();
  const uninterrupted = await fit(recipe(), whole.context);
  assert.equal(uninterrupted.ending, "completed");

  const pieces = memory();
  let ended = await fit(recipe(), { ...pieces.context, stopRequested: () => true });
  let resumes = 0;
  while (ended.ending === "stopped") {
    resumes += 1;
    ended = await fit(recipe(), { ...pieces.context, stopRequested: () => true });
  }
  assert.equal(ended.ending, "completed");
  assert.equal(resumes, 11); // twelve steps, each its own process
  assert.deepEqual(ended.result, uninterrupted.result);
  assert.deepEqual(lossesOf(pieces.events), lossesOf(whole.events));
});

test("steps of accumulated batches are those of larger ones, however they are interrupted", async () => {
  const events = async (it: Fit, isPiecewise = false) => {
    const world = memory();
    let ended = await fit(it, { ...world.context, stopRequested: () => isPiecewise });
    while (ended.ending === "stopped")
      ended = await fit(it, { ...world.context, stopRequested: () => isPiecewise });
    assert.equal(ended.ending, "completed");
    return { losses: lossesOf(world.events) as [number, number, number][], result: ended.result, world };
  };
  const it = recipe({ dropout: true, augment: [{ type: "noise", std: 0.1 }] });
  // Fourteen samples: twelve in three batches of four, and two.
  const larger = await events({ ...it, batchSize: 12 });
  const parts = { ...it, training: training({ accumulate: 3 }) };
  const accumulated = await events(parts);
  assert.equal(accumulated.result.steps, 6);
  assert.deepEqual(
    accumulated.losses.map(([step, ...values]) => [step, ...values.map((value) => value.toFixed(4))]),
    larger.losses.map(([step, ...values]) => [step, ...values.map((value) => value.toFixed(4))]),
  );
  const piecewise = await events(parts, true);
  assert.deepEqual(piecewise.losses, accumulated.losses);
  assert.deepEqual(piecewise.result.weights, accumulated.result.weights);
  const checkpoint = await piecewise.world.store.latestCheckpoint();
  assert.ok(!Object.keys(checkpoint?.tensors ?? {}).some((name) => name.startsWith("accumulated/")));
  // What no whole step is left of is dropped.
  const dropped = await events({ ...parts, dropRemainder: true });
  assert.equal(dropped.result.steps, 3);
});

test("how the engine holds tensors is told and recorded once a fit, where the engine says so", async () => {
  const recorded: Readonly<Record<string, unknown>>[] = [];
  const record = async (facts: Readonly<Record<string, unknown>>) => void recorded.push(facts);
  const compiled = (events: readonly NewEvent[]) => events.filter(({ type }) => type === "compiled");

  const embedded = memoryWorld({ load: loadOnnxRuntime });
  await fit(recipe(), { ...embedded.context, record });
  const layout = "no convolutions: tensors as they are";
  assert.deepEqual(compiled(embedded.events), [{ type: "compiled", layout }]);
  await fit({ ...recipe(), subject: "studentAlone" }, { ...embedded.context, record });
  assert.deepEqual(compiled(embedded.events).at(-1), { type: "compiled", subject: "studentAlone", layout });
  assert.deepEqual(recorded, [{ layout }, { studentAloneLayout: layout }]);

  const silent = memory();
  await fit(recipe(), { ...silent.context, record });
  assert.deepEqual(compiled(silent.events), []);
  assert.equal(recorded.length, 2);
});

test("a fit that begins says how long it is, and one that goes on keeps its lowering", async () => {
  const asked: (ExecutorOptions | undefined)[] = [];
  const load =
    (lowering: string): LoadProgram =>
    async (program, initial, options) => {
      asked.push(options);
      const executor = await loadEager(program, initial);
      return Object.assign(executor, { lowering });
    };
  const { context } = memoryWorld({ load: loadEager });
  await fit(recipe(), { ...context, load: load("first"), stopRequested: () => true });
  await fit(recipe(), { ...context, load: load("second"), stopRequested: () => true });
  await fit(recipe(), { ...context, load: load("third") });
  assert.deepEqual(asked, [
    { threads: 1, steps: 12 },
    { threads: 1, lowering: "first" },
    { threads: 1, lowering: "second" }, // as where a machine has no such lowering
  ]);
});

test("dropout, augmentation and a short last batch are part of what is resumed", async () => {
  const it = () => recipe({ dropout: true, augment: [{ type: "noise", std: 0.1 }] });
  const whole = memory();
  await fit(it(), whole.context);
  const pieces = memory();
  let steps = 0;
  const first = await fit(it(), { ...pieces.context, stopRequested: () => ++steps > 4 });
  assert.deepEqual(first, { ending: "stopped", step: 5 });
  await fit(it(), pieces.context);
  assert.deepEqual(lossesOf(pieces.events), lossesOf(whole.events));
});

test("a loss that is not finite ends the fit, names step and term, and leaves the last checkpoint", async () => {
  const { context, store, events } = memory();
  const targets: TeacherTargets = {
    async fill(rows, _seen, out) {
      calls += 1;
      out.logits.fill(calls === 8 ? Number.NaN : rows.length);
    },
  };
  let calls = 0;
  const ended = await fit(
    {
      ...recipe(),
      targets,
      losses: [{ type: "kd", temperature: 2, standardize: false, weight: 1 }],
      training: training({ checkpointEvery: 3 }),
    },
    context,
  );
  assert.equal(ended.ending, "failed");
  assert.equal(ended.code, "not-finite");
  assert.match(ended.message, /^Step 8: the term kd is NaN/);
  const { learningRate } = recipe().optimizer;
  assert.match(
    ended.hint ?? "",
    new RegExp(`^Lower optimizer\\.learningRate from ${learningRate} to ${learningRate / 10}, or `),
  );
  assert.equal((await store.latestCheckpoint())?.progress.step, 6);
  assert.equal(events.filter(({ type }) => type === "step").length, 8);
});

test("of a loss that is not finite before any update no setting of the optimizer is blamed", async () => {
  const targets: TeacherTargets = {
    async fill(_rows, _seen, out) {
      out.logits.fill(Number.POSITIVE_INFINITY);
    },
  };
  const ended = await fit(
    { ...recipe(), targets, losses: [{ type: "kd", temperature: 2, standardize: false, weight: 1 }] },
    memory().context,
  );
  assert.equal(ended.ending, "failed");
  assert.match(ended.message, /^Step 1: the term kd is NaN/);
  assert.match(ended.hint ?? "", /^No weight has changed yet, .* check the data, and a layer of the teacher/);
});

test("weights that an update blew up are not kept, though the loss before it was a number", async () => {
  const { context, store } = memory();
  const it = recipe();
  const ended = await fit(
    {
      ...it,
      optimizer: { ...it.optimizer, learningRate: 1e39 },
      training: training({ checkpointEvery: 1 }),
    },
    context,
  );
  assert.equal(ended.ending, "failed");
  assert.equal(ended.code, "not-finite");
  assert.match(ended.message, /^Step 1: weights\/a\.\S+ holds values that are not finite/);
  assert.match(
    ended.hint ?? "",
    /^Lower optimizer\.learningRate from 1e\+39 to 0\.001, the default of \w+, or /,
  );
  assert.equal(await store.latestCheckpoint(), undefined);
});

test("early stopping waits for its patience and keeps the best weights", async () => {
  const { context, store } = memory();
  const it = recipe();
  const ended = await fit(
    {
      ...it,
      validation: { samples: it.train, normalize: identityNormalize },
      optimizer: { ...it.optimizer, learningRate: 0 },
      training: training({ evaluateEvery: 1, earlyStopping: { metric: "accuracy", patience: 2 } }),
    },
    context,
  );
  assert.equal(ended.ending, "completed");
  assert.equal(ended.result.steps, 3); // the first is the best, two more bring nothing
  assert.equal(ended.result.best?.step, 1);
  assert.deepEqual((await store.readWeights("best"))?.["a.kernel"]?.data, ended.result.weights["a.kernel"]);
});

test("a checkpoint that is only likelier is kept, but early stopping does not wait for more of them", async () => {
  const { context, events } = memory();
  const it = recipe();
  const train = withHash({ ...it.train, labels: new Int32Array(it.train.count) }); // ever surer of one class
  const ended = await fit(
    {
      ...it,
      train,
      validation: { samples: train, normalize: identityNormalize },
      training: training({
        epochs: 20,
        evaluateEvery: 1,
        earlyStopping: { metric: "accuracy", patience: 3 },
      }),
    },
    context,
  );
  assert.equal(ended.ending, "completed");
  const accuracies = events.flatMap((event) =>
    event.type === "evaluation" ? [event.metrics["accuracy"] as number] : [],
  );
  const reached = accuracies.indexOf(Math.max(...accuracies)) + 1;
  assert.equal(accuracies.at(-1), accuracies[reached - 1]);
  assert.deepEqual([ended.result.steps, ended.result.best?.step], [reached + 3, reached + 3]);
});

const training = (more: Partial<Fit["training"]> = {}): Fit["training"] => ({
  epochs: 3,
  reportEvery: 1,
  keepCheckpoints: 3,
  ...more,
});

/** Fourteen samples in batches of four: three epochs of four steps, each with a short last one. */
function recipe({
  dropout = false,
  augment = [],
}: {
  dropout?: boolean;
  augment?: Fit["augment"];
} = {}): Fit {
  return {
    subject: "student",
    phase: "train",
    net: net(dropout),
    train: samples(14),
    normalize: identityNormalize,
    augment,
    batchSize: 4,
    shuffle: true,
    dropRemainder: false,
    losses: [{ type: "ce", weight: 1 }],
    optimizer: {
      type: "adam",
      learningRate: 0.01,
      betas: [0.9, 0.999],
      epsilon: 1e-8,
      weightDecay: 0,
      amsgrad: false,
      decayBiasAndNorm: false,
    },
    schedule: { type: "constant", warmup: 0 },
    training: training(),
    seed: 7,
  };
}

function net(dropout: boolean): Net {
  const built = buildNet(
    [
      { type: "dense", name: "a", units: 5, activation: "relu" },
      ...(dropout ? [{ type: "dropout", rate: 0.4 }] : []),
      { type: "dense", units: 3 },
    ],
    [6],
  );
  if ("problems" in built) throw new Error(JSON.stringify(built.problems));
  return built;
}

function samples(count: number): Samples {
  return hashed({
    count,
    shape: [6],
    classes: 3,
    labels: Int32Array.from({ length: count }, (_, i) => i % 3),
    storage: Float32Array.from({ length: count * 6 }, (_, i) => Math.sin(i * 12.9898)),
  });
}

function memory() {
  const { context, events, store } = memoryWorld({ load: loadEager });
  return { context, events, store: store("student") };
}

const lossesOf = (events: readonly NewEvent[]) =>
  events.flatMap((event) =>
    event.type === "step" ? [[event.step, event.loss, event.gradNorm]] : [],
  ) satisfies unknown[];
