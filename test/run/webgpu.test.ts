import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { latestCheckpoint } from "../../server/runs/checkpoints.ts";
import { lockHolder } from "../../server/runs/lock.ts";
import { webgpuForTests } from "../support/webgpu.ts";
import {
  type Command,
  distill,
  endless,
  eventsOf,
  onlyRun,
  type Scene,
  scene,
  start,
  succeed,
  until,
} from "./support.ts";

const skip = (await webgpuForTests()) ? false : "there is no WebGPU device";
const options = { skip, timeout: 600_000 };

/** The clusters' six features as an image of 2 × 3, so that there is a convolution, a pool and a gradient of each. */
const convolutional = {
  student: {
    layers: [
      { type: "reshape", targetShape: [2, 3, 1] },
      { type: "conv2d", filters: 6, kernelSize: 2, padding: "same", activation: "relu" },
      { type: "maxPooling2d", poolSize: [2, 1] },
      { type: "flatten" },
      { type: "dropout", rate: 0.2 },
      { type: "dense", units: 3 },
    ],
  },
  baselines: { studentAlone: false },
};
const small = (context: TestContext) => scene(context, { with: convolutional, steps: 150 });
const noDriver = { VK_DRIVER_FILES: "/nonexistent.json", VK_ICD_FILENAMES: "/nonexistent.json" };

/** Until the student has done so many steps. */
async function steps(it: Scene, command: Command, count: number): Promise<string> {
  await until(() => lastStep(command.output()) >= count || undefined);
  return onlyRun(it);
}

function lastStep(output: string): number {
  const found = [...output.matchAll(/^\{.*"type":"step".*\}$/gm)]
    .map(([line]) => JSON.parse(line) as { step: number; subject?: string })
    .filter(({ subject }) => subject === undefined);
  return found.at(-1)?.step ?? 0;
}

/** Lets every process's device do something else than what it is asked to after so many calls. */
async function after({ folder }: Scene, calls: number, what: string): Promise<NodeJS.ProcessEnv> {
  const runtime = createRequire(import.meta.url).resolve("onnxruntime-node");
  const script = join(folder, "after.mjs");
  await writeFile(
    script,
    `import { InferenceSession } from ${JSON.stringify(pathToFileURL(runtime).href)};
    const { create } = InferenceSession;
    let calls = 0;
    InferenceSession.create = async (...words) => {
      const session = await create(...words);
      const run = session.run.bind(session);
      session.run = async (...inputs) => {
        if (++calls > ${calls}) ${what};
        return run(...inputs);
      };
      return session;
    };`,
  );
  return { NODE_OPTIONS: `--import=${pathToFileURL(script).href}` };
}

/** As the runtime tells it. */
const isLost = 'throw new Error("Failed to download data from buffer: Device is lost")';
/** So that a run is not over before it is killed. */
const standsStill = "await new Promise((resolve) => setTimeout(resolve, 1e9))";

interface Said {
  /** Of each start and resume. */
  readonly devices: readonly string[];
  readonly reasons: readonly string[];
  /** By step: a step that is said again takes the place of the one before. */
  readonly losses: ReadonlyMap<number, number>;
  readonly accuracy: number;
}

async function said(run: string): Promise<Said> {
  const events = await eventsOf(run);
  const started = events.filter((event) => event.type === "started");
  const losses = new Map<number, number>();
  for (const event of events)
    if (event.type === "step" && event.subject === undefined)
      losses.set(event.step, event.loss ?? Number.NaN);
  const last = events.at(-1);
  assert.equal(last?.type, "completed", JSON.stringify(last));
  return {
    devices: started.map(({ device = "" }) => device),
    reasons: started.map(({ engineReason = "" }) => engineReason),
    losses,
    accuracy: last.summary.test?.["accuracy"] as number,
  };
}

/** Rounding differs from engine to engine, and 150 steps of a student this small let it grow to a few parts in 10⁵. */
function assertSameTraining(found: Said, expected: Said): void {
  assert.deepEqual([...found.losses.keys()].sort(), [...expected.losses.keys()].sort());
  for (const [step, loss] of expected.losses) {
    const other = found.losses.get(step) as number;
    assert.ok(Math.abs(other - loss) <= 1e-3 * loss, `loss of step ${step}: ${other}, on the CPU ${loss}`);
  }
  assert.ok(Math.abs(found.accuracy - expected.accuracy) <= 1 / 90 + 1e-9, "one sample of the 90 may differ");
}

async function trained(it: Scene, device: string): Promise<Said> {
  const { code, stdout, stderr } = await distill(["run", it.file, "--device", device, "--json"]);
  assert.equal(code, 0, stderr);
  const { runId } = JSON.parse(stdout.split("\n").find((line) => line.includes('"type":"started"')) ?? "{}");
  return said(join(it.runs, runId));
}

