import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readManifest } from "../../server/runs/manifest.ts";
import { openRun } from "../../server/runs/runDirectory.ts";
import { targetForTests } from "../support/tensorflow.ts";
import { fated, studentStep } from "./fate.ts";
import { askedToStop, goOn, standing } from "./lives.ts";
import { distill, endless, eventsOf, onlyRun, type Scene, scene, start, succeed, until } from "./support.ts";

const skip = (await targetForTests()) ? false : "there is no TensorFlow engine";

/** All that a checkpoint has to carry: averages, what is random in a step, the patience that is left, a schedule. */
const experiment = {
  data: {
    train: { type: "csv", path: "train.csv", label: "label" },
    validation: { split: 0.2 },
    test: { type: "csv", path: "test.csv", label: "label" },
    augment: [
      { type: "noise", std: 0.05 },
      { type: "mixup", alpha: 0.2 },
    ],
    batchSize: 32,
  },
  student: {
    layers: [
      { type: "dense", units: 48, activation: "relu" },
      { type: "batchNormalization" },
      { type: "dropout", rate: 0.2 },
      { type: "dense", units: 3 },
    ],
  },
  training: {
    steps: 400,
    evaluateEvery: 5,
    checkpointEvery: 10,
    clipNorm: 1,
    ema: 0.99,
    earlyStopping: { metric: "accuracy", patience: 1000 },
  },
};

test("a run goes from onnxruntime to TensorFlow and back, says so each time, and learns what it would have", {
  timeout: 600_000,
  skip,
}, async (context) => {
  const straight = await scene(context, { with: experiment });
  await succeed(["run", straight.file, "--engine", "onnxruntime", "--json"]);
  const it = await scene(context, { with: experiment });

  const env = fated({ signal: "SIGSTOP", event: studentStep, nth: 100 });
  let command = start(["run", it.file, "--engine", "onnxruntime", "--json"], { env });
  for (const next of ["tensorflow", "onnxruntime"]) {
    const trainer = await standing(await until(() => onlyRun(it).catch(() => undefined)));
    command.signal("SIGINT");
    await askedToStop(trainer);
    goOn(trainer);
    assert.equal((await command.finished).code, 130);
    const words = ["resume", await onlyRun(it), "--engine", next, "--json"];
    command = start(words, next === "tensorflow" ? { env } : {});
  }
  assert.equal((await command.finished).code, 0, command.complaints());

  const events = await eventsOf(await onlyRun(it));
  const begun = events.filter((event) => event.type === "started");
  assert.deepEqual(
    begun.map(({ engine }) => engine?.split(" ")[0]),
    ["onnxruntime", "tensorflow", "onnxruntime"],
  );
  for (const [i, before] of [
    [1, "onnxruntime"],
    [2, "tensorflow"],
  ] as const)
    assert.match(
      begun[i]?.engineReason ?? "",
      new RegExp(
        `The run was on ${before} [\\d.]+, cpu until now: from here on its numbers differ in the last digits`,
      ),
    );
  const [found, expected] = [lossesOf(events), lossesOf(await eventsOf(await onlyRun(straight)))];
  assert.deepEqual([...found.keys()].sort(), [...expected.keys()].sort());
  // Rounding that differs grows with the steps; a random number, an average or a rate that did not go along shows at once.
  for (const [step, loss] of expected) {
    const other = found.get(step) as number;
    assert.ok(
      Math.abs(other - loss) <= 2e-3 * loss,
      `loss of step ${step}: ${other}, without the changes ${loss}`,
    );
  }
});

test("a long run measures both engines, is on the faster one, and is resumed there; an engine that is named is obeyed", {
  timeout: 600_000,
  skip,
}, async (context) => {
  const cache = await mkdtemp(join(tmpdir(), "cache-"));
  context.after(() => rm(cache, { recursive: true, force: true }));
  const env = { ...fated({ signal: "SIGKILL", event: studentStep, nth: 3 }), XDG_CACHE_HOME: cache };
  const folder = join(cache, "distillery", "lowerings");
  const toldAs = async (file: Record<string, number>) => {
    for (const name of await readdir(folder)) {
      const measured = JSON.parse(await readFile(join(folder, name), "utf8")) as object;
      assert.deepEqual(Object.keys(measured), ["batch-innermost", "tensorflow"]);
      await writeFile(join(folder, name), JSON.stringify(file));
    }
  };
  const layoutsOf = async (it: Scene) =>
    (await eventsOf(await onlyRun(it))).flatMap((event) =>
      event.type === "compiled" && event.subject === undefined ? [event.layout] : [],
    );
  const begin = async (more: readonly string[] = []) => {
    const it = await scene(context, {
      with: { ...experiment, training: { steps: endless, checkpointEvery: 1 } },
    });
    await distill(["run", it.file, "--json", ...more], { env });
    return it;
  };

  const [layout = ""] = await layoutsOf(await begin());
  assert.match(layout, / [\d.]+ ms a step measured on this machine, .* [\d.]+$/);
  await toldAs({ "batch-innermost": 2, tensorflow: 1 });
  const it = await begin();
  assert.match(
    (await manifestOf(it))?.engineReason ?? "",
    /The student trains on tensorflow [\d.]+, which measuring/,
  );
  await toldAs({ "batch-innermost": 1, tensorflow: 2 });
  await distill(["resume", await onlyRun(it), "--json"], { env });
  assert.deepEqual(await layoutsOf(it), [
    "TensorFlow: 1 ms a step measured on this machine, no convolutions 2",
    "TensorFlow: as the run began",
  ]);
  await toldAs({ "batch-innermost": 2, tensorflow: 1 });
  assert.deepEqual(await layoutsOf(await begin(["--engine", "onnxruntime"])), [
    "no convolutions: tensors as they are",
  ]);
});

const manifestOf = async (it: Scene) => readManifest(await openRun(await onlyRun(it)));

/** By step: one that is said again takes the place of the one before. */
function lossesOf(events: Awaited<ReturnType<typeof eventsOf>>): ReadonlyMap<number, number> {
  const losses = new Map<number, number>();
  for (const event of events)
    if (event.type === "step" && event.subject === undefined)
      losses.set(event.step, event.loss ?? Number.NaN);
  return losses;
}
