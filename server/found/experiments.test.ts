import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { zipSync } from "fflate";
import { parquetWriteBuffer } from "hyparquet-writer";
import { plain } from "../../test/support/imageFiles.ts";
import { fixture } from "../../test/support/onnxModel.ts";
import { checkFile } from "../api/checkFile.ts";
import { npyBytes, npzBytes } from "../data/formats/writeNpz.ts";
import { setReadingPolicy } from "../data/reading.ts";
import { isShare } from "../heldBack.ts";
import { makeMissing } from "../sampleFiles/makeMissing.ts";
import { experimentsOnFiles } from "./experiments.ts";

const guides = fileURLToPath(new URL("../../test/fixtures/guides/", import.meta.url));

async function folderWith(context: TestContext, files: Readonly<Record<string, string | Uint8Array>>) {
  const folder = await mkdtemp(join(tmpdir(), "found-"));
  context.after(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** On a busy machine, too. */
const patient = 60_000;

const rows = (count: number, row: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => `${row(index)}\n`).join("");
const numbers = (...shape: number[]) => {
  const count = shape.reduce((a, b) => a * b, 1);
  return { shape, values: Float32Array.from({ length: count }, (_, at) => (at % 7) / 7) };
};
const classes = (count: number) => ({
  shape: [count],
  values: Float32Array.from({ length: count }, (_, at) => at % 3),
});

const greyPicture = await plain([90]);
const pictures = await Promise.all(Array.from({ length: 12 }, (_, i) => plain([20 * i, 9, 9])));

const kinds: readonly {
  readonly name: string;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly words: string;
  readonly choice?: string;
  readonly source: object;
  readonly task?: string;
  readonly exclude?: readonly number[];
  /** A tokenizer is there. */
  readonly isTokenized?: boolean;
  /** A file is of the test. */
  readonly isTested?: boolean;
}[] = [
  {
    name: "arrays of real numbers, some of them absent",
    files: {
      "a.npz": npzBytes({
        x: numbers(60, 5),
        y: {
          shape: [60],
          values: Float32Array.from({ length: 60 }, (_, at) => (at % 9 ? at / 7 : Number.NaN)),
        },
      }),
    },
    words: "a.npz: 60 samples, 1 number each",
    source: { type: "npz", path: "a.npz", features: "x", labels: "y" },
    task: "regression",
  },
  {
    name: "arrays as scikit-learn calls them",
    files: { "digits.npz": npzBytes({ images: numbers(60, 4, 4), target: classes(60) }) },
    words: "digits.npz: 60 samples, 3 classes",
    source: { type: "npz", path: "digits.npz", features: "images", labels: "target" },
  },
  {
    name: "a table with its rows' numbers, as pandas writes it, and a column without a value",
    files: {
      "people.csv": `,age,note,plan\n${rows(60, (i) => `${i},${20 + ((i * 7) % 40)},,${i % 3 ? "gold" : "basic"}`)}`,
    },
    words: "people.csv: 60 rows, column plan has 2 values",
    source: { type: "csv", path: "people.csv", label: "plan", features: ["age"] },
  },
  {
    name: "a table beside the likeliest classes that a teacher has stored for it",
    files: {
      "said.jsonl": rows(60, (i) =>
        JSON.stringify({ id: i, indices: [i % 3, (i + 1) % 3], values: [0.7, 0.2] }),
      ),
      "train.csv": `a,b,label\n${rows(60, (i) => `${(i * 7) % 11},${(i * 5) % 13},${i % 3}`)}`,
    },
    words: "train.csv: 60 rows, column label is a whole number from 0 to 2",
    source: { type: "csv", path: "train.csv", label: "label" },
  },
  {
    name: "a table, whose rows are not learned from their numbers or names",
    files: {
      "passengers.csv": `PassengerId,Name,Age,Survived\n${rows(90, (i) => `${i},Mr. Person Number ${i * 7},${20 + (i % 40)},${i % 2}`)}`,
    },
    words: "passengers.csv: 90 rows, column Survived has 2 values",
    source: { type: "csv", path: "passengers.csv", label: "Survived", features: ["Age"] },
  },
  {
    name: "a coordinate y beside a last column of two words",
    files: {
      "points.csv": `x,y,inside\n${rows(60, (i) => `${Math.sin(i)},${Math.cos(i) * 2.5},${i % 3 ? "yes" : "no"}`)}`,
    },
    words: "points.csv: 60 rows, column inside has 2 values",
    source: { type: "csv", path: "points.csv", label: "inside" },
    choice:
      'Column "inside" is the label, as the last column, of few values. To learn another one, write it as "label", for example "y"',
  },
  {
    name: "classes called y beside a last column of two words",
    files: {
      "points.csv": `y,size,married\n${rows(60, (i) => `${i % 3},${Math.cos(i) * 2.5},${i % 3 ? "yes" : "no"}`)}`,
    },
    words: "points.csv: 60 rows, column y is a whole number from 0 to 2",
    source: { type: "csv", path: "points.csv", label: "y" },
    choice:
      'Column "y" is the label, as its name says. To learn another one, write it as "label", for example "married"',
  },
  {
    name: "a number called y that is all there is to learn",
    files: { "line.csv": `y,a,b\n${rows(60, (i) => `${Math.sin(i)},${i / 3},${Math.cos(i)}`)}` },
    words: "line.csv: 60 rows, column y is a number",
    source: { type: "csv", path: "line.csv", label: "y" },
    task: "regression",
  },
  {
    name: "numbers to be predicted, and a part for the test",
    files: Object.fromEntries(
      ["train", "test"].map((split, at) => [
        `data/${split}.csv`,
        `a,b,price\n${rows(40, (i) => `${i % 5},${i / 3 + at},${i * 1.37}`)}`,
      ]),
    ),
    words: "data/train.csv: 40 rows, column price is a number",
    source: { type: "csv", path: "data/train.csv", label: "price" },
  },
  {
    name: "a table of categories and dates, and cells without a value",
    files: {
      "customers.csv": `customer_id,age,plan,since,churn\n${rows(60, (i) => `c${i},${i % 9 === 0 ? "" : 20 + (i % 40)},${i % 3 ? "basic" : '"pro, annual"'},2024-01-${10 + (i % 20)},${i % 2 ? "yes" : "no"}`)}`,
    },
    words: "customers.csv: 60 rows, column churn has 2 values",
    source: { type: "csv", path: "customers.csv", label: "churn", features: ["age", "plan", "since"] },
  },
  {
    name: "whole numbers that measure, beside categories",
    files: {
      "houses.csv": `area,kind,price\n${rows(70, (i) => `${30 + i * 3},${i % 2 ? "flat" : "house"},${100_000 + i * 1709}`)}`,
    },
    words: "houses.csv: 70 rows, column price is a number",
    source: { type: "csv", path: "houses.csv", label: "price" },
    task: "regression",
  },
  {
    name: "several labels a row, in a list",
    files: {
      "songs.jsonl": rows(60, (i) =>
        JSON.stringify({
          moods: ["calm", "sad", "loud"].filter((_, at) => (i + at) % (at + 2) === 0),
          tempo: 60 + (i % 50),
          key: i % 12,
        }),
      ),
    },
    words: "songs.jsonl: 60 rows, column moods has 3 labels, any number of them a row",
    source: { type: "jsonl", path: "songs.jsonl", label: "moods" },
  },
  {
    name: "a competition, whose test part has no labels, with names and tickets of which nothing is learned",
    files: {
      "train.csv": `PassengerId,Survived,Name,Sex,Ticket\n${rows(120, (i) => `${i},${i % 2},"Smith, Mr. John ${i}",${i % 3 ? "male" : "female"},A/5 ${i * 37}`)}`,
      "test.csv": `PassengerId,Name,Sex,Ticket\n${rows(30, (i) => `${i},"Smith, Mr. Jim ${i}",male,A/5 ${i}`)}`,
    },
    words: "train.csv: 120 rows, column Survived has 2 values; test.csv has no such column",
    source: { type: "csv", path: "train.csv", label: "Survived", features: ["Sex"] },
    isTested: false,
  },
  {
    name: "all shards of a Parquet table with a text",
    files: Object.fromEntries(
      [0, 1].map((shard) => [
        `data/train-0000${shard}-of-00002.parquet`,
        new Uint8Array(
          parquetWriteBuffer({
            columnData: [
              {
                name: "sentence",
                type: "STRING",
                data: Array.from({ length: 60 }, (_, i) => `film ${shard} was seen by ${i * 31} people`),
              },
              { name: "label", type: "INT32", data: Array.from({ length: 60 }, (_, i) => i % 2) },
            ],
          }),
        ),
      ]),
    ),
    words: "data/train-*.parquet: 120 rows, column label has 2 values",
    source: {
      type: "text",
      path: "data/train-*.parquet",
      text: "sentence",
      label: "label",
      tokenizer: "tokenizer.json",
      maxLength: 64,
    },
    isTokenized: false,
  },
  {
    name: "a folder of texts for each class",
    files: Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`train/${i % 2 ? "pos" : "neg"}/${i}.txt`, `a film of ${i}`]),
    ),
    words: "train: 12 texts, 2 classes",
    source: { type: "text", folder: "train", tokenizer: "tokenizer.json", maxLength: 64 },
    isTokenized: false,
  },
  {
    name: "grades, which start at 3",
    files: { "wine.csv": `acidity,alcohol,quality\n${rows(90, (i) => `${i / 7},${i % 9},${3 + (i % 6)}`)}` },
    words: "wine.csv: 90 rows, column quality is a whole number from 3 to 8",
    source: { type: "csv", path: "wine.csv", label: "quality" },
    exclude: [0, 1, 2],
  },
  {
    name: "arrays whose classes are numbered from 1",
    files: {
      "a.npz": npzBytes({
        x: numbers(60, 4),
        y: { shape: [60], values: Float32Array.from({ length: 60 }, (_, at) => 1 + (at % 3)) },
      }),
    },
    words: "a.npz: 60 samples, 3 classes from 1 on",
    source: { type: "npz", path: "a.npz", features: "x", labels: "y" },
    exclude: [0],
  },
  {
    name: "JSON Lines",
    files: { "rows.jsonl": rows(30, (i) => JSON.stringify({ a: i, b: i % 4, kind: i % 2 ? "u" : "v" })) },
    words: "rows.jsonl: 30 rows, column kind has 2 values",
    source: { type: "jsonl", path: "rows.jsonl", label: "kind" },
  },
  {
    name: "a table of images that lie below another folder",
    files: {
      "tables/train.csv": `file,kind\n${rows(12, (i) => `images/${i}.png,${i % 2 ? "cat" : "dog"}`)}`,
      "images/notes.txt": "",
      ...Object.fromEntries(pictures.map((bytes, i) => [`data/images/${i}.png`, bytes])),
    },
    words: "tables/train.csv: 12 rows, column kind has 2 values",
    source: {
      type: "images",
      table: "tables/train.csv",
      path: "file",
      root: "data",
      label: "kind",
      size: [4, 4],
    },
  },
  {
    name: "a folder of images of which the first is grey, and others have colours",
    files: {
      ...Object.fromEntries(pictures.map((bytes, i) => [`pics/${i % 2 ? "cat" : "dog"}/${i}.png`, bytes])),
      "pics/cat/0.png": greyPicture,
    },
    words: "pics: 13 images, 2 classes",
    source: { type: "images", folder: "pics", size: [4, 4], channels: 3 },
  },
  {
    name: "images in folders of classes, one of a format that is not read",
    files: {
      "pics/cat/0.bmp": "BM",
      ...Object.fromEntries(pictures.map((bytes, i) => [`pics/${i % 2 ? "cat" : "dog"}/${i}.png`, bytes])),
    },
    words: "pics: 13 images, 2 classes",
    source: { type: "images", folder: "pics", size: [4, 4], onBroken: "skip" },
  },
  {
    name: "a table with two columns of which each may be a label by its name",
    files: {
      "people.csv": `age,income,churned\n${rows(60, (i) => `${20 + (i % 40)},${3000 + i * 1.5},${i % 2 ? "yes" : "no"}`)}`,
    },
    words: "people.csv: 60 rows, column churned has 2 values",
    choice:
      'Column "churned" is the label, as its name says. To learn another one, write it as "label", for example "income"',
    source: { type: "csv", path: "people.csv", label: "churned" },
  },
  {
    name: "arrays as PyTorch has them",
    files: { "x_train.npy": npyBytes(numbers(12, 3, 16, 16)), "y_train.npy": npyBytes(classes(12)) },
    words: "x_train.npy: 12 samples, 3 classes",
    source: { type: "npy", features: "x_train.npy", labels: "y_train.npy", layout: "channelsFirst" },
  },
  {
    name: "arrays of an archive",
    files: {
      "all.npz": npzBytes({ images: numbers(12, 20, 20, 1), labels: classes(12), more: numbers(2, 2) }),
    },
    words: "all.npz: 12 samples, 3 classes",
    source: { type: "npz", path: "all.npz", features: "images", labels: "labels" },
  },
];