test(
  "a run on WebGPU that is killed goes on there, and learns what one on the CPU learns",
  options,
  async (context) => {
    const it = await small(context);
    const env = await after(it, 120, standsStill);
    const command = start(["run", it.file, "--device", "webgpu", "--json"], { env });
    const run = await steps(it, command, 20);
    process.kill(lockHolder(run)?.pid ?? assert.fail("no trainer"), "SIGKILL");
    assert.equal((await command.finished).code, 1);

    await succeed(["resume", run]);
    const found = await said(run);
    assert.deepEqual(found.devices, ["webgpu", "webgpu"]);
    for (const reason of found.reasons)
      assert.match(reason, /^onnxruntime on WebGPU.*as the experiment asks/);
    assert.doesNotMatch(found.reasons[1] ?? "", /Until here/);
    const manifest = JSON.parse(await readFile(join(run, "manifest.json"), "utf8"));
    assert.equal(manifest.device, "webgpu");
    assert.match(manifest.layout, /^in the device's memory/);
    assert.match((await distill(["show", run])).stdout, /^engine +onnxruntime on WebGPU/m);

    assert.equal(await readFile(join(run, "trainer.log"), "utf8"), "");

    const measured = await distill(["evaluate", run, "--json"]);
    assert.equal(JSON.parse(measured.stdout).metrics.accuracy, found.accuracy, measured.stderr);
    const model = join(it.folder, "student.onnx");
    await succeed(["export", run, "--format", "onnx", "--out", model]);
    const exported = await distill(["evaluate", model, "--data", it.file, "--json"]);
    assert.equal(JSON.parse(exported.stdout).metrics.accuracy, found.accuracy, exported.stderr);

    assertSameTraining(found, await trained(it, "cpu"));
  },
);

for (const [from, to] of [
  ["webgpu", "cpu"],
  ["cpu", "webgpu"],
] as const)
  test(
    `a run that is stopped on ${from} goes on on ${to}, and says what that means`,
    options,
    async (context) => {
      const it = await scene(context, { with: convolutional, steps: endless });
      const command = start(["run", it.file, "--device", from, "--json"]);
      const run = await steps(it, command, 20);
      command.signal("SIGINT");
      assert.equal((await command.finished).code, 130);
      const kept = (await latestCheckpoint(run))?.step ?? assert.fail("no checkpoint");

      const resumed = start(["resume", run, "--device", to, "--json"]);
      await steps(it, resumed, kept + 20);
      resumed.signal("SIGINT");
      assert.equal((await resumed.finished).code, 130);
      const started = (await eventsOf(run)).filter((event) => event.type === "started");
      assert.deepEqual(
        started.map(({ device, step }) => [device, step]),
        [
          [from, 0],
          [to, kept],
        ],
      );
      const moved = new RegExp(
        `The run was on onnxruntime [\\d.]+, ${from} until now: from here on its numbers differ`,
      );
      assert.match(started[1]?.engineReason ?? "", moved);
      assert.match((await distill(["show", run])).stdout, new RegExp(`^set +device="${to}"`, "m"));
    },
  );

test(
  "without an adapter a run ends before it begins, and goes on on the CPU where that is asked for",
  options,
  async (context) => {
    const it = await small(context);
    const failed = await distill(["run", it.file, "--device", "webgpu"], { env: noDriver });
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /^Failed: There is no adapter for WebGPU: /m);
    const run = await onlyRun(it);
    const again = await distill(["resume", run], { env: noDriver });
    assert.match(again.stderr, /^Failed: There is no adapter for WebGPU: /m);
    const nowhere = await distill(["resume", run, "--device", "tpu"]);
    assert.match(nowhere.stderr, /--device is "tpu"; expected one of .*"webgpu"/);
    await succeed(["resume", run, "--device", "cpu"], { env: noDriver });
    assert.deepEqual((await said(run)).devices, ["cpu"]);
  },
);

test(
  "a run whose device is lost says so, keeps its checkpoint and can be resumed",
  options,
  async (context) => {
    const it = await small(context);
    // The teacher is trained before, so that it is the student that loses it.
    await succeed(["run", it.file, "--teacher-only", "--device", "webgpu"]);
    const env = await after(it, 100, isLost);
    const failed = await distill(["run", it.file, "--device", "webgpu", "--json"], { env });
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /^Failed: The WebGPU device failed in .*Device is lost\nResume the run/m);
    const { runId } = JSON.parse(
      failed.stdout.split("\n").find((line) => line.includes('"started"')) ?? "{}",
    );
    const run = join(it.runs, runId);
    const last = (await eventsOf(run)).at(-1);
    assert.equal(last?.type === "failed" && last.code, "device-failed");
    const kept = (await latestCheckpoint(run))?.step ?? 0;
    assert.ok(kept > 0, "there is a checkpoint");
    await succeed(["resume", run]);
    const started = (await eventsOf(run)).filter((event) => event.type === "started");
    assert.equal(started.at(-1)?.step, kept);
    await said(run);
  },
);
