import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { writeManifest } from "./manifest.ts";
import { createRun, type RunDirectory } from "./runDirectory.ts";
import { engineRows, runFacts } from "./runFacts.ts";

const manifest = {
  engine: "onnxruntime 1.30.0",
  device: "cpu",
  teacherReading: '"y" has a number for each class, taken as logits.',
  engineReason: "onnxruntime on the CPU: there is no NVIDIA card.",
  layout: "batch innermost: maps of up to 784 positions, batches of 64",
  threads: 2,
};

test("engine, why it was chosen, and how it holds tensors", () => {
  assert.deepEqual(engineRows(manifest), [
    ["engine", "onnxruntime 1.30.0, cpu"],
    ["chosen", manifest.engineReason],
    ["layout", manifest.layout],
    ["teacher", manifest.teacherReading],
  ]);
});

test("an older manifest has fewer rows", () => {
  assert.deepEqual(engineRows({ engine: "onnxruntime 1.30.0" }), [["engine", "onnxruntime 1.30.0"]]);
  assert.deepEqual(engineRows({ layout: "" }), []);
});

async function runOf(context: TestContext, experiment: unknown): Promise<RunDirectory> {
  const runsDirectory = await mkdtemp(join(tmpdir(), "facts-"));
  context.after(() => rm(runsDirectory, { recursive: true, force: true }));
  return createRun({
    runsDirectory,
    experimentFile: join(runsDirectory, "a.distill.json"),
    name: "a",
    experiment,
  });
}

test("every value of an experiment is a setting under its path, a list of plain values one", async (context) => {
  const run = await runOf(context, {
    seed: 4,
    name: "a",
    teacher: null,
    save: false,
    student: {
      hidden: [64, 32],
      layers: [{ type: "dense", units: 3 }, { type: "relu" }],
      empty: [],
      none: {},
    },
    mixed: [1, { deep: [true, null] }],
  });
  const settings = {
    seed: 4,
    name: "a",
    teacher: null,
    save: false,
    "student.hidden": "[64, 32]",
    "student.layers[0].type": "dense",
    "student.layers[0].units": 3,
    "student.layers[1].type": "relu",
    "student.empty": "[]",
    "mixed[0]": 1,
    "mixed[1].deep[0]": true,
    "mixed[1].deep[1]": null,
  };
  assert.deepEqual(await runFacts(run.path), { settings, engine: [] });
  await writeManifest(run, manifest);
  assert.deepEqual(await runFacts(run.path), { settings, engine: engineRows(manifest) });
  await writeFile(run.manifest, "{");
  await assert.rejects(runFacts(run.path), { code: "damaged" });
});

test("paths of more than 1,000 characters, and settings after the first 10,000, are left out", async (context) => {
  const key = "k".repeat(500);
  const long = await runOf(context, { [key]: { [key.slice(1)]: 1, [key]: 2 }, seed: 3 });
  assert.deepEqual((await runFacts(long.path)).settings, { [`${key}.${key.slice(1)}`]: 1, seed: 3 });
  const many = await runOf(
    context,
    Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`s${i}`, i])),
  );
  const { settings } = await runFacts(many.path);
  assert.equal(Object.keys(settings).length, 10_000);
  assert.equal(settings["s9999"], 9999);
});