for (const { name, files, words, choice, source, task, exclude, isTested, isTokenized = true } of kinds)
  test(`offered is an experiment that is right: ${name}`, async (context) => {
    const folder = await folderWith(context, files);
    const {
      found: [offer, ...others],
    } = await experimentsOnFiles(folder, folder, patient);
    assert.deepEqual(others, []);
    const first = isTokenized ? "A teacher is" : "A tokenizer is made of its words, and a teacher";
    assert.equal(offer?.description, `${words}. ${first} trained first`);
    if (choice !== undefined) {
      assert.equal(offer.note, choice);
      assert.ok(offer.text.includes(`// ${choice}\n`), offer.text);
    }
    if (!isTokenized) assert.deepEqual(await makeMissing(offer.text, folder), ["tokenizer.json"]);
    const { diagnostics, experiment } = await checkFile(offer.text, folder);
    assert.deepEqual(
      diagnostics.filter(({ severity, code }) => severity === "error" || code === "odd-classes"),
      [],
    );
    assert.deepEqual({ ...experiment.data.train }, source);
    if (task !== undefined) assert.equal(experiment.task, task);
    assert.equal(
      !isShare(experiment.data.test),
      isTested ?? Object.keys(files).some((path) => path.includes("test")),
    );
    assert.deepEqual(experiment.data.exclude, exclude);
  });

