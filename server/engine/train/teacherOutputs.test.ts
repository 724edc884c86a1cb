import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { NewEvent } from "../../../schemas/newEvent.ts";
import { temporaryDirectory } from "../../../test/support/dataFiles.ts";
import { applyAugmentations } from "../../data/augment.ts";
import type { ResolvedNormalize } from "../../data/normalize.ts";
import { hashed } from "../../data/samples.ts";
import type { View } from "../../data/views.ts";
import type { Teacher } from "./teacher.ts";
import { fillShard, teacherOutputs } from "./teacherOutputs.ts";

const samples = hashed({
  count: 2,
  shape: [2],
  classes: 2,
  labels: Int32Array.of(0, 1),
  storage: Float32Array.of(1, 2, 3, 4),
});

const times = (scale: number): ResolvedNormalize => ({ scale, mean: [0], std: [1] });

/** Gives what it is fed. Its hash, as that of an ONNX file, does not know how it is fed. */
const echo = (normalize?: ResolvedNormalize): Teacher => ({
  classes: 2,
  hash: "the same file",
  ...(normalize === undefined ? {} : { normalize }),
  warnings: [],
  features: {},
  logits: async (fed) => fed.slice(),
  forward: async (fed) => ({ logits: fed.slice(), features: {} }),
  assertUntouched: async () => {},
  dispose: async () => {},
});

/** Nothing is damaged, and nobody stops it. */
const undisturbed = {
  batch: 2,
  report: () => assert.fail("nothing is damaged"),
  stopRequested: () => false,
};

test("what a teacher says of each view is kept by all that makes it, and is of what the student sees", async (context) => {
  const cacheDirectory = await temporaryDirectory(context);
  let asked = 0;
  const said = async (view: View, own?: ResolvedNormalize) => {
    const outputs = await teacherOutputs(echo(own), samples, {
      ...undisturbed,
      cacheDirectory,
      normalize: times(2),
      view,
      onProgress: () => {
        asked += 1;
      },
    });
    assert.ok(outputs !== undefined && !("problem" in outputs));
    const logits = new Float32Array(4);
    outputs.gather([0, 1], logits);
    return Array.from(logits);
  };
  const augment = [{ type: "noise", std: 1 }] as const;
  const view = { augment, seed: 4, number: 0 };
  const values = Float32Array.of(2, 4, 6, 8);
  const batch = { values, shape: [2], rows: [0, 1], labels: [0, 1], classes: 2, blank: [0, 0] };
  applyAugmentations(batch, augment, { seed: 4, step: 0 });
  assert.deepEqual(await said(view), Array.from(values));
  const others = [
    await said({ ...view, number: 1 }),
    await said({ ...view, seed: 5 }),
    await said({ ...view, augment: [{ type: "noise", std: 2 }] }),
  ];
  for (const other of others) assert.notDeepEqual(other, Array.from(values));
  assert.deepEqual(
    await said(view, times(6)),
    Array.from(values, (value) => Math.fround(3 * value)),
  );
  assert.equal(asked, 5);
  assert.deepEqual(await said(view), Array.from(values));
  assert.deepEqual(await said({ ...view, number: 1 }), others[0]);
  assert.equal(asked, 5, "a second run asks for nothing");
});

test("what a teacher says is kept by what it sees: its own preprocessing, the student's where it has none", async (context) => {
  const cacheDirectory = await temporaryDirectory(context);
  let asked = 0;
  const firstLogit = async (own: number | undefined, student: number) => {
    const outputs = await teacherOutputs(echo(own === undefined ? undefined : times(own)), samples, {
      ...undisturbed,
      cacheDirectory,
      normalize: times(student),
      onProgress: () => {
        asked += 1;
      },
    });
    assert.ok(outputs !== undefined && !("problem" in outputs));
    const logits = new Float32Array(2);
    outputs.gather([0], logits);
    return logits[0];
  };
  assert.equal(await firstLogit(2, 1), 2);
  assert.equal(await firstLogit(3, 1), 3, "another preprocessing of the teacher is not the one before");
  assert.equal(await firstLogit(undefined, 5), 5);
  assert.equal(await firstLogit(undefined, 7), 7, "nor is another one of the student, which it shares");
  assert.equal(asked, 4);
  assert.equal(await firstLogit(2, 9), 2);
  assert.equal(asked, 4, "one that has its own does not care for the student's");
});

