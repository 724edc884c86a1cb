import assert from "node:assert/strict";
import { test } from "node:test";
import { loadEager } from "../../../test/support/eager.ts";
import { identityNormalize } from "../../data/normalize.ts";
import { hashed } from "../../data/samples.ts";
import type { Program } from "../program.ts";
import { type ResidentDataSet, residentBatches, residentBytes } from "./residentBatches.ts";

const bytes = Uint8Array.of(10, 20, 30, 40, 50, 60); // [3, 2]
const samples = hashed({ count: 3, shape: [2], classes: 4, labels: Int32Array.of(3, 1, 2), storage: bytes });

/** What a step sees of the samples at some rows. */
async function batchOf(rows: readonly number[], set: Partial<ResidentDataSet>) {
  const { resident, initial } = residentBatches({
    samples,
    normalize: identityNormalize,
    changes: [],
    classes: 4,
    ...set,
  });
  const program: Program = {
    state: {},
    tables: resident.tables,
    entries: [
      {
        name: "batch",
        inputs: resident.inputs(rows.length),
        run: (_, inputs, lookUp) => ({ state: {}, outputs: resident.batch(inputs, lookUp) }),
      },
    ],
  };
  const executor = await loadEager(program, initial);
  const outputs = await executor.run("batch", { rows: Int32Array.from(rows) });
  await executor.dispose();
  return { outputs, tables: resident.tables, initial };
}

test("rows are looked up in any order, of samples, of labels and of what the teacher says", async () => {
  const outputsOf = { shape: [2], values: Float32Array.of(1, 2, 3, 4, 5, 6) };
  const { outputs, tables, initial } = await batchOf([2, 0, 2], {
    outputs: { "teacherTap/seen": outputsOf },
  });
  assert.deepEqual(outputs["x"], Float32Array.of(50, 60, 10, 20, 50, 60));
  assert.deepEqual(outputs["labels"], Int32Array.of(2, 3, 2));
  assert.deepEqual(outputs["teacherTap/seen"], Float32Array.of(5, 6, 1, 2, 5, 6));
  assert.deepEqual(Object.keys(outputs), ["x", "labels", "teacherTap/seen"]);
  assert.deepEqual(tables, {
    "data/x": { shape: [3, 2], dtype: "uint8" },
    "data/labels": { shape: [3], dtype: "int32" },
    "data/teacherTap/seen": { shape: [3, 2], dtype: "float32" },
  });
  assert.equal(initial["data/x"], bytes);
});

test("a teacher with a preprocessing of its own sees the same samples in it", async () => {
  const { outputs } = await batchOf([1], {
    normalize: { scale: 0.5, mean: [5, 10], std: [2] },
    teacherNormalize: { scale: 2, mean: [4], std: [8] },
  });
  assert.deepEqual(outputs["x"], Float32Array.of((15 - 5) / 2, (20 - 10) / 2));
  assert.deepEqual(outputs["teacherX"], Float32Array.of((60 - 4) / 8, (80 - 4) / 8));
});

test("tables take the bytes of the values, four for each label and four for each number of the teacher", () => {
  const pixels = { count: 10, shape: [3, 2], values: { dtype: "uint8" } } as const;
  assert.equal(residentBytes(pixels, 0), 10 * (6 + 4));
  assert.equal(residentBytes(pixels, 5), 10 * (6 + 4 + 20));
  assert.equal(residentBytes({ ...pixels, values: { dtype: "float32" } }, 5), 10 * (24 + 4 + 20));
});