test("which columns are no features, and why, is said and stands in the file", async (context) => {
  const months = ["Jan", "Feb", "May", "Nov"];
  const folder = await folderWith(context, {
    "t.csv": `id,when,us,iso,name,empty,size,label\n${rows(90, (i) => {
      const [day, hour] = [String(1 + (i % 28)).padStart(2, "0"), String(i % 24).padStart(2, "0")];
      const us = `"${months[i % 4]} ${day}, ${1900 + i}"`;
      return `${i},${day}/05/2024 ${hour}:20:${10 + (i % 50)},${us},2024-05-${day},Mr. Number ${i},,${i / 7},${i % 3}`;
    })}`,
  });
  const {
    found: [offer],
  } = await experimentsOnFiles(folder, folder, patient);
  const line =
    'Left out of the features: "id", which numbers the rows, as its name says; "when", which looks like dates; "us", which looks like dates; "name", with another text in nearly every row; "empty", without a value in any row. Numbers are read as 1234.5, dates as 2024-05-31';
  assert.ok(offer);
  assert.ok(offer.text.includes(`  // ${line}\n`), offer.text);
  assert.ok(offer.note?.endsWith(`. ${line}`), offer.note);
  const { experiment } = await checkFile(offer.text, folder);
  const source = { type: "csv", path: "t.csv", label: "label", features: ["iso", "size"] };
  assert.deepEqual({ ...experiment.data.train }, source);
});

