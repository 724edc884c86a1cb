import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { temporaryDirectory } from "./fixtures.ts";
import { cacheKey, createTeacherOutputs, openTeacherOutputs } from "./teacherCache.ts";

const key = cacheKey({ data: "d", teacher: "t", preprocessing: "p" });
const logits = Float32Array.from({ length: 12 }, (_, i) => i / 3); // [4, 3]

async function stored(context: TestContext): Promise<string> {
  const directory = join(await temporaryDirectory(context), "cache");
  const writer = await createTeacherOutputs(directory, key, { count: 4, classes: 3 });
  await writer.append(logits.subarray(0, 6));
  await writer.append(logits.subarray(6));
  await (await writer.finish()).close();
  return directory;
}

test("each part changes the key", () => {
  const keys = [
    key,
    cacheKey({ data: "x", teacher: "t", preprocessing: "p" }),
    cacheKey({ data: "d", teacher: "x", preprocessing: "p" }),
    cacheKey({ data: "d", teacher: "t", preprocessing: "x" }),
    cacheKey({ data: "dt", teacher: "", preprocessing: "p" }),
  ];
  assert.equal(new Set(keys).size, keys.length);
  assert.match(key, /^[0-9a-f]{64}$/);
});

for (const [where, memoryLimit] of [
  ["memory", 1000],
  ["the file", 0],
] as const) {
  test(`rows are gathered in any order, from ${where}`, async (t) => {
    const outputs = await openTeacherOutputs(await stored(t), key, { count: 4, memoryLimit });
    assert.ok(outputs);
    assert.deepEqual([outputs.count, outputs.classes], [4, 3]);
    const out = new Float32Array(9);
    outputs.gather([3, 0, 3], out);
    assert.deepEqual(out, Float32Array.of(...[9, 10, 11, 0, 1, 2, 9, 10, 11].map((i) => i / 3)));
    assert.throws(() => outputs.gather([4], out), /no sample 4 of 4/);
    await outputs.close();
  });
}

test("what is not there is undefined", async (t) => {
  const directory = await stored(t);
  assert.equal(await openTeacherOutputs(directory, "other", { count: 4 }), undefined);
  assert.equal(await openTeacherOutputs(join(directory, "absent"), key, { count: 4 }), undefined);
});

test("a file cut off anywhere, or with any byte changed, is removed and not read", async (t) => {
  const directory = await stored(t);
  const path = join(directory, key);
  const whole = await readFile(path);
  for (let i = 0; i < whole.length; i++) {
    for (const damaged of [whole.subarray(0, i), whole.with(i, (whole[i] as number) ^ 1)]) {
      await writeFile(path, damaged);
      assert.equal(await openTeacherOutputs(directory, key, { count: 4 }), undefined, `byte ${i}`);
      assert.deepEqual(await readdir(directory), []);
    }
  }
});

test("outputs for another number of samples are not taken", async (t) => {
  assert.equal(await openTeacherOutputs(await stored(t), key, { count: 5 }), undefined);
});

test("an unfinished or abandoned file is never seen", async (t) => {
  const directory = await temporaryDirectory(t);
  const writer = await createTeacherOutputs(directory, key, { count: 4, classes: 3 });
  await writer.append(logits);
  assert.equal(await openTeacherOutputs(directory, key, { count: 4 }), undefined);
  await writer.abandon();
  await writer.abandon();
  assert.deepEqual(await readdir(directory), []);
});

test("too few or too many rows are a bug, and leave nothing behind", async (t) => {
  const directory = await temporaryDirectory(t);
  for (const rows of [logits.subarray(0, 9), Float32Array.of(...logits, 1)]) {
    const writer = await createTeacherOutputs(directory, key, { count: 4, classes: 3 });
    await writer.append(rows);
    await assert.rejects(writer.finish(), /logits were written for 4 × 3/);
    assert.deepEqual(await readdir(directory), []);
  }
});

test("two writers of one key do not disturb each other", async (t) => {
  const directory = await temporaryDirectory(t);
  const [a, b] = await Promise.all([
    createTeacherOutputs(directory, key, { count: 4, classes: 3 }),
    createTeacherOutputs(directory, key, { count: 4, classes: 3 }),
  ]);
  await a.append(logits.subarray(0, 3));
  await b.append(logits);
  const fromB = await b.finish();
  await a.append(logits.subarray(3));
  const fromA = await a.finish();
  const [outA, outB] = [new Float32Array(12), new Float32Array(12)];
  fromA.gather([0, 1, 2, 3], outA);
  fromB.gather([0, 1, 2, 3], outB);
  assert.deepEqual([outA, outB], [logits, logits]);
  assert.deepEqual(await readdir(directory), [key]);
});

test("four processes that write one key at once leave one whole file", async (t) => {
  const directory = await temporaryDirectory(t);
  const module = new URL("./teacherCache.ts", import.meta.url).href;
  const script = `
    const { createTeacherOutputs } = await import(${JSON.stringify(module)});
    for (let round = 0; round < 20; round++) {
      const writer = await createTeacherOutputs(${JSON.stringify(directory)}, "${key}", { count: 4, classes: 3 });
      for (let row = 0; row < 4; row++) await writer.append(Float32Array.from({ length: 3 }, (_, k) => (row * 3 + k) / 3));
      const outputs = await writer.finish();
      const out = new Float32Array(3);
      outputs.gather([2], out);
      if (out[1] !== Math.fround(7 / 3)) process.exit(1);
    }`;
  const run = promisify(execFile);
  await Promise.all(
    [1, 2, 3, 4].map(() => run(process.execPath, ["--input-type=module-typescript", "-e", script])),
  );
  assert.deepEqual(await readdir(directory), [key]);
});

test("parts of writers that died long ago are swept, fresh ones stay", async (t) => {
  const directory = await temporaryDirectory(t);
  for (const name of [`${key}.1.old.part`, `${key}.1.new.part`, "other.1.old.part"]) {
    await writeFile(join(directory, name), "x");
    if (name.includes("old")) await utimes(join(directory, name), 1, 1);
  }
  await (await createTeacherOutputs(directory, key, { count: 4, classes: 3 })).abandon();
  assert.deepEqual((await readdir(directory)).sort(), [`${key}.1.new.part`, "other.1.old.part"].sort());
});
