import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, open, readdir, readFile, readlink, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { temporaryDirectory } from "../../test/support/dataFiles.ts";
import { ownMark } from "../ownMark.ts";
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
    assert.throws(() => outputs.gather([-1], out), /no sample -1 of 4/);
    assert.throws(() => outputs.gather({ length: 1 }, out), /no sample undefined of 4/);
    const roomy = new Float32Array(9).fill(-1);
    outputs.gather([0, 1], roomy);
    assert.deepEqual(roomy, Float32Array.of(...[0, 1, 2, 3, 4, 5].map((i) => i / 3), -1, -1, -1));
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

test("outputs for another number of samples are not taken, and make room", async (t) => {
  const directory = await stored(t);
  const damaged: string[] = [];
  const damagedAt = (path: string) => damaged.push(path);
  await (await openTeacherOutputs(directory, key, { count: 4, damagedAt }))?.close();
  assert.equal(await openTeacherOutputs(directory, "absent", { count: 4, damagedAt }), undefined);
  assert.deepEqual(damaged, []);
  assert.equal(await openTeacherOutputs(directory, key, { count: 5, damagedAt }), undefined);
  assert.deepEqual(damaged, [join(directory, key)]);
  assert.deepEqual(await readdir(directory), []);
});

test("what cannot be opened for another reason than that it is absent is an error", async (t) => {
  await assert.rejects(openTeacherOutputs(await stored(t), `${key}\0`, { count: 4 }), {
    code: "ERR_INVALID_ARG_VALUE",
  });
});

test("a few logits are held in memory; those read row by row say that their file was cut off", async (t) => {
  const directory = await stored(t);
  const inMemory = await openTeacherOutputs(directory, key, { count: 4 });
  const atLimit = await openTeacherOutputs(directory, key, { count: 4, memoryLimit: 48 });
  const beyond = await openTeacherOutputs(directory, key, { count: 4, memoryLimit: 47 });
  assert.ok(inMemory && atLimit && beyond);
  await truncate(join(directory, key), 90);
  for (const outputs of [inMemory, atLimit]) {
    const out = new Float32Array(3);
    outputs.gather([3], out);
    assert.deepEqual(out, logits.subarray(9));
  }
  const out = new Float32Array(3);
  beyond.gather([2], out);
  assert.deepEqual(out, logits.subarray(6, 9));
  assert.throws(() => beyond.gather([3], out), /cached teacher outputs were cut off while in use/);
  await Promise.all([inMemory, atLimit, beyond].map((outputs) => outputs.close()));
});

test("logits of several megabytes are whole, in memory and in the file", async (t) => {
  const directory = await temporaryDirectory(t);
  const [count, classes] = [600, 1000]; // 2.4 MB
  const all = Float32Array.from({ length: count * classes }, (_, i) => i % 9973);
  const writer = await createTeacherOutputs(directory, key, { count, classes, memoryLimit: 0 });
  await writer.append(all);
  for (const outputs of [await writer.finish(), await openTeacherOutputs(directory, key, { count })]) {
    assert.ok(outputs);
    const out = new Float32Array(3 * classes);
    outputs.gather([599, 262, 0], out);
    const row = (at: number) => all.subarray(at * classes, (at + 1) * classes);
    assert.deepEqual(out, Float32Array.of(...row(599), ...row(262), ...row(0)));
    await outputs.close();
  }
  const path = join(directory, key);
  const last = (await readFile(path)).at(-1) as number;
  const file = await open(path, "r+");
  await file.write(Uint8Array.of(last ^ 1), 0, 1, 48 + 4 * count * classes - 1);
  await file.close();
  assert.equal(await openTeacherOutputs(directory, key, { count, memoryLimit: 0 }), undefined);
});

test("no file stays open once its outputs are closed, damaged or in memory", {
  skip: process.platform !== "linux",
}, async (t) => {
  const directory = await stored(t);
  const opened = async () => {
    const descriptors = (await readdir("/proc/self/fd")).map((fd) => `/proc/self/fd/${fd}`);
    const paths = await Promise.all(descriptors.map((fd) => readlink(fd).catch(() => "")));
    return paths.filter((path) => path.startsWith(directory)).length;
  };
  assert.equal(await opened(), 0);
  const inMemory = await openTeacherOutputs(directory, key, { count: 4 });
  assert.equal(await opened(), 0);
  await inMemory?.close();
  const read = await openTeacherOutputs(directory, key, { count: 4, memoryLimit: 0 });
  assert.equal(await opened(), 1);
  await read?.close();
  assert.equal(await opened(), 0);
  await openTeacherOutputs(directory, key, { count: 5, memoryLimit: 0 });
  assert.equal(await opened(), 0);
  const writer = await createTeacherOutputs(directory, key, { count: 4, classes: 3 });
  assert.equal(await opened(), 1);
  await writer.abandon();
  assert.equal(await opened(), 0);
  await writeFile(join(directory, key), "damaged");
  await openTeacherOutputs(directory, key, { count: 4 });
  assert.equal(await opened(), 0);
});

test("to abandon what is finished changes nothing", async (t) => {
  const directory = await temporaryDirectory(t);
  const writer = await createTeacherOutputs(directory, key, { count: 4, classes: 3 });
  await writer.append(logits);
  const outputs = await writer.finish();
  await writer.abandon();
  const out = new Float32Array(3);
  outputs.gather([1], out);
  assert.deepEqual(out, logits.subarray(3, 6));
  assert.deepEqual(await readdir(directory), [key]);
});

test("a part that was taken away is an error where there is nothing else, or nothing whole", async (t) => {
  const directory = await temporaryDirectory(t);
  const withoutPart = async () => {
    const writer = await createTeacherOutputs(directory, key, { count: 4, classes: 3 });
    await writer.append(logits);
    for (const name of await readdir(directory)) if (name.endsWith(".part")) await rm(join(directory, name));
    return writer;
  };
  await assert.rejects((await withoutPart()).finish(), { code: "ENOENT" });
  const writer = await withoutPart();
  await writeFile(join(directory, key), "not whole");
  await assert.rejects(writer.finish(), /was damaged right after it was written\.$/);
  assert.deepEqual(await readdir(directory), []);
});

test("where the name is taken by what no file replaces, no part is left", async (t) => {
  const directory = await temporaryDirectory(t);
  const writer = await createTeacherOutputs(directory, key, { count: 4, classes: 3 });
  await writer.append(logits);
  await mkdir(join(directory, key));
  await assert.rejects(writer.finish());
  assert.deepEqual(await readdir(directory), [key]);
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
    const message = `${rows.length} logits were written for 4 × 3.`;
    const writer = await createTeacherOutputs(directory, key, { count: 4, classes: 3 });
    await writer.append(rows);
    await assert.rejects(writer.finish(), { name: "RangeError", message });
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
  const staying = [`${key}.1.new.part`, `${key}.1.old.whole`, `other.${ownMark()}.0000000a.part`];
  for (const name of [`${key}.1.old.part`, "other.1.old.part", ...staying]) {
    await writeFile(join(directory, name), "x");
    if (name.includes("old")) await utimes(join(directory, name), 1, 1);
  }
  await (await createTeacherOutputs(directory, key, { count: 4, classes: 3 })).abandon();
  assert.deepEqual((await readdir(directory)).sort(), staying.sort());
});