test("a table that check refuses is not offered", async (context) => {
  const folder = await folderWith(context, {
    "sorted.csv": `a,b,label\n${rows(40, (i) => `${i},${i % 7 === 3 ? "" : i / 2},${i < 39 ? "no" : "yes"}`)}`,
    "empty.csv": `a,b,label\n${rows(40, (i) => `,,${i % 2 ? "no" : "yes"}`)}`,
  });
  const { found: offers, leftOut } = await experimentsOnFiles(folder, folder, patient);
  for (const { text } of offers) {
    const { diagnostics } = await checkFile(text, folder);
    assert.ok(!diagnostics.some(({ severity }) => severity === "error"), text);
  }
  assert.ok(!offers.some(({ label }) => label.includes("empty.csv")), JSON.stringify(offers, null, 1));
  const why =
    "as no experiment on it passes `distill check`: empty.csv: Every column is the same in all training samples";
  assert.deepEqual(leftOut.at(0), { path: "empty.csv", why });
});

test("of what lacks a part, in a folder without data, it is said which part", async (context) => {
  const folder = await folderWith(context, {});
  await cp(join(guides, "pytorch-to-browser"), folder, { recursive: true });
  const { found } = await experimentsOnFiles(folder, folder, patient);
  assert.ok(found.length > 0);
  const model = (await readdir(folder)).find((name) => name.endsWith(".onnx")) ?? assert.fail();
  const alone = await folderWith(context, { "a.png": "", "b.png": "", "x.npy": "", "w.safetensors": "" });
  await cp(join(folder, model), join(alone, model));
  const { leftOut } = await experimentsOnFiles(alone, alone, patient);
  assert.deepEqual(leftOut, [
    { path: "x.npy", why: "as no array with a name like its own, such as x.npy and y.npy, has its labels" },
    {
      path: ".",
      why: "as its 2 images have no classes: a folder for each class, or a table that names them",
    },
    { path: model, why: "as no samples lie there that it could teach on" },
    {
      path: "w.safetensors",
      why: "as weights alone are no network: export it in Python as ONNX, or write its layers and start from these as `weights`",
    },
  ]);
});

