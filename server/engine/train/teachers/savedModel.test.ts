import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { ResolvedSavedModelTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";
import { tensorflowForTests, testThreads } from "../../../../test/support/tensorflow.ts";
import { describeFile } from "../../../data/describe.ts";
import { identityNormalize } from "../../../data/normalize.ts";
import { hashed } from "../../../data/samples.ts";
import { savedModelTeacher } from "./savedModelFolder.ts";

const load = await tensorflowForTests();
const skip = load ? false : "there is no TensorFlow engine";

/** test/fixtures/teachers/saved_models.py */
const fixtures = join(import.meta.dirname, "../../../../test/fixtures/teachers");
const said = JSON.parse(await readFile(join(fixtures, "saved_models.json"), "utf8"));

async function openTeacher(path: string, shape: readonly number[], values: readonly number[], classes = 3) {
  const count = values.length / shape.reduce((a, b) => a * b, 1);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
  const train = hashed({ count, shape, classes, labels, storage: Float32Array.from(values) });
  const spec: ResolvedSavedModelTeacher = { type: "savedModel", path, layout: "auto", outputs: "auto" };
  const opening = { train, classes, normalize: identityNormalize, batchSizes: [2], taps: [], own: undefined };
  const context = {
    baseDirectory: fixtures,
    load: load ?? assert.fail(),
    threads: testThreads,
    learn: () => assert.fail(),
    studentOf: () => assert.fail(),
  };
  return savedModelTeacher.open(spec, { ...opening, other: () => assert.fail() }, context);
}

test("a SavedModel of Keras says of images what it says in Python, and its hash is that of its weights", {
  skip,
}, async (context) => {
  const { samples, logits } = said.images;
  const opened = await openTeacher("saved", [4, 5, 2], samples);
  assert.ok(opened.ending === "completed", JSON.stringify(opened));
  const teacher = opened.result;
  const found = await teacher.logits(Float32Array.from(samples), 8);
  // float32 in another order of sums.
  for (const [i, value] of found.entries()) assert.ok(Math.abs(value - logits[i]) < 1e-5, `${i}: ${value}`);
  // 3·3·2·3 + 3 of the convolution, four of each channel's norm, 3·3 + 3 of the last layer.
  assert.equal(teacher.parameters, 57 + 12 + 12);
  await teacher.assertUntouched();
  const copy = await copied(context, "saved");
  const shard = join(copy, "variables/variables.data-00000-of-00001");
  const bytes = await readFile(shard);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  await writeFile(shard, bytes);
  const other = await openTeacher(copy, [4, 5, 2], samples);
  if (other.ending === "completed") assert.notEqual(other.result.hash, teacher.hash);
});

test("one of int64 tokens with a mask and a loop is fed both, and its probabilities are taken", {
  skip,
}, async () => {
  const { samples, probabilities } = said.tokens;
  const opened = await openTeacher("saved-tokens", [5], samples);
  assert.ok(opened.ending === "completed", JSON.stringify(opened));
  const found = await opened.result.logits(Float32Array.from(samples), 4);
  for (const [i, value] of found.entries())
    assert.ok(Math.abs(Math.exp(value) - probabilities[i]) < 1e-5, `${i}: ${value}`);
  const reading = /taken as probabilities.*By their names, "tokens" takes the sample, "mask" the mask/;
  assert.match(opened.result.reading ?? "", reading);
});

async function copied(context: TestContext, name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "saved-"));
  context.after(() => rm(folder, { recursive: true }));
  await cp(join(fixtures, name), folder, { recursive: true });
  return folder;
}

const problemOf = async (folder: string) => {
  const found = await describeFile(folder, { format: "savedModel" });
  return found.kind === "problem" ? found.problem : undefined;
};

test("what a SavedModel takes and gives is read without TensorFlow", async () => {
  const found = await describeFile(join(fixtures, "saved-tokens"), { format: "savedModel" });
  assert.ok(found.kind === "model");
  assert.deepEqual(
    found.inputs.map(({ name, shape, dtype }) => [name, shape, dtype]),
    [
      ["mask", [-1, 5], "int64"],
      ["tokens", [-1, 5], "int64"],
    ],
  );
  assert.deepEqual([found.scores, found.parameters, found.hasLoops], ["probabilities", 27, true]);
});

test("one whose weights only Python restores is refused with the way that keeps them", async () => {
  const problem = await problemOf(join(fixtures, "saved-unread"));
  assert.equal(problem?.code, "unsupported-format");
  assert.match(problem?.message ?? "", /its variable \S*kernel, .* by model\.export\(folder\) of Keras/);
});

test("a file in its place is called what it is", async (context) => {
  const folder = await copied(context, "saved");
  await writeFile(join(folder, "model.keras"), "PK");
  assert.match(
    (await problemOf(join(folder, "model.keras")))?.message ?? "",
    /This is a Keras model, .*tf2onnx/,
  );
  const problem = await problemOf(join(folder, "fingerprint.pb.txt"));
  assert.equal(problem?.code, "missing-file");
  await writeFile(join(folder, "notes.txt"), "none");
  assert.match(
    (await problemOf(join(folder, "notes.txt")))?.message ?? "",
    /^This is a file; a SavedModel is a folder/,
  );
});

test("one that reaches outside, is damaged or is not whole is refused before TensorFlow sees it", async (context) => {
  const folder = await copied(context, "saved");
  const graph = join(folder, "saved_model.pb");
  const whole = await readFile(graph);
  // Of equal length, so that the message stays one.
  await writeFile(graph, Buffer.from(whole.toString("latin1").replaceAll("Identity", "ReadFile"), "latin1"));
  assert.match((await problemOf(folder))?.message ?? "", /operation ReadFile, which reaches outside/);
  for (let cut = 1; cut < whole.length; cut += 4999) {
    await writeFile(graph, whole.subarray(0, cut));
    assert.ok(await problemOf(folder), `${cut} of ${whole.length} bytes`);
  }
  for (let at = 0; at < whole.length; at += 409) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ 0x55;
    await writeFile(graph, damaged);
    await problemOf(folder); // No exception: some bytes are names.
  }
  await writeFile(graph, whole);
  await truncate(graph, 0);
  assert.equal((await problemOf(folder))?.code, "empty-file");
  await rm(graph);
  assert.match((await problemOf(folder))?.message ?? "", /has no saved_model\.pb/);
  await writeFile(graph, whole);
  await rm(join(folder, "variables"), { recursive: true });
  const missing = await describeFile(folder, { format: "savedModel" });
  assert.ok(missing.kind === "model" && missing.missingFiles.length === 2);
  await symlink(join(fixtures, "saved", "variables"), join(folder, "variables"));
  const outside = await describeFile(folder, { format: "savedModel" });
  assert.ok(outside.kind === "model" && outside.outsideFiles?.length === 2);
});