/** Ten samples in batches of three, of a teacher that keeps the batches that it was asked for. */
async function sharded(context: TestContext) {
  const cacheDirectory = await temporaryDirectory(context);
  const many = hashed({
    count: 10,
    shape: [2],
    classes: 2,
    labels: new Int32Array(10),
    storage: Float32Array.from({ length: 20 }, (_, i) => i),
  });
  const asked: string[] = [];
  const teacher: Teacher = {
    ...echo(),
    async logits(fed) {
      asked.push(
        Array.from(
          fed.filter((_, i) => i % 2 === 0),
          (value) => value / 2,
        ).join(),
      );
      return fed.slice();
    },
  };
  const damaged: string[] = [];
  const options = {
    ...undisturbed,
    cacheDirectory,
    normalize: times(1),
    batch: 3,
    report: (event: NewEvent) => damaged.push(event.type),
    onProgress: () => {},
  };
  return {
    cacheDirectory,
    damaged,
    /** The batches that were asked for by it. */
    async fill(index: number, of: number) {
      asked.length = 0;
      const filled = await fillShard(teacher, many, { ...options, shard: { index, of } });
      assert.ok(filled !== undefined && !("problem" in filled));
      return { ...filled, asked: [...asked] };
    },
    async whole() {
      asked.length = 0;
      const outputs = await teacherOutputs(teacher, many, options);
      assert.ok(outputs !== undefined && !("problem" in outputs));
      await outputs.close();
      const names = await readdir(cacheDirectory);
      assert.deepEqual(names, names.slice(0, 1), "no piece is left");
      return { bytes: await readFile(join(cacheDirectory, names[0] as string)), asked: [...asked] };
    },
  };
}

const wholeBatches = ["0,1,2", "3,4,5", "6,7,8", "9"];

test("shards in any order, one of them missing, are joined to the file of one process, in the same batches", async (context) => {
  const alone = await sharded(context);
  const { bytes, asked } = await alone.whole();
  assert.deepEqual(asked, wholeBatches);
  assert.deepEqual((await alone.fill(1, 2)).wasThere, true, "the whole is there");

  const it = await sharded(context);
  assert.deepEqual(await it.fill(3, 3), { start: 6, end: 10, wasThere: false, asked: ["6,7,8", "9"] });
  assert.deepEqual(await it.fill(1, 3), { start: 0, end: 3, wasThere: false, asked: ["0,1,2"] });
  assert.deepEqual(await it.fill(3, 3), { start: 6, end: 10, wasThere: true, asked: [] });
  assert.deepEqual(await it.whole(), { bytes, asked: ["3,4,5"] });

  const more = await sharded(context);
  for (let index = 9; index >= 1; index--) await more.fill(index, 9);
  assert.deepEqual(await more.whole(), { bytes, asked: [] });

  const overlapping = await sharded(context);
  await overlapping.fill(1, 2);
  await overlapping.fill(1, 4);
  await overlapping.fill(2, 3);
  assert.deepEqual(await overlapping.whole(), { bytes, asked: ["6,7,8", "9"] });
});

test("a piece that is damaged, cut, or of something else is computed again", async (context) => {
  const { bytes } = await (await sharded(context)).whole();
  for (const damage of [
    (piece: Buffer) => piece.fill(1, 60, 61),
    (piece: Buffer) => piece.subarray(0, 64),
    () => Buffer.alloc(0),
  ]) {
    const it = await sharded(context);
    await it.fill(2, 2);
    const [name = ""] = await readdir(it.cacheDirectory);
    const path = join(it.cacheDirectory, name);
    await writeFile(path, damage(await readFile(path)));
    await writeFile(join(it.cacheDirectory, name.replace(/\.\d+-\d+$/, ".3-900000")), "no piece");
    assert.deepEqual((await it.whole()).asked, wholeBatches);
    assert.deepEqual(it.damaged, ["warning"]);
    assert.deepEqual((await it.whole()).bytes, bytes);
  }
});