test("a table that pandas writes in JSON is offered with an object a line, and else it is told how to write it", async (context) => {
  const cells = (of: (index: number) => number) => Object.fromEntries(range.map((i) => [i, of(i)]));
  const range = Array.from({ length: 30 }, (_, i) => i);
  const row = (i: number) => ({ a: i / 7, label: i % 2 });
  const columns = JSON.stringify({ a: cells((i) => i / 7), label: cells((i) => i % 2) });
  const split = { columns: ["a", "label"], index: range, data: range.map((i) => [i / 7, i % 2]) };
  const folder = await folderWith(context, {
    "lines.json": rows(30, (i) => JSON.stringify(row(i))),
    "columns.json": columns,
    "index.json": JSON.stringify(Object.fromEntries(range.map((i) => [i, row(i)]))),
    "records.json": JSON.stringify(range.map(row)),
    "long.json": `${JSON.stringify(range.map(row)).slice(0, -1)}${" ".repeat(2 ** 22)}]`,
    "split.json": JSON.stringify(split),
    "table.json": JSON.stringify({ schema: { fields: [{ name: "a" }] }, data: range.map(row) }),
    "values.json": JSON.stringify(split.data),
    "settings.json": `{ "a": { "b": 1 } }`,
    "indented.json": JSON.stringify({ a: 1, label: 2 }, null, 2),
  });
  const { found, leftOut } = await experimentsOnFiles(folder, folder, patient);
  assert.deepEqual(
    found.map(({ label }) => label),
    ["Distil on lines.json"],
  );
  assert.match(
    found[0]?.text ?? "",
    /"train": \{ "type": "jsonl", "path": "lines\.json", "label": "label" \}/,
  );
  const said: Readonly<Record<string, RegExp>> = {
    "columns.json": /: This line is a whole table\./,
    "index.json": /: This line is a whole table\./,
    "long.json": /: A line is longer than 4194304 characters\./,
    "records.json": /: This line is no object\./,
    "split.json": /: This line is a whole table\./,
    "table.json": /: This line is a whole table\./,
    "values.json": /: This line is no object\./,
  };
  assert.deepEqual(leftOut.map(({ path }) => path).toSorted(), Object.keys(said));
  for (const { path, why } of leftOut) {
    assert.match(why, said[path] ?? assert.fail(path));
    assert.match(why, /to_json\(…, orient="records", lines=True\)$/);
  }
});

