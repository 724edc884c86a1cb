import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import type { CifarSource } from "../../../schemas/experiment.gen.ts";
import { temporaryDirectory } from "../../../test/support/dataFiles.ts";
import { storageOf } from "../../../test/support/storageOf.ts";
import type { DataProblem } from "../problem.ts";
import type { Samples } from "../samples.ts";
import type { LoadOptions } from "./options.ts";
import { loadSource } from "./sources.ts";

/** One record: labels, then 1,024 bytes each of red, green and blue, of which the first pixel has these. */
const record = (labels: readonly number[], [red = 0, green = 0, blue = 0]: readonly number[] = []) => {
  const bytes = new Uint8Array(labels.length + 3072);
  bytes.set(labels);
  bytes[labels.length] = red;
  bytes[labels.length + 1024] = green;
  bytes[labels.length + 2048] = blue;
  return bytes;
};
const names = (count: number, word: string) =>
  `${Array.from({ length: count }, (_, i) => `${word}${i}`).join("\n")}\n\n`;

const ten = {
  "data_batch_1.bin": [record([3], [1, 2, 3]), record([9])],
  "data_batch_2.bin": [record([0], [4, 5, 6])],
  "test_batch.bin": [record([7], [7, 8, 9])],
  "batches.meta.txt": [Buffer.from(names(10, "thing"))],
};
const hundred = {
  "train.bin": [record([4, 30], [1, 2, 3]), record([19, 99])],
  "test.bin": [record([1, 2])],
  "fine_label_names.txt": [Buffer.from(names(100, "fine"))],
};

async function load(
  t: TestContext,
  files: Readonly<Record<string, readonly Uint8Array[]>>,
  changed: Partial<CifarSource> = {},
  options: LoadOptions = {},
): Promise<Samples | DataProblem> {
  const folder = await temporaryDirectory(t);
  await mkdir(join(folder, "c"));
  for (const [name, parts] of Object.entries(files)) {
    await mkdir(join(folder, "c", dirname(name)), { recursive: true });
    await writeFile(join(folder, "c", name), Buffer.concat(parts));
  }
  return loadSource({ type: "cifar", path: "c", ...changed }, folder, options);
}

for (const [what, files, changed, labels, first, classes, name] of [
  ["the training part of CIFAR-10", ten, {}, [3, 9, 0], [1, 2, 3], 10, "thing3"],
  ["its test part", ten, { part: "test" }, [7], [7, 8, 9], 10, "thing7"],
  ["one file", ten, { path: "c/data_batch_2.bin" }, [0], [4, 5, 6], 10, "thing0"],
  ["a part across files", ten, { skip: 2, take: 5 }, [0], [4, 5, 6], 10, "thing0"],
  ["a part within the first file", ten, { take: 1 }, [3], [1, 2, 3], 10, "thing3"],
  ["CIFAR-100", hundred, {}, [30, 99], [1, 2, 3], 100, "fine30"],
  ["its groups, of which no list is there", hundred, { labels: "coarse" }, [4, 19], [1, 2, 3], 20, undefined],
] as const) {
  test(`${what}: labels, names, and pixels with their channels last`, async (t) => {
    const samples = await load(t, files, changed as Partial<CifarSource>);
    assert.ok(!("code" in samples), JSON.stringify(samples));
    assert.deepEqual(Array.from(samples.labels), labels);
    assert.deepEqual([samples.shape, samples.classes], [[32, 32, 3], classes]);
    assert.ok(storageOf(samples) instanceof Uint8Array);
    assert.deepEqual(Array.from(storageOf(samples).subarray(0, 4)), [...first, 0]);
    assert.equal(samples.classNames?.[labels[0]], name);
  });
}

test("beside training samples only their classes hold, not how many there are", async (t) => {
  const like = await load(t, ten);
  assert.ok(!("code" in like));
  const samples = await load(t, ten, { part: "test" }, { like });
  assert.ok(!("code" in samples), JSON.stringify(samples));
  assert.deepEqual(
    [samples.count, Array.from(samples.labels), samples.classNames],
    [1, [7], like.classNames],
  );
  assert.equal(storageOf(samples).length, 3072);
});

for (const [what, files, changed, code, message] of [
  ["pickles", { data_batch_1: [Buffer.from("\x80\x04")] }, {}, "missing-file", /version of CIFAR for Python/],
  ["images in folders", { "train/cat/0.png": [] }, {}, "missing-file", /no file of the train part/],
  ["an empty folder", {}, { part: "test" }, "missing-file", /no file of the test part/],
  [
    "half a record",
    { "train.bin": [record([1, 2]).subarray(9)] },
    {},
    "truncated",
    /no whole number of records/,
  ],
  [
    "both versions",
    { "data_batch_1.bin": ten["test_batch.bin"], "train.bin": hundred["test.bin"] },
    {},
    "truncated",
    /no whole/,
  ],
  [
    "a label beyond the classes",
    { "test.bin": [record([12])] },
    { part: "test" },
    "label-range",
    /label of sample 0 is 12/,
  ],
  ["nothing there", {}, { path: "nowhere" }, "missing-file", /no such file/i],
] as const) {
  test(`refused: ${what}`, async (t) => {
    const found = await load(
      t,
      files as Readonly<Record<string, readonly Uint8Array[]>>,
      changed as Partial<CifarSource>,
    );
    assert.ok("code" in found, "it was read");
    assert.equal(found.code, code);
    assert.match(found.message, message);
  });
}
