import assert from "node:assert/strict";
import { copyFile, cp, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parquetWriteBuffer } from "hyparquet-writer";
import type { ParquetSource } from "../../../schemas/experiment.gen.ts";
import { filesIn, temporaryDirectory } from "../../../test/support/dataFiles.ts";
import { storageOf } from "../../../test/support/storageOf.ts";
import { describeFile } from "../describe.ts";
import { openParquet } from "../formats/parquet.ts";
import type { LoadOptions } from "./options.ts";
import { loadSource } from "./sources.ts";

/** What is in them says make.py. */
const fixtures = fileURLToPath(new URL("../../../test/fixtures/parquet", import.meta.url));
const load = (changed: Omit<ParquetSource, "type">, options?: LoadOptions, folder = fixtures) =>
  loadSource({ type: "parquet", ...changed } as ParquetSource, folder, options);
const shards = "train-*.parquet";
const pixels = (...colours: number[]) =>
  colours.flatMap((colour) => Array.from({ length: 48 }, () => colour));

for (const [what, source, expected] of [
  [
    "numbers of every column but the label, whose classes are names",
    { path: "numbers.parquet", label: "kind" },
    {
      values: [31, 0.5, 1, 42, 0.25, 0, 53, -1.5, 1, 64, 2, 0],
      labels: [1, 0, 1, 0],
      names: ["a", "b"],
      features: ["age", "share", "isNew"],
    },
  ],
  [
    "chosen columns, across row groups",
    { path: "numbers.parquet", label: "kind", features: ["share", "age"], skip: 2, take: 2 },
    { values: [-1.5, 53, 2, 64], labels: [1, 0], names: ["a", "b"], features: ["share", "age"] },
  ],
  [
    "lists of numbers",
    { path: "lists.parquet", label: "label" },
    { values: [1, 2, 3, 4, 5, 6, 7, 8, 9], labels: [0, 1, 1], names: undefined, features: undefined },
  ],
  [
    "images of all shards, with the names that the file keeps",
    { path: shards, label: "label", image: "image" },
    { values: pixels(10, 20, 30), labels: [1, 0, 1], names: ["cat", "dog"], features: undefined },
  ],
  [
    "a part of them across shards, in grey",
    { path: shards, label: "label", image: "image", skip: 1, channels: 1, size: [2, 2] },
    { values: [20, 20, 20, 20, 30, 30, 30, 30], labels: [0, 1], names: ["cat", "dog"], features: undefined },
  ],
  [
    "lists of lists, in shards with columns in any order, without pandas' index",
    { path: "grid-*.parquet", label: "label" },
    {
      values: [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 5, 1, 2, 3, 5],
      labels: [0, 1, 0, 1],
      names: undefined,
      features: undefined,
    },
  ],
] as const) {
  test(what, async () => {
    const samples = await load(source as never);
    assert.ok(!("code" in samples), JSON.stringify(samples));
    assert.deepEqual(Array.from(storageOf(samples)), expected.values);
    assert.deepEqual([Array.from(samples.labels), samples.classNames], [expected.labels, expected.names]);
    assert.deepEqual(samples.featureNames, expected.features);
    assert.equal(storageOf(samples) instanceof Uint8Array, "image" in source, "images stay bytes");
  });
}

for (const [source, code, message] of [
  [
    { path: "ragged.parquet", label: "label" },
    "shape-mismatch",
    "Row 1 has 2 values, the first one 1. Lists in a column are of one length: cut or pad them.",
  ],
  [{ path: "numbers.parquet", label: "sort" }, "missing-column", 'There is no column "sort".'],
  [
    { path: "numbers.parquet", label: "age", features: [{ column: "kind", as: "number" }] },
    "not-a-number",
    'Column "kind" has text here where a number is needed: mend it, or say that it is a category, { "column": …, "as": "category" } (row 0).',
  ],
  [
    { path: shards, label: "label", features: ["image"] },
    "not-a-number",
    'Column "image" holds bytes; of images, name it by `image`.',
  ],
  [
    { path: shards, label: "label" },
    "missing-column",
    "No column beside the label holds numbers, texts or dates.",
  ],
  [{ path: "none-*.parquet", label: "label" }, "missing-file", "No file has a name of this pattern."],
  [{ path: "*s.parquet", label: "label" }, "missing-column", "The columns are not those of gaps.parquet."],
  [{ path: "make.py", label: "label" }, "corrupt", /^This is no whole Parquet file: /],
  [{ path: "lists.parquet", label: "label", shape: [2, 2] }, "shape-mismatch", /does not fit into the shape/],
] as const) {
  test(`refused: ${JSON.stringify(source)}`, async () => {
    const found = await load(source as never);
    assert.ok("code" in found, "it was read");
    assert.equal(found.code, code);
    if (typeof message === "string") assert.equal(found.message, message);
    else assert.match(found.message, message);
  });
}