test("a table that is too large to read while a person waits is offered by its first rows, a wide one, too", async (context) => {
  const beside = "0.25,".repeat(800);
  const names = Array.from({ length: 800 }, (_, i) => `g${i},`).join("");
  const table = (count: number, label: (index: number) => string) =>
    `${names}label\n${rows(count, (i) => `${i}.5${beside.slice(4)}${label(i)}`)}`;
  for (const [count, label, words, written] of [
    [
      1100,
      (i) => ["oak", "ash", "yew"][i % 3],
      "of the first 1,000 rows, column label has 3 values",
      /temperature/,
    ],
    [1100, (i) => `${i / 7}`, "of the first 1,000 rows, column label is a number", /"task": "regression"/],
    [1010, (i) => `${i * 9}`, "of the first 1,000 rows, column label is a number", /"task": "regression"/],
    [40, (i) => `${i % 2}${" ".repeat(110_000)}`, "40 rows, column label has 2 values", /"batchSize": 32/],
  ] as readonly (readonly [number, (index: number) => string, string, RegExp])[]) {
    const text = table(count, label);
    assert.ok(text.length > 4_000_000, `${text.length}`);
    const folder = await folderWith(context, { "large.csv": text });
    const { found, leftOut } = await experimentsOnFiles(folder, folder, patient);
    assert.deepEqual(leftOut, []);
    assert.deepEqual(
      found.map(({ description }) => description),
      [`large.csv: ${words}. A teacher is trained first`],
    );
    assert.match(found[0]?.text ?? "", written);
  }
});

/** An array of zeros, of whatever type. */
function zeros(descr: string, shape: string, bytes: number): Uint8Array {
  const header = `{'descr': ${descr}, 'fortran_order': False, 'shape': (${shape}), }`.padEnd(117);
  const beginning = Buffer.from("\x93NUMPY\x01\0\x76\0", "latin1");
  return Buffer.concat([beginning, Buffer.from(`${header}\n`), Buffer.alloc(bytes)]);
}

test("of data of types that are not read, it is said which type it is and what to make of it", async (context) => {
  const x = npyBytes(numbers(40, 3));
  const folder = await folderWith(context, {
    "words.npz": zipSync({ "x.npy": x, "y.npy": zeros("'<U3'", "40,", 480) }),
    "apart.npz": npzBytes({ height: numbers(40), weight: numbers(40) }),
    "s.npy": zeros("[('a', '<f8'), ('label', '<i8')]", "40,", 640),
    "long.npy": zeros("'<f16'", "40, 3", 1920),
    "rows.csv": `id,user_id,label\n${rows(40, (i) => `${i},${i * 3},${i % 2 ? "no" : "yes"}`)}`,
    "pics/cats/a.bmp": "BM",
    "pics/cats/b.bmp": "BM",
    "net.pt": "PK",
  });
  const { found, leftOut, networks } = await experimentsOnFiles(folder, folder, patient);
  assert.deepEqual(found, []);
  const said: Readonly<Record<string, RegExp>> = {
    "words.npz":
      /: words\.npz\/y\.npy: The element type <U3 is not supported\. Text has to be numbers first: .*unique/,
    "apart.npz":
      /: Of its arrays, "height", "weight", none is called as the labels of another one, such as "y" b/,
    "s.npy": /^as it is not read: Its elements are records of several fields.*numpy\.savez/,
    "long.npy":
      /^as it is not read: The element type <f16 .*Of such numbers make float64: x\.astype\("float64"\)$/,
    "rows.csv": /: Its columns number or name the rows: none is left to learn from/,
    "pics/cats": /^as its 2 images are \.bmp, and PNG, JPEG and WebP are read\. In Python: PIL\.Image/,
    "net.pt": /^as this is a PyTorch file, which is not supported\. Export it in Python/,
  };
  assert.deepEqual(leftOut.map(({ path }) => path).toSorted(), Object.keys(said).toSorted());
  for (const { path, why } of leftOut) assert.match(why, said[path] ?? assert.fail(path));
  assert.deepEqual(
    networks.map(({ path }) => path),
    ["net.pt"],
  );
});

