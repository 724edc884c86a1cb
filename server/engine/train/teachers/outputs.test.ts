import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { zipSync } from "fflate";
import type { ResolvedOutputsTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";
import { encodeNpy, filesIn } from "../../../../test/support/dataFiles.ts";
import { npyBytes, npzBytes } from "../../../data/formats/writeNpz.ts";
import { hashed, placed, type Samples, select } from "../../../data/samples.ts";
import { loadSource } from "../../../data/sources/sources.ts";
import type { TeacherOutputs } from "../../../data/teacherCache.ts";
import { openStored } from "./outputs.ts";

/** Six samples of three classes, and logits that are right of each. */
const labels = [0, 1, 2, 0, 1, 2];
const logits = labels.flatMap((label) => [0, 1, 2].map((k) => (k === label ? 2 : k / 4 - 1)));
const probabilities = rowsOf(logits).flatMap((row) => {
  const sum = row.reduce((sum, z) => sum + Math.exp(z), 0);
  return row.map((z) => Math.exp(z) / sum);
});
const source = (within?: Samples["within"]): Samples =>
  placed(
    hashed({
      count: 6,
      shape: [1],
      classes: 3,
      labels: Int32Array.from(labels),
      storage: Float32Array.from(labels),
      ...(within && { within }),
    }),
    "train",
  );

function rowsOf(values: readonly number[]): number[][] {
  return Array.from({ length: values.length / 3 }, (_, row) => values.slice(3 * row, 3 * row + 3));
}

/** All rows that are said of the samples. */
async function rowsFrom(teacher: {
  readonly of: (samples: Samples) => Promise<object>;
}): Promise<Float32Array> {
  const outputs = await teacher.of(source());
  assert.ok("gather" in outputs);
  const read = new Float32Array(18);
  (outputs as TeacherOutputs).gather([0, 1, 2, 3, 4, 5], read);
  return read;
}

/** As safetensors.numpy.save_file writes an array of float32. */
function safetensors(name: string, values: readonly number[]): Uint8Array {
  const tensor = { dtype: "F32", shape: [6, 3], data_offsets: [0, 4 * values.length] };
  const header = Buffer.from(JSON.stringify({ [name]: tensor }).padEnd(80));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.from(Float32Array.from(values).buffer)]);
}

/** Of each sample every class, the last one first, and one that stands for none. */
function likeliest(written: (p: number) => number): string {
  const line = (row: readonly number[]) => ({
    indices: [2, 1, 0, -1],
    values: [...row.toReversed().map(written), 0],
  });
  return rowsOf(probabilities)
    .map((row) => JSON.stringify(line(row)))
    .join("\n");
}

const csv = (header: string, values: readonly number[]) =>
  `${[header, ...rowsOf(values).map((row) => row.join(","))].filter(Boolean).join("\n")}\n`;

const columnMajor = [0, 1, 2].flatMap((k) => rowsOf(logits).map((row) => row[k] as number));

/** By name: the file, what the teacher says beside its path, and what is read of it or is wrong with it. */
const files: Readonly<
  Record<string, readonly [Uint8Array | string, Partial<ResolvedOutputsTeacher>, "logits" | "logs" | RegExp]>
