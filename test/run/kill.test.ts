import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunEvent, RunResult } from "../../schemas/run-event.gen.ts";
import { prepareResume } from "../../server/runs/control.ts";
import { readEvents } from "../../server/runs/eventLog.ts";
import { summarizeRun } from "../../server/runs/list.ts";
import { findNode } from "../../server/runs/node.ts";
import { type RunDirectory, runDirectory } from "../../server/runs/runDirectory.ts";
import { spawnTrainer } from "../../server/runs/spawn.ts";
import { distill, eventsOf, onlyRun, scene } from "./support.ts";

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

for (const [what, experiment, kills] of [
  ["a dense student", dense, 30],
  ["a convolutional student", convolutional, 8],
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
  for (let kill = 0; kill < kills; kill++) {
    const moment =
      (["in a checkpoint write", "training", "starting"] as const)[kill % 5 === 4 ? 2 : kill % 2] ??
      "training";
    const from = (await readEvents(run.events)).offset;
    if (moment === "starting") await sleep(random() * 350);
    else {
      await trained(run, from);
      if (moment === "training") await sleep(random() * 60);
      else await checkpointBegun(run, random);
    }
    process.kill(life, "SIGKILL");
    await dead(life);
    if (unfinished(run)) tally["in a checkpoint write"] += 1;
    else tally[moment === "starting" ? "starting" : "training"] += 1;
    const summary = await summarizeRun(run.path);
    assert.equal(summary?.state, "interrupted", `after kill ${kill}`);
    await prepareResume(run.path);
    life = (await spawnTrainer({ node: await findNode(), runDirectory: run.path })).pid;
  }
  await dead(life);
  context.diagnostic(`killed ${JSON.stringify(tally)}`);
  assert.ok(tally["in a checkpoint write"] >= kills / 10, "some kills fell inside a checkpoint write");

  const found = await outcome(run.path);
  assert.deepEqual(found.losses, expected.losses, "losses, term by term, of every step");
  assert.deepEqual(found.evaluations, expected.evaluations);
  assert.deepEqual(found.result, expected.result);
  for (const [name, bytes] of expected.files)
    assert.ok(bytes.equals(found.files.get(name) ?? Buffer.alloc(0)), `${name} is the same, bit for bit`);
  assert.deepEqual([...found.files.keys()], [...expected.files.keys()]);
  const events = await eventsOf(run.path);
  assert.ok(
    events.every(({ seq }, index) => seq === index),
    "seq counts without gaps",
  );
}

/** What two runs of the same experiment have in common, whatever interrupted them. */
async function outcome(run: string) {
  const events = await eventsOf(run);
  const last = events.at(-1);
  assert.equal(last?.type, "completed", JSON.stringify(last));
  const files = new Map<string, Buffer>();
  const folders = ["best", "final", "studentAlone/best", "studentAlone/final"];
  for (const folder of folders.filter((folder) => existsSync(join(run, folder))))
    for (const name of (await readdir(join(run, folder))).sort())
      files.set(`${folder}/${name}`, await readFile(join(run, folder, name)));
  return {
    losses: lastOfEach(events, "step", ({ subject, step, loss, terms, gradNorm, learningRate }) => [
      `${subject ?? "student"} ${step}`,
      { loss, terms, gradNorm, learningRate },
    ]),
    evaluations: lastOfEach(events, "evaluation", ({ subject, split, step, metrics }) => [
      `${subject ?? "student"} ${split} ${step}`,
      metrics,
    ]),
    result: timeless((last as RunEvent & { type: "completed" }).summary),
    files,
  };
}

/** A step that is said again after a resume takes the place of the one before; the two must not differ either. */
function lastOfEach<T extends RunEvent["type"], V>(
  events: readonly RunEvent[],
  type: T,
  entry: (event: RunEvent & { type: T }) => readonly [string, V],
): Record<string, V> {
  const found: Record<string, V> = {};
  for (const event of events) {
    if (event.type !== type) continue;
    const [key, value] = entry(event as RunEvent & { type: T });
    // The teacher is trained anew where it was killed before it was done, and reports from other steps on.
    if (key.startsWith("teacher ") && type === "step") continue;
    if (key in found)
      assert.deepEqual(value, found[key], `${type} ${key} came out differently when it was done again`);
    found[key] = value;
  }
  return found;
}

function timeless({ runId: _, seconds: __, latencyMs: ___, ...result }: RunResult): Partial<RunResult> {
  return result;
}

async function adopt(run: RunDirectory): Promise<number> {
  for (;;) {
    const { pid } = JSON.parse(await readFile(join(run.path, "trainer.pid"), "utf8").catch(() => "{}")) as {
      pid?: number;
    };
    if (pid !== undefined) return pid;
    await sleep(5);
  }
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

async function dead(pid: number): Promise<void> {
  const stat = async () => (await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")).split(") ")[1] ?? "";
  while (!["", "Z", "X"].includes((await stat()).charAt(0))) await sleep(5);
}

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