test("of several networks the largest is offered first, and one that is called a student last", async (context) => {
  const shape = ["batch", 2, 3, 3];
  const folder = await folderWith(context, {
    "data.npz": npzBytes({
      x: numbers(60, 2, 3, 3),
      y: { shape: [60], values: Float32Array.from({ length: 60 }, (_, at) => at % 4) },
    }),
    "a-student.onnx": fixture({ shape, more: 300 }),
    "b.onnx": fixture({ shape }),
    "c.onnx": fixture({ shape, more: 200 }),
  });
  const { found } = await experimentsOnFiles(folder, folder, patient);
  assert.deepEqual(
    found.map(({ label }) => label.replace("Distil ", "")),
    ["c.onnx on data.npz", "b.onnx on data.npz", "a-student.onnx on data.npz"],
  );
});

test("an export of a student is offered behind a teacher that is trained first, and behind a network from elsewhere", async (context) => {
  const shape = ["batch", 2, 3, 3];
  const samples = {
    x: numbers(60, 2, 3, 3),
    y: { shape: [60], values: Float32Array.from({ length: 60 }, (_, at) => at % 4) },
  };
  const card = { run: "20261201-a", output: "logits", parameters: "72" };
  const files = {
    "data.npz": npzBytes(samples),
    ...Object.fromEntries(
      Array.from({ length: 5 }, (_, at) => [`${at}.onnx`, fixture({ shape, more: 300, metadata: card })]),
    ),
  };
  const labels = async (folder: string) =>
    (await experimentsOnFiles(folder, folder, patient)).found.map(({ label }) => label);
  const alone = await folderWith(context, files);
  assert.deepEqual((await labels(alone)).slice(0, 2), ["Distil on data.npz", "Distil 0.onnx on data.npz"]);
  const { found } = await experimentsOnFiles(alone, alone, patient);
  assert.match(
    found[1]?.description ?? "",
    /, a student \(run 20261201-a\) that may have learned from these samples$/,
  );
  const beside = await folderWith(context, { ...files, "z.onnx": fixture({ shape }) });
  assert.deepEqual((await labels(beside)).slice(0, 2), [
    "Distil z.onnx on data.npz",
    "Distil 0.onnx on data.npz",
  ]);
});

test("a network of integers sees samples as they are, and one that takes none of them is told of", async (context) => {
  const folder = await folderWith(context, {
    "data.npz": npzBytes({
      x: numbers(60, 2, 3, 3),
      y: { shape: [60], values: Float32Array.from({ length: 60 }, (_, at) => at % 4) },
    }),
    "tokens.onnx": fixture({ type: "int64", shape: ["batch", 2, 3, 3] }),
    "wide.onnx": fixture({ shape: ["batch", 7] }),
  });
  const { found, networks } = await experimentsOnFiles(folder, folder, patient);
  assert.deepEqual(
    found.map(({ label }) => label),
    ["Distil tokens.onnx on data.npz"],
  );
  const { experiment } = await checkFile(found[0]?.text ?? "", folder);
  assert.deepEqual([experiment.teacher?.type, experiment.data.normalize], ["onnx", "fit"]);
  assert.match(found[0]?.text ?? "", /"normalize": { "scale": 1 }/);
  assert.deepEqual(
    networks.map(({ path }) => path),
    ["wide.onnx"],
  );
  assert.match(networks[0]?.why ?? "", /^as no experiment with it on data\.npz passes `distill check`: .*7/);
});