> = {
  "f4.npy": [encodeNpy("<f4", [6, 3], logits), {}, "logits"],
  "f8.npy": [encodeNpy(">f8", [6, 3], logits), { outputs: "logits" }, "logits"],
  "fortran.npy": [encodeNpy("<f4", [6, 3], columnMajor, { fortran: true }), {}, "logits"],
  "pooled.npy": [encodeNpy("<f4", [6, 3, 1, 1], logits), {}, "logits"],
  "bare.csv": [csv("", logits), {}, "logits"],
  "named.csv": [csv("a,b,c", logits), {}, "logits"],
  "reordered.csv": [
    csv(
      "1,0,2",
      rowsOf(logits).flatMap(([a, b, c]) => [b, a, c] as number[]),
    ),
    {},
    "logits",
  ],
  "p.npy": [encodeNpy("<f8", [6, 3], probabilities), {}, "logs"],
  "log.npy": [encodeNpy("<f8", [6, 3], probabilities.map(Math.log)), { outputs: "logProbabilities" }, "logs"],
  "only.npz": [npzBytes({ teacher: { shape: [6, 3], values: Float32Array.from(logits) } }), {}, "logits"],
  "packed.npz": [
    zipSync({ "logits.npy": encodeNpy("<f8", [6, 3], columnMajor, { fortran: true }) }, { level: 9 }),
    {},
    "logits",
  ],
  "asked.npz": [
    npzBytes({
      train: { shape: [6, 3], values: new Float32Array(18) },
      b: { shape: [6, 3], values: Float32Array.from(logits) },
    }),
    { array: "b" },
    "logits",
  ],
  "one.safetensors": [safetensors("logits", logits), {}, "logits"],
  "asked.safetensors": [safetensors("z", logits), { array: "z" }, "logits"],
  "absent.safetensors": [
    safetensors("z", logits),
    { array: "y" },
    /no array "y" in the file \(expected z, found y\)\./,
  ],
  "index.jsonl": [
    Array.from({ length: 6 }, (_, row) => {
      const [a, b, c] = logits.slice(3 * row, 3 * row + 3);
      return JSON.stringify({ a, b, c, __index_level_0__: (row * 5) % 7 });
    }).join("\n"),
    {},
    "logits",
  ],
  "lists.jsonl": [
    rowsOf(logits)
      .map((row) => JSON.stringify({ text: "x", logits: row }))
      .join("\n"),
    {},
    "logits",
  ],
  "ragged.jsonl": [
    '{"logits": [1, 2, 3]}\n{"logits": [1, 2]}',
    {},
    /Row 1 has 2 numbers, the first one has 3/,
  ],
  "unclear.jsonl": ['{"a": [1, 2, 3], "b": [1, 2, 3]}', {}, /Which column .* name it with `array`/],
  "all.jsonl": [likeliest((p) => p), {}, "logs"],
  "all-logs.jsonl": [likeliest(Math.log), { outputs: "logProbabilities" }, "logs"],
  "columns.csv": [
    `index_0,index_1,index_2,value_0,value_1,value_2\n${rowsOf(probabilities)
      .map((row) => [2, 1, 0, ...row.toReversed()].join(","))
      .join("\n")}`,
    {},
    "logs",
  ],
  "lists.csv": [
    `indices,values\n${rowsOf(probabilities)
      .map((row) => `"[2, 1, 0]","[${row.toReversed().join(", ")}]"`)
      .join("\n")}`,
    {},
    "logs",
  ],
  "twice.jsonl": ['{"indices": [1, 1], "values": [0.5, 0.2]}', {}, /Row 0 names the class 1 twice/],
  "beyond.jsonl": ['{"indices": [3], "values": [0.5]}', {}, /Row 0 names the class 3; there are 3, from 0/],
  "above.jsonl": ['{"indices": [1, 0], "values": [0.9, 0.7]}', {}, /of row 0 sum to 1\.6/],
  "top-logits.jsonl": ['{"indices": [1], "values": [7]}', {}, /Row 0 has 7, which is no probability/],
  "two.npz": [
    npzBytes({
      a: { shape: [6, 3], values: new Float32Array(18) },
      b: { shape: [6, 3], values: new Float32Array(18) },
    }),
    {},
    /missing-array: Which array .* name it with `array`/,
  ],
  "transposed.npy": [
    encodeNpy("<f4", [3, 6], columnMajor),
    {},
    /with the samples last\. Store its transpose/,
  ],
  "few.npy": [
    encodeNpy("<f4", [5, 3], logits.slice(3)),
    {},
    /There are 5 rows for the 6 samples of data\.train. Give one row per sample/,
  ],
  "classes.npy": [encodeNpy("<f4", [6, 2], logits.slice(6)), {}, /has 2 classes, the data has 3/],
  "hard.npy": [encodeNpy("<i8", [6], labels), {}, /has 1 class, the data has 3/],
  "sequence.npy": [
    encodeNpy("<f4", [6, 3, 2], [...logits, ...logits]),
    {},
    /more axes than samples and classes/,
  ],
  "nan.npy": [
    encodeNpy("<f4", [6, 3], [...logits.slice(0, 17), Number.NaN]),
    {},
    /Row 5 has NaN in column 2/,
  ],
  "percent.npy": [
    encodeNpy(
      "<f4",
      [6, 3],
      probabilities.map((p) => 100 * p),
    ),
    {},
    /Row 0 sums to 100; .* Divide by 100/,
  ],
  "logits.npy": [
    encodeNpy("<f4", [6, 3], logits),
    { outputs: "probabilities" },
    /no probability is negative/,
  ],
  "empty.npy": ["", {}, /The file is empty/],
  "text.npy": ["hello\nworld\n", {}, /Column 0 has text here/],
  "words.csv": [`${csv("", logits)}x,y,z\n`, {}, /Column 0 has text here where a number is needed/],
  "index.csv": [csv(",a,b", [0, 1, 2, 1, 3, 4]), {}, /The first column counts the rows/],
};

