import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readAnswers, writeAnswers } from "./answers.ts";

const run = await mkdtemp(join(tmpdir(), "answers-"));
after(() => rm(run, { recursive: true, force: true }));

const answers = (labels: readonly number[], classes = 10) => ({
  split: "test" as const,
  samples: "abc",
  classes,
  labels: Int32Array.from(labels),
  answers: { student: Int32Array.from(labels), teacher: Int32Array.from(labels, (label) => Math.abs(label)) },
});

test("answers come back as they were, of many classes and of samples without a label too", async () => {
  assert.equal(await readAnswers(run), undefined);
  for (const given of [answers([0, 9, 3]), answers([0, 299], 300), answers([1, -1, 2])]) {
    await writeAnswers(run, given);
    assert.deepEqual(await readAnswers(run), given);
  }
});

test("a sample takes a byte for each network and its label", async () => {
  await writeAnswers(run, answers(Array.from({ length: 10_000 }, (_, i) => i % 10)));
  const { size } = await stat(join(run, "predictions.safetensors"));
  assert.ok(size > 30_000 && size < 30_600, `${size} bytes`);
});

test("a file that is cut is refused", async () => {
  await writeAnswers(run, answers([0, 1, 2]));
  const path = join(run, "predictions.safetensors");
  await writeFile(path, (await readFile(path)).subarray(0, -2));
  await assert.rejects(readAnswers(run), { code: "damaged" });
});