test("a table that is cut off, or is called so and is none, is said to be no whole one", async (context) => {
  const folder = await temporaryDirectory(context);
  const whole = await readFile(join(fixtures, "numbers.parquet"));
  const wordsOf = async (content: Uint8Array) => {
    await writeFile(join(folder, "t.parquet"), content);
    const source = { type: "parquet", path: "t.parquet", label: "kind" } as const;
    const found = await loadSource(source, folder);
    return "code" in found ? [found.code, found.message] : "loaded";
  };
  assert.equal(await wordsOf(whole), "loaded");
  assert.deepEqual(await wordsOf(whole.subarray(0, whole.length >> 1)), [
    "corrupt",
    'This is no whole Parquet file: it does not end with "PAR1", so it is cut off. Copy or write it again.',
  ]);
  assert.deepEqual(await wordsOf(Buffer.concat([Buffer.from("none"), whole.subarray(4)])), [
    "corrupt",
    'This is no whole Parquet file: it does not begin with "PAR1".',
  ]);
  assert.equal((await wordsOf(whole.subarray(0, 3)))[0], "corrupt");
});

test("columns that are no features by themselves are said, unless features are named", async () => {
  const source = { path: "odd.parquet", label: "label" };
  const found = await load(source as never);
  assert.ok(!("code" in found), JSON.stringify(found));
  assert.deepEqual(found.featureNames, ["share"]);
  assert.deepEqual(
    found.remarks?.map(({ code, message }) => [code, message.split(":")[0]]),
    [["columns-left-out", 'Columns "bytes", "lasts" are left out']],
  );
  const named = await load({ ...source, features: ["share"] } as never);
  assert.ok(!("code" in named));
  assert.equal(named.remarks, undefined);
});

test("beside training samples their columns are found by name, and their classes hold", async (t) => {
  const like = await load({ path: "numbers.parquet", label: "kind", features: ["share", "age"] });
  assert.ok(!("code" in like));
  const samples = await load({ path: "numbers.parquet", label: "kind", take: 1 }, { like });
  assert.ok(!("code" in samples), JSON.stringify(samples));
  assert.deepEqual(
    [Array.from(storageOf(samples)), Array.from(samples.labels), samples.count],
    [[0.5, 31], [1], 1],
  );
  const pictures = await load({ path: shards, label: "label", image: "image" });
  assert.ok(!("code" in pictures));
  const again = await load({ path: shards, label: "label", image: "image", take: 1 }, { like: pictures });
  assert.deepEqual("code" in again ? again : [Array.from(again.labels), again.classNames], [
    [1],
    ["cat", "dog"],
  ]);
  const folder = await temporaryDirectory(t);
  await cp(fixtures, folder, { recursive: true });
  const more = await load({ path: "numbers.parquet" } as never, { like, labels: "none" }, folder);
  assert.deepEqual("code" in more ? more : [Array.from(more.labels), more.classes], [[-1, -1, -1, -1], 2]);
});

test("cut off at any place it is a problem", async (t) => {
  const folder = await temporaryDirectory(t);
  const whole = join(fixtures, "numbers.parquet");
  const { length } = await readFile(whole);
  for (let bytes = 0; bytes < length; bytes += 37) {
    await copyFile(whole, join(folder, "cut.parquet"));
    await truncate(join(folder, "cut.parquet"), bytes);
    const found = await load({ path: "cut.parquet", label: "kind" }, {}, folder);
    assert.equal("code" in found && found.code, bytes === 0 ? "empty-file" : "corrupt", `${bytes} bytes`);
  }
});