test("stored outputs are read from what people have, or refused in words, in memory and on disk", async (context: TestContext) => {
  const folder = await filesIn(
    context,
    Object.fromEntries(Object.entries(files).map(([name, [content]]) => [name, content])),
  );
  for (const [train, [, said, expected]] of Object.entries(files)) {
    const spec = { type: "outputs", train, outputs: "auto", ...said } as const;
    const [opened, onDisk] = await Promise.all(
      (["memory", "disk"] as const).map((storage) =>
        openStored(spec, {
          train: source(),
          baseDirectory: folder,
          storage,
          cacheDirectory: join(folder, "cache"),
        }),
      ),
    );
    assert.ok(opened && onDisk);
    if (expected instanceof RegExp) {
      assert.match("problem" in opened ? opened.problem.message : "read", expected, train);
      assert.deepEqual(onDisk, opened);
      continue;
    }
    assert.ok(!("problem" in opened), `${train}: ${JSON.stringify(opened)}`);
    assert.ok(!("problem" in onDisk), `${train}: ${JSON.stringify(onDisk)}`);
    const read = await rowsFrom(opened);
    assert.deepEqual(await rowsFrom(onDisk), read, train);
    assert.equal(onDisk.hash, opened.hash, train);
    const meant = expected === "logits" ? logits : probabilities.map(Math.log);
    // float32 has 24 binary digits, and log p of a rounded p is off by their share of p: 2⁻²⁴ each.
    for (const [i, value] of read.entries())
      assert.ok(Math.abs(value - (meant[i] as number)) <= 4e-7, `${train}: ${value}, not ${meant[i]}`);
    assert.match(opened.reading ?? "", /, right for 100\.0 % of 6 training samples\.$/, train);
  }
});

test("a probability of 0 counts as 10⁻³⁰, and a sample has the row of its place in the file", async (context) => {
  const values = Float32Array.from({ length: 30 }, (_, i) => (i % 3 === Math.floor(i / 3) % 3 ? 1 : 0));
  const folder = await filesIn(context, { "p.npy": npyBytes({ shape: [10, 3], values }) });
  const within = { first: 3, total: 10 };
  const opened = await openStored(
    { type: "outputs", train: "p.npy", outputs: "probabilities" },
    { train: source(within), baseDirectory: folder },
  );
  assert.ok(!("problem" in opened));
  const outputs = await opened.of(select(source(within), Int32Array.of(4, 1)));
  assert.ok(!("problem" in outputs));
  const read = new Float32Array(6);
  outputs.gather([0, 1], read);
  // Rows 3 + 4 and 3 + 1 of the file: 7 mod 3 and 4 mod 3.
  const least = Math.fround(Math.log(1e-30));
  assert.deepEqual([...read], [least, 0, least, least, 0, least]);
});

test("outputs of a whole file are found for a part that is drawn, or has no sample of some classes", async (context) => {
  const own = Array.from({ length: 40 }, (_, row) => [row % 4, row % 4 === 3 ? 9 : row] as const);
  const folder = await filesIn(context, {
    "t.csv": `x,kind\n${own.map(([label, x]) => `${x},${"abcd"[label]}\n`).join("")}`,
    "t.npy": encodeNpy(
      "<f4",
      [40, 3],
      own.flatMap((_, row) => [row, 0, -row]),
    ),
  });
  const csv = { type: "csv", path: "t.csv", label: "kind" } as const;
  const part = { skip: 5, take: 8, takeSeed: 3 };
  const loaded = await loadSource({ ...csv, ...part }, folder, { exclude: ["d"] });
  assert.ok(!("code" in loaded));
  const train = placed(loaded, "train");
  const opened = await openStored(
    { type: "outputs", train: "t.npy", outputs: "logits" },
    { train, baseDirectory: folder },
  );
  assert.ok(!("problem" in opened), JSON.stringify(opened));
  const outputs = await opened.of(train);
  assert.ok(!("problem" in outputs));
  const read = new Float32Array(24);
  outputs.gather([0, 1, 2, 3, 4, 5, 6, 7], read);
  const rows = Array.from(train.values.inMemory ?? []);
  assert.equal(rows.length, 8);
  assert.notDeepEqual(rows, [5, 6, 8, 9, 10, 12, 13, 14], "they are drawn");
  // Each says its row in the file, which is its feature.
  assert.deepEqual(
    Array.from(read),
    rows.flatMap((row) => [row, 0, -row]),
  );
});

