import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ResolvedOutputsTeacher } from "../../../../schemas/resolvedExperiment.gen.ts";
import { encodeNpy, filesIn } from "../../../../test/support/dataFiles.ts";
import { npyBytes, npzBytes } from "../../../data/formats/writeNpz.ts";
import { hashed, placed, type Samples, select } from "../../../data/samples.ts";
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
  "asked.npz": [
    npzBytes({
      train: { shape: [6, 3], values: new Float32Array(18) },
      b: { shape: [6, 3], values: Float32Array.from(logits) },
    }),
    { array: "b" },
    "logits",
  ],
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

test("stored outputs are read from what people have, or refused in words", async (context: TestContext) => {
  const folder = await filesIn(
    context,
    Object.fromEntries(Object.entries(files).map(([name, [content]]) => [name, content])),
  );
  for (const [train, [, said, expected]] of Object.entries(files)) {
    const spec = { type: "outputs", train, outputs: "auto", ...said } as const;
    const opened = await openStored(spec, { train: source(), baseDirectory: folder });
    if (expected instanceof RegExp) {
      assert.match("problem" in opened ? opened.problem.message : "read", expected, train);
      continue;
    }
    assert.ok(!("problem" in opened), `${train}: ${JSON.stringify(opened)}`);
    const outputs = opened.of(source());
    assert.ok(!("problem" in outputs));
    const read = new Float32Array(18);
    outputs.gather([0, 1, 2, 3, 4, 5], read);
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
  const outputs = opened.of(select(source(within), Int32Array.of(4, 1)));
  assert.ok(!("problem" in outputs));
  const read = new Float32Array(6);
  outputs.gather([0, 1], read);
  // Rows 3 + 4 and 3 + 1 of the file: 7 mod 3 and 4 mod 3.
  const least = Math.fround(Math.log(1e-30));
  assert.deepEqual([...read], [least, 0, least, least, 0, least]);
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
