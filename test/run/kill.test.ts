import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type RunDirectory, runDirectory } from "../../server/runs/runDirectory.ts";
import { targetForTests } from "../support/tensorflow.ts";
import { type Fate, fated } from "./fate.ts";
import { adopt, dead, kill, reborn } from "./lives.ts";
import { assertSameOutcome, outcome } from "./outcome.ts";
import { onlyRun, scene, succeed } from "./support.ts";

/** Long enough for many lives: wide students, a checkpoint every few steps, dropout, noise, averages and a baseline. */
const training = { steps: 900, evaluateEvery: 40, checkpointEvery: 16, clipNorm: 1 };
const baselines = { studentAlone: true };
const dense = {
  training,
  baselines,
  student: {
    layers: [
      { type: "dense", units: 192, activation: "relu" },
      { type: "dropout", rate: 0.2 },
      { type: "batchNormalization" },
      { type: "dense", units: 192, activation: "relu" },
      { type: "dense", units: 3 },
    ],
  },
};
const convolutional = {
  training: { ...training, steps: 300, ema: 0.99, reportEvery: 3 },
  optimizer: { type: "sgd", learningRate: 0.02, momentum: 0.9, nesterov: true },
  schedule: { type: "oneCycle", maxLearningRate: 0.05 },
  student: {
    layers: [
      { type: "reshape", targetShape: [3, 2, 1] },
      { type: "conv2d", filters: 16, kernelSize: 2, padding: "same" },
      { type: "batchNormalization" },
      { type: "activation", activation: "relu" },
      { type: "conv2d", filters: 32, kernelSize: 2, padding: "same", activation: "relu" },
      { type: "globalAveragePooling2d" },
      { type: "dense", units: 3 },
    ],
  },
};

/** Its losses have weights of their own, and remember each sample: what lives in checkpoints alone. */
const tapped = {
  training: { steps: 300, evaluateEvery: 40, checkpointEvery: 16 },
  temperature: undefined,
  alpha: undefined,
  student: {
    layers: [
      { type: "dense", name: "own", units: 96, activation: "relu" },
      { type: "dense", units: 3 },
    ],
  },
  teacher: {
    type: "layers",
    layers: [
      { type: "dense", name: "hidden", units: 64, activation: "relu" },
      { type: "dense", units: 3 },
    ],
    train: { epochs: 3 },
  },
  losses: [
    { type: "ce" },
    { type: "vid", student: "own", teacher: "hidden" },
    { type: "crd", student: "own", teacher: "hidden", negatives: 20, dimension: 16 },
  ],
};

/** Its samples are augmented in the step, of which the teacher is a part; nothing of the teacher is in checkpoints. */
const held = {
  engine: "tensorflow",
  training: { steps: 300, evaluateEvery: 40, checkpointEvery: 16 },
  student: dense.student,
};
const withoutTensorflow = (await targetForTests()) ? false : "there is no TensorFlow engine";

for (const [what, experiment, kills, skip] of [
  ["a dense student", dense, 30, false],
  ["a convolutional student", convolutional, 8, false],
  ["a student of the teacher's layers", tapped, 6, false],
  ["a student of samples that TensorFlow holds", held, 5, withoutTensorflow],
] as const)
  test(
    `killed ${kills} times and resumed, ${what} ends as if it had never been disturbed`,
    {
      timeout: 600_000,
      skip,
    },
    (context) => compareKilled(context, experiment, kills),
  );

async function compareKilled(context: TestContext, experiment: object, kills: number): Promise<void> {
  const whole = await scene(context, { with: { ...experiment } });
  await succeed(["run", whole.file, "--json"]);
  const expected = await outcome(await onlyRun(whole));

  const random = generator(20);
  const tally = { starting: 0, training: 0, "in a checkpoint write": 0 };
  const next = (count: number) => {
    const moment = moments[count % moments.length] ?? "training";
    tally[moment] += 1;
    return { moment, environment: fated(fates[moment](random)) };
  };
  const broken = await scene(context, { with: { ...experiment } });
  let { moment, environment } = next(0);
  await succeed(["run", broken.file, "--detach"], { env: environment });
  const run = runDirectory(await onlyRun(broken));
  let life = adopt(run.path);
  for (let count = 1; ; count++) {
    if (moment === "starting") {
      await sleep(random() * 350);
      await kill(life);
    } else await dead(life);
    if (moment === "in a checkpoint write") assert.ok(unfinished(run), "a checkpoint is left unfinished");
    if (count === kills) break;
    ({ moment, environment } = next(count));
    life = await reborn(run, environment);
  }
  await dead(await reborn(run));
  context.diagnostic(`killed ${JSON.stringify(tally)}`);

  await assertSameOutcome(run.path, expected);
}

const moments = [
  "in a checkpoint write",
  "training",
  "in a checkpoint write",
  "training",
  "starting",
] as const;

/** Few steps each, so that they do not make up the whole run. */
const fates = {
  starting: () => ({ signal: "SIGKILL", event: { type: "step" } }), // at the latest
  training: (random) => ({ signal: "SIGKILL", event: { type: "step" }, nth: 1 + Math.floor(random() * 20) }),
  // Each checkpoint is three files.
  "in a checkpoint write": (random) => ({
    signal: "SIGKILL",
    opens: "/checkpoints/\\.[^/]*\\.tmp/.",
    nth: 1 + Math.floor(random() * 6),
  }),
} as const satisfies Record<string, (random: () => number) => Fate>;

function unfinished(run: RunDirectory): boolean {
  return ["", "studentAlone", "teacher"].some((subject) => {
    const folder = join(run.path, subject, "checkpoints");
    return existsSync(folder) && readdirSync(folder).some((name) => name.endsWith(".tmp"));
  });
}

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