test("what the likeliest classes leave is spread evenly over the others", async (context) => {
  const folder = await filesIn(context, {
    "k.npz": npzBytes({
      "train.indices": { shape: [6, 1], values: Float32Array.from(labels) },
      "train.values": { shape: [6, 1], values: new Float32Array(6).fill(0.5) },
    }),
  });
  const opened = await openStored(
    { type: "outputs", train: "k.npz", outputs: "auto" },
    { train: source(), baseDirectory: folder },
  );
  assert.ok(!("problem" in opened), JSON.stringify(opened));
  const outputs = await opened.of(source());
  assert.ok(!("problem" in outputs));
  const read = new Float32Array(6);
  outputs.gather([4, 0], read);
  assert.deepEqual(
    [...read],
    [0.25, 0.5, 0.25, 0.5, 0.25, 0.25].map((p) => Math.fround(Math.log(p))),
  );
});

test("rows go to samples by what both call them, whatever their order", async (context) => {
  const order = [4, 2, 0, 5, 1, 3];
  const rows = (count: number, first = "id") =>
    [[first, "0", "1", "2"], ...order.slice(0, count).map((k) => [`s${k}`, ...(rowsOf(logits)[k] ?? [])])]
      .map((row) => row.join(","))
      .join("\n");
  const folder = await filesIn(context, {
    "s.csv": `id,x,y\n${labels.map((label, k) => `s${k},${k / 7},${label}`).join("\n")}`,
    "n.csv": `id,x,y\n${labels.map((label, k) => `${k},${k / 7},${label}`).join("\n")}`,
    "t.csv": rows(6),
    "few.csv": rows(4),
    "other.csv": rows(6, "key"),
    "twice.csv": `${rows(6)}\ns4,0,0,0`,
  });
  const loaded = await loadSource(
    { type: "csv", path: "s.csv", label: "y", features: ["x"], skip: 1 },
    folder,
  );
  assert.ok(!("code" in loaded), JSON.stringify(loaded));
  const train = placed(loaded, "train");
  const open = (file: string, id = "id") =>
    openStored({ type: "outputs", train: file, id, outputs: "auto" }, { train, baseDirectory: folder });
  const opened = await open("t.csv");
  assert.ok(!("problem" in opened), JSON.stringify(opened));
  const outputs = await opened.of(select(train, Int32Array.of(3, 0)));
  assert.ok(!("problem" in outputs));
  const read = new Float32Array(6);
  outputs.gather([0, 1], read);
  assert.deepEqual([...read], [4, 1].flatMap((k) => rowsOf(logits)[k] ?? []).map(Math.fround));
  const parquet = join(import.meta.dirname, "../../../../test/fixtures/parquet/outputs.parquet");
  const likeliest = await open(parquet, "n");
  assert.match("problem" in likeliest ? likeliest.problem.message : "", /no column "n" with the ids/);
  const numbered = await loadSource({ type: "csv", path: "n.csv", label: "y", features: ["x"] }, folder);
  assert.ok(!("code" in numbered));
  const all = placed(numbered, "train");
  const typed = await openStored(
    { type: "outputs", train: parquet, id: "id", outputs: "auto" },
    { train: all, baseDirectory: folder },
  );
  assert.ok(!("problem" in typed), JSON.stringify(typed));
  const given = await typed.of(all);
  assert.ok(!("problem" in given));
  given.gather([3, 4], read);
  assert.deepEqual(
    [...read],
    [0.5, 0.25, 0.25, 0.25, 0.5, 0.25].map((p) => Math.fround(Math.log(p))),
  );
  for (const [file, id, message] of [
    ["few.csv", "id", /no row for 2 of the 5 samples of data\.train, the first of which has the id "s1"/],
    ["other.csv", "id", /no column "id" with the ids \(expected key, 0, 1, 2/],
    ["other.csv", "key", /There is no column "key".*id, x, y/],
    ["twice.csv", "id", /The id "s4" stands in rows 0 and 6/],
  ] as const) {
    const wrong = await open(file, id);
    assert.match("problem" in wrong ? wrong.problem.message : "read", message, file);
  }
});

test("outputs in another order than the samples are doubted", async (context) => {
  const shifted = [...logits.slice(3), ...logits.slice(0, 3)];
  const folder = await filesIn(context, { "t.npy": encodeNpy("<f4", [6, 3], shifted) });
  const spec = { type: "outputs", train: "t.npy", outputs: "auto" } as const;
  const opened = await openStored(spec, { train: source(), baseDirectory: folder });
  assert.deepEqual("problem" in opened ? opened.problem : opened.warnings.map(({ code }) => code), [
    "teacher-chance",
  ]);
});
