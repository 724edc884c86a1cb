import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readAnswers, writeAnswers } from "./answers.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "answers-"));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

const fileOf = (run: string) => join(run, "predictions.safetensors");
const stored = async (run: string) => decodeSafetensors(await readFile(fileOf(run)), fileOf(run));

const answers = (labels: readonly number[], classes = 10) => ({
  split: "test" as const,
  samples: "abc",
  classes,
  labels: Int32Array.from(labels),
  answers: {
    student: Int32Array.from(labels, (label) => Math.abs(label)),
    teacher: Int32Array.from(labels, (label) => Math.abs(label)),
  },
});

test("answers come back as they were, of many classes and of samples without a label too", async (context) => {
  const run = await folder(context);
  assert.equal(await readAnswers(run), undefined);
  for (const given of [
    answers([0, 9, 3]),
    answers([0, 255], 256),
    answers([0, 299], 300),
    answers([1, -1, 2]),
    { ...answers([1]), split: "validation" as const },
    { ...answers([1, 2]), confidence: { student: Float32Array.of(0.5, Number.NaN) } },
  ]) {
    await writeAnswers(run, given);
    assert.deepEqual(await readAnswers(run), given);
  }
});

/** Two labels of two samples. */
const ofLabels = {
  ...{ split: "test" as const, samples: "abc", task: "multiLabel" as const, classes: 2 },
  labels: Int32Array.of(0, 0),
  answers: { student: Float32Array.of(1, 0, 0, 2) },
  outputs: {
    targets: Float32Array.of(1, 0, 1, 1),
    given: { student: Float32Array.of(2, -1, -1, Number.NaN) },
    threshold: [0.5, 0.25],
  },
};

test("outputs of other tasks come back as they were, unless they are too many", async (context) => {
  const run = await folder(context);
  const { threshold: _, ...numbers } = ofLabels.outputs;
  const ofNumbers = { ...ofLabels, task: "regression" as const, answers: { student: Float32Array.of(1, 2) } };
  for (const given of [ofLabels, { ...ofNumbers, outputs: numbers }]) {
    await writeAnswers(run, given);
    assert.deepEqual(await readAnswers(run), given);
  }
  await writeAnswers(run, { ...ofLabels, outputs: { ...numbers, targets: new Float32Array(2 ** 25 + 2) } });
  const { outputs, ...others } = ofLabels;
  assert.ok(outputs);
  assert.deepEqual(await readAnswers(run), others);
});

test("a sample takes a byte for each network and its label where classes fit into it", async (context) => {
  const run = await folder(context);
  await writeAnswers(run, answers(Array.from({ length: 10_000 }, (_, i) => i % 10)));
  const { size } = await stat(fileOf(run));
  assert.ok(size > 30_000 && size < 30_600, `${size} bytes`);
  for (const [classes, labels, dtype] of [
    [256, [0, 255], "uint8"],
    [257, [0, 255], "int32"],
    [10, [0, -1], "int32"],
  ] as const) {
    await writeAnswers(run, answers(labels, classes));
    const { tensors } = await stored(run);
    assert.deepEqual(
      Object.entries(tensors).map(([name, tensor]) => [name, tensor.dtype, tensor.shape]),
      ["labels", "student", "teacher"].map((name) => [name, dtype, [2]]),
    );
  }
});

test("a file that is cut is refused", async (context) => {
  const run = await folder(context);
  await writeAnswers(run, answers([0, 1, 2]));
  await writeFile(fileOf(run), (await readFile(fileOf(run))).subarray(0, -2));
  await assert.rejects(readAnswers(run), { code: "damaged" });
});

test("a file whose answers were changed is refused, one that was written without a checksum is read", async (context) => {
  const run = await folder(context);
  await writeAnswers(run, answers([0, 1, 2]));
  const { tensors, metadata } = await stored(run);
  assert.match(metadata["sha256"] ?? "", /^[0-9a-f]{64}$/);
  const { sha256: _, ...older } = metadata;
  await writeFile(fileOf(run), encodeSafetensors(tensors, older));
  assert.deepEqual(await readAnswers(run), answers([0, 1, 2]));
  const changed = { ...tensors, student: { ...tensors["labels"], data: Uint8Array.of(0, 1, 1) } as never };
  await writeFile(fileOf(run), encodeSafetensors(changed, metadata));
  await assert.rejects(readAnswers(run), {
    code: "damaged",
    message: /^\S+predictions\.safetensors differs from what was written: .*its header/,
    hint: "Restore it from a copy, or run the experiment again.",
  });
});

test("labels and answers that are not of the same samples are refused", async (context) => {
  const run = await folder(context);
  await writeAnswers(run, answers([0, 1, 2]));
  const { tensors } = await stored(run);
  const { labels: _, ...withoutLabels } = tensors;
  const shorter = { dtype: "uint8" as const, shape: [2], data: Uint8Array.of(0, 1) };
  for (const found of [withoutLabels, {}, { ...tensors, teacher: shorter }]) {
    await writeFile(fileOf(run), encodeSafetensors(found, { split: "test", samples: "abc", classes: "10" }));
    await assert.rejects(readAnswers(run), {
      code: "damaged",
      message: `${fileOf(run)} has different numbers of predictions and labels.`,
      hint: "Restore the file from a copy.",
    });
  }
});

test("what no network has said is refused, whoever wrote the checksum", async (context) => {
  const run = await folder(context);
  const given = answers([0, 1, 2], 3);
  for (const [changed, why] of [
    [{ classes: 2 }, "has a label that is not one of its 2 classes"],
    [{ classes: 1e9 }, "has 1000000000 classes"],
    [{ classes: Number.NaN }, "does not say how many classes there are"],
    [
      { answers: { student: Int32Array.of(0, 1, 7) } },
      "has a prediction of student that is not one of its 3 classes",
    ],
    [
      { confidence: { student: Float32Array.of(1, 2, 0) } },
      "has a probability of student that is not between 0 and 1",
    ],
    [
      { confidence: { teacher: Float32Array.of(1) } },
      "has probabilities of teacher, and not as many predictions",
    ],
    [
      { confidence: { studentAlone: Float32Array.of(1, 1, 1) } },
      "has probabilities of studentAlone, and not as many predictions",
    ],
  ] as const) {
    await writeAnswers(run, { ...given, ...changed });
    await assert.rejects(readAnswers(run), { code: "damaged", message: `${fileOf(run)} ${why}.` });
  }
});

test("outputs that are not one for each sample and label are refused", async (context) => {
  const run = await folder(context);
  const { outputs, ...others } = ofLabels;
  const given = { student: Float32Array.of(2, -1) };
  await writeAnswers(run, { ...others, outputs: { ...outputs, given } });
  const message = `${fileOf(run)} has 2 values of student, expected 2 × 2.`;
  await assert.rejects(readAnswers(run), { code: "damaged", message });
});

test("answers that do not say of which samples they are have no name for them", async (context) => {
  const run = await folder(context);
  await writeAnswers(run, answers([0, 1, 2]));
  const { tensors } = await stored(run);
  await writeFile(fileOf(run), encodeSafetensors(tensors, { split: "test", classes: "10" }));
  assert.equal((await readAnswers(run))?.samples, "");
});
