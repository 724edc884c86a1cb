import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { readEvents } from "../../server/runs/eventLog.ts";
import { type RunDirectory, runDirectory } from "../../server/runs/runDirectory.ts";
import { adopt, dead, kill, reborn } from "./lives.ts";
import { assertSameOutcome, outcome } from "./outcome.ts";
import { distill, onlyRun, scene } from "./support.ts";

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

for (const [what, experiment, kills] of [
  ["a dense student", dense, 30],
  ["a convolutional student", convolutional, 8],
  ["a student of the teacher's layers", tapped, 6],
] as const)
  test(
    `killed ${kills} times and resumed, ${what} ends as if it had never been disturbed`,
    {
      timeout: 600_000,
    },
    (context) => compareKilled(context, experiment, kills),
  );

async function compareKilled(context: TestContext, experiment: object, kills: number): Promise<void> {
  const whole = await scene(context, { with: { ...experiment } });
  assert.equal((await distill(["run", whole.file, "--json"])).code, 0);
  const expected = await outcome(await onlyRun(whole));

  const broken = await scene(context, { with: { ...experiment } });
  assert.equal((await distill(["run", broken.file, "--detach"])).code, 0);
  const run = runDirectory(await onlyRun(broken));
  const random = generator(20);
  const tally = { starting: 0, training: 0, "in a checkpoint write": 0 };
  let life = await adopt(run);
  for (let count = 0; count < kills; count++) {
    const moment =
      (["in a checkpoint write", "training", "starting"] as const)[count % 5 === 4 ? 2 : count % 2] ??
      "training";
    const from = (await readEvents(run.events)).offset;
    if (moment === "starting") await sleep(random() * 350);
    else {
      await trained(run, from);
      if (moment === "training") await sleep(random() * 60);
      else await checkpointBegun(run, random);
    }
    await kill(life);
    if (unfinished(run)) tally["in a checkpoint write"] += 1;
    else tally[moment === "starting" ? "starting" : "training"] += 1;
    life = await reborn(run);
  }
  await dead(life);
  context.diagnostic(`killed ${JSON.stringify(tally)}`);
  assert.ok(tally["in a checkpoint write"] >= kills / 10, "some kills fell inside a checkpoint write");

  await assertSameOutcome(run.path, expected);
}

/** Waits until this life has trained a step, or for a while: it may have only the test split left to do. */
async function trained(run: RunDirectory, from: number): Promise<void> {
  for (let waited = 0; waited < 1000; waited++) {
    const { events } = await readEvents(run.events, from);
    if (events.some(({ type }) => type === "step")) return;
    await sleep(4);
  }
}

/** Waits for the temporary folder of a checkpoint, and a little into its writing. */
async function checkpointBegun(run: RunDirectory, random: () => number): Promise<void> {
  const deadline = performance.now() + 150;
  while (performance.now() < deadline) {
    if (unfinished(run)) return void (random() < 0.5 && (await sleep(random() * 3)));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function unfinished(run: RunDirectory): boolean {
  return [run.checkpoints, join(run.path, "studentAlone/checkpoints")].some(
    (folder) => existsSync(folder) && readdirSync(folder).some((name) => name.endsWith(".tmp")),
  );
}

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