test("a network that lies beside samples that it takes teaches on them; paths start at the experiment's folder", async (context) => {
  const folder = await folderWith(context, {});
  await cp(join(guides, "pytorch-to-browser"), join(folder, "digits"), { recursive: true });
  await cp(join(guides, "few-labels"), join(folder, "photos"), { recursive: true });
  await mkdir(join(folder, "experiments"));
  const { found: offers } = await experimentsOnFiles(join(folder, "experiments"), folder, patient);
  const labels = offers.map(({ label }) => label);
  assert.ok(labels.includes("Distil digits/teacher.onnx on digits/train-x.npy"), labels.join("\n"));
  assert.ok(labels.includes("Distil photos/teacher.onnx on photos/labelled"), labels.join("\n"));
  const digits = offers.find(({ label }) => label.includes("digits/teacher"));
  assert.match(digits?.description ?? "", /10 classes\. digits\/teacher\.onnx: 10 outputs, \[1, 8, 8\]$/);
  for (const { text } of offers) {
    const { diagnostics } = await checkFile(text, join(folder, "experiments"));
    assert.ok(!diagnostics.some(({ severity }) => severity === "error"), text);
    assert.match(text, /"\.\.\/(digits|photos)\//);
  }
});

test("texts get a tokenizer where there is none", async (context) => {
  const reviews = `review,sentiment\n${rows(80, (i) => `a film that ${i} people saw ${i * 3} times,${i % 2 ? "good" : "bad"}`)}`;
  const folder = await folderWith(context, { "reviews.csv": reviews });
  const {
    found: [offer],
  } = await experimentsOnFiles(folder, folder, patient);
  assert.match(
    offer?.description ?? "",
    /^reviews\.csv: 80 rows, column sentiment has 2 values\. A tokenizer is made/,
  );
  assert.equal(offer?.isIncomplete, true);
  assert.equal(offer?.name, "reviews");
});

/** A pipe that is read never ends; a loaded machine takes many seconds for the rest. */
test("what is none, and what lies in wait, is passed by", { timeout: 300_000 }, async (context) => {
  const name = process.platform === "win32" ? "odd } $(x).csv" : 'odd\n} $(x) "q".csv';
  const folder = await folderWith(context, {
    "noise.csv": Uint8Array.from({ length: 5000 }, (_, at) => (at * 7919) % 251),
    "noise.npy": "no array",
    "noise_labels.npy": "none either",
    "noise.npz": "PK\x03\x04 no archive",
    "model.onnx": "no model",
    "model.json": "{}",
    "node_modules/kept.csv": "a,label\n1,x\n2,y\n",
    [name]: `a,label\n${rows(30, (i) => `${i},${i % 2}`)}`,
  });
  if (process.platform !== "win32") {
    execFileSync("mkfifo", [join(folder, "pipe.csv")]);
    await symlink(folder, join(folder, "again"));
  }
  const { found: offers } = await experimentsOnFiles(folder, folder, patient);
  assert.equal(offers.length, 1, offers.map(({ label }) => label).join("\n"));
  const [offer] = offers;
  assert.doesNotMatch(`${offer?.label}${offer?.description}`, /\n/);
  assert.match(offer?.name ?? "", /^odd-[xq]$/);
  const { diagnostics } = await checkFile(offer?.text ?? "", folder);
  assert.deepEqual(
    diagnostics.map(({ code }) => code).filter((code) => code === "syntax"),
    [],
  );

  context.after(() => setReadingPolicy({ folders: [], isTrusted: true }));
  setReadingPolicy({ folders: [folder], isTrusted: false });
  assert.deepEqual(await experimentsOnFiles(folder, folder, patient), {
    found: [],
    leftOut: [],
    networks: [],
  });
});