test("a description says rows and columns from the footers of all shards, and shows the first images", async () => {
  const [images, numbers] = await Promise.all([
    describeFile(join(fixtures, shards), { format: "parquet", parquet: { image: "image", label: "label" } }),
    describeFile(join(fixtures, "numbers.parquet"), { format: "parquet", parquet: { label: "kind" } }),
  ]);
  assert.partialDeepStrictEqual(images, {
    count: 3,
    shape: [4, 4, 3],
    dtype: "uint8",
    classNames: ["cat", "dog"],
  });
  const { thumbnails = [] } = images as { thumbnails?: readonly string[] };
  assert.equal(thumbnails.length, 3);
  const beginning = "data:image/png;base64,";
  assert.ok(thumbnails.every((uri) => uri.startsWith(beginning)));
  const widths = thumbnails.map((uri) => Buffer.from(uri.slice(beginning.length), "base64").readUInt32BE(16));
  assert.ok(
    widths.every((width) => width >= 24),
    `images of 4 by 4 are shown ${widths} pixels wide`,
  );
  assert.partialDeepStrictEqual(numbers, { count: 4, shape: [3], featureNames: ["age", "share", "isNew"] });
});

test("a description says what the cells of each column are, as that of other tables does", async (t) => {
  const data = (cell: (row: number) => unknown) => Array.from({ length: 1200 }, (_, row) => cell(row));
  const written = parquetWriteBuffer({
    columnData: [
      { name: "work", type: "STRING", data: data((row) => ["private", "state", null][row % 3]) },
      { name: "age", type: "INT32", data: data((row) => 20 + (row % 50)) },
      { name: "label", type: "INT32", data: data((row) => row % 2) },
    ],
  });
  const folder = await filesIn(t, { "t.parquet": new Uint8Array(written) });
  const described = await describeFile(join(folder, "t.parquet"), {
    format: "parquet",
    parquet: { label: "label" },
  });
  const frequent = [
    ["private", 334],
    ["state", 333],
  ] as const;
  assert.partialDeepStrictEqual(described, {
    count: 1200,
    columnFacts: [
      { name: "work", as: "category", missing: 333, different: 2, frequent },
      { name: "age", as: "number", missing: 0, range: [20, 69] },
    ],
  });
});

test("parts of columns of many pages are their cells, whether values are missing or words repeat", async (t) => {
  const [rows, columns] = [20_000, 96];
  const cell = (row: number, column: number) =>
    column === 1 ? row * 3 : row % (column + 5) === 0 ? null : `word ${(row * (column + 1)) % 50}`;
  const written = parquetWriteBuffer({
    columnData: Array.from({ length: columns }, (_, column) => ({
      name: `c${column}`,
      type: column === 1 ? "INT32" : "STRING",
      data: Array.from({ length: rows }, (_, row) => cell(row, column)),
      offsetIndex: false,
    })),
    pageSize: 2000,
    rowGroupSize: rows,
  });
  const folder = await filesIn(t, { "t.parquet": new Uint8Array(written) });
  const file = await openParquet(join(folder, "t.parquet"));
  assert.ok(!("code" in file), JSON.stringify(file));
  const asked = file.columns.map(({ name }) => name);
  let [row, parts] = [777, 0];
  for await (const lists of file.cellsOf(asked, row, rows - 5)) {
    const count = lists[0]?.length ?? 0;
    for (const [column, list] of lists.entries())
      for (let i = 0; i < count; i += column < 2 ? 1 : 97) {
        const found = list[i];
        const read = found instanceof Uint8Array ? Buffer.from(found).toString() : (found ?? null);
        assert.equal(read, cell(row + i, column));
      }
    row += count;
    parts++;
  }
  await file.close();
  assert.deepEqual([row, parts], [rows - 5, 2]);
});

test("numbers of a row group are decoded in few parts", async () => {
  const file = await openParquet(join(fixtures, "wide.parquet"));
  assert.ok(!("code" in file), JSON.stringify(file));
  const parts: number[] = [];
  for await (const [first] of file.cellsOf(
    file.columns.map(({ name }) => name),
    0,
    file.rows,
  ))
    parts.push(first?.length ?? 0);
  await file.close();
  assert.deepEqual(parts, [100_000]);
});
