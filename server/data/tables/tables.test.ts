import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { CsvSource, JsonlSource } from "../../../schemas/experiment.gen.ts";
import type { ResolvedData } from "../../../schemas/resolvedExperiment.gen.ts";
import { filesIn } from "../../../test/support/dataFiles.ts";
import { storageOf } from "../../../test/support/storageOf.ts";
import { type PreparedData, prepareData } from "../../engine/train/prepare.ts";
import type { Samples } from "../samples.ts";
import type { LoadOptions } from "../sources/options.ts";
import { loadSource } from "../sources/sources.ts";
import { loadTable } from "./loadTable.ts";

/** What is in them says make.py, which asked pandas and scikit-learn for what is expected. */
const fixtures = fileURLToPath(new URL("../../../test/fixtures/tables", import.meta.url));

const features: CsvSource["features"] = [
  "age",
  { column: "workclass", as: "category", missing: "own" },
  { column: "hours", missing: "mostFrequent" },
  "married",
  { column: "joined", as: "date" },
];

async function prepare(data: object, folder = fixtures, cacheDirectory?: string): Promise<PreparedData> {
  const prepared = await prepareData(
    { normalize: { scale: 1, mean: 0, std: 1 }, ...data } as unknown as ResolvedData,
    { baseDirectory: folder, seed: 0, cacheDirectory },
  );
  assert.ok(!("problem" in prepared), JSON.stringify(prepared));
  return prepared;
}

test("a table is the same samples as CSV, JSON Lines and Parquet, and those that scikit-learn makes of it", async () => {
  const expected = JSON.parse(await readFile(join(fixtures, "expected.json"), "utf8"));
  const rows = (values: readonly number[][]) => Float32Array.from(values.flat());
  const hashes = new Set<string>();
  for (const type of ["csv", "jsonl", "parquet"]) {
    const { train, test, remarks } = await prepare({
      train: { type, path: `people.${type}`, label: "income", features },
      test: { type, path: `others.${type}`, label: "income" },
    });
    assert.deepEqual(storageOf(train), rows(expected.people), type);
    assert.deepEqual(test && storageOf(test), rows(expected.others), type);
    assert.deepEqual(train.featureNames, [
      "age",
      "workclass=Private",
      "workclass=Self-emp",
      "workclass=State-gov",
      "workclass=?",
      "hours",
      "married",
      "joined.year",
      "joined.month",
      "joined.day",
      "joined.weekday",
    ]);
    assert.deepEqual(
      [train.classNames, test?.classNames],
      [
        ["<=50K", ">50K"],
        ["<=50K", ">50K"],
      ],
    );
    assert.deepEqual(
      remarks.map(({ of, code }) => [of, code]),
      [["test", "unseen-categories"]],
    );
    hashes.add(`${train.contentHash} ${test?.contentHash}`);
  }
  assert.equal(hashes.size, 1, "the same bits of each format");
});

test("a table that stays on disk is fitted to what it is fitted to in memory, and read once", async (t) => {
  for (const given of [features, undefined])
    for (const type of ["csv", "jsonl", "parquet"]) {
      const folder = await filesIn(t, {});
      const source = (name: string) => ({ type, path: join(fixtures, `${name}.${type}`), label: "income" });
      const data = {
        train: { ...source("people"), ...(given && { features: given }) },
        validation: { split: 0.3 },
        test: source("others"),
      };
      const inMemory = await prepare(data);
      for (const what of ["first", "again"]) {
        const stored = await prepare({ ...data, storage: "disk" }, fixtures, join(folder, "cache"));
        for (const key of ["train", "validation", "test"] as const) {
          assert.equal(stored[key]?.values.inMemory, undefined, `${type} ${key} ${what}`);
          const { values: _, onDisk: __, ids: ___, places: ____, ...facts } = stored[key] ?? assert.fail();
          const { values: _v, onDisk: _o, ids: _i, places: _p, ...expected } = inMemory[key] ?? assert.fail();
          assert.deepEqual(facts, expected, `${type} ${key} ${what}`);
          assert.deepEqual(
            storageOf(stored[key] ?? assert.fail()),
            storageOf(inMemory[key] ?? assert.fail()),
          );
        }
        assert.deepEqual([stored.remarks, stored.records], [inMemory.remarks, inMemory.records]);
      }
      const kept = (await readdir(join(folder, "cache", "samples"))).filter((name) => name.endsWith(".rows"));
      assert.equal(kept.length, 3, "cells and features of the training samples, features of the others");
    }
});

test("columns that nobody declares are taken for what they hold, which is said", async () => {
  for (const type of ["csv", "jsonl", "parquet"]) {
    const { train, remarks } = await prepare({ train: { type, path: `people.${type}`, label: "income" } });
    assert.deepEqual(
      train.columns?.map(({ name, as, own = false }) => [name, as, own]),
      [
        ["age", "number", false],
        ["workclass", "category", true],
        ["hours", "number", false],
        ["married", "boolean", false],
        ["joined", "date", false],
      ],
      type,
    );
    const [inferred, leftOut, ...others] = remarks;
    assert.match(
      inferred?.message ?? "",
      /^"age" as number \(\d+ without a value: [\d.]+\), "workclass" as category of 3 \(\d+ without a value: one of its own\), /,
    );
    assert.equal(leftOut?.message, 'Column "country" is left out: the same in all training samples.');
    assert.deepEqual(others, []);
  }
});

test("what stands for an empty cell is told as short as other numbers", async (t) => {
  const folder = await filesIn(t, {
    "t.csv": `a,b,y\n${"0.11750495806336403,12345.678,1\n".repeat(3)},,0\n0.25,7,0\n`,
  });
  const { remarks } = await prepare({ train: { type: "csv", path: "t.csv", label: "y" } }, folder);
  assert.match(
    remarks[0]?.message ?? "",
    /^"a" as number \(1 without a value: 0\.1175\), "b" as number \(1 without a value: 12,346\) were taken /,
  );
});

test("the median of a category or of a boolean is refused, not taken for the most frequent", async (t) => {
  const folder = await filesIn(t, { "t.csv": "a,b,x,y\nred,true,1,0\n,,2,1\nblue,false,3,0\n" });
  for (const column of ["a", "b"]) {
    const features = ["x", { column, missing: "median" as const }];
    const train = { type: "csv", path: "t.csv", label: "y", features };
    const data = { train, normalize: {} } as unknown as ResolvedData;
    const found = await prepareData(data, { baseDirectory: folder, seed: 0 });
    assert.ok("problem" in found);
    assert.match(found.problem.message, /has no median for its missing values/);
  }
});

test("lists of words in JSON Lines are no features, and that is said", async (t) => {
  const lines = Array.from({ length: 8 }, (_, i) =>
    JSON.stringify({ x: i, words: i % 3 === 0 ? [] : ["a", `b${i}`], y: i % 2 }),
  );
  const folder = await filesIn(t, { "data.jsonl": `${lines.join("\n")}\n` });
  const train = { type: "jsonl", path: "data.jsonl", label: "y" };
  const { train: read, remarks } = await prepare({ train }, folder);
  assert.deepEqual(read.featureNames, ["x"]);
  assert.deepEqual(
    remarks.map(({ code, message }) => [code, /"words" is left out/.test(message)]),
    [["columns-left-out", true]],
  );
});

test("nothing of the samples held back for validation is learned", async (t) => {
  // Of each class every second row is held back, in some order: whichever they are, the median is that of the others.
  const lines = Array.from(
    { length: 40 },
    (_, i) => `${i % 5 === 0 ? "" : i * i},${"abcdefgh"[i >> 3]}${i},${i % 2}`,
  );
  const folder = await filesIn(t, { "data.csv": `x,kind,y\n${lines.join("\n")}\n` });
  const { train, validation } = await prepare(
    {
      train: {
        type: "csv",
        path: "data.csv",
        label: "y",
        features: ["x", { column: "kind", as: "category" }],
      },
      validation: { split: 0.5 },
    },
    folder,
  );
  const rows = Array.from(train.places?.[0]?.rows ?? []);
  const known = rows
    .filter((row) => row % 5 !== 0)
    .map((row) => row * row)
    .sort((a, b) => a - b);
  const half = known.length / 2;
  const median = ((known[Math.floor(half - 0.5)] as number) + (known[Math.floor(half)] as number)) / 2;
  const [x, kind] = train.columns ?? [];
  assert.deepEqual(x?.fill, [median]);
  assert.equal(kind?.values?.length, 20, "a text for each training sample");
  const width = 21;
  for (let row = 0; row < (validation?.count ?? 0); row++)
    assert.deepEqual(
      Array.from((validation ? storageOf(validation) : []).slice(row * width + 1, (row + 1) * width)),
      Array.from({ length: 20 }, () => 0),
      "a text that the training part does not have is none of its",
    );
});

for (const [what, text, changed, expected] of [
  ["numbers, then text", "x,y\n1,0\nred,1\n", {}, { code: "not-a-number", line: 3, found: '"red"' }],
  ["text, then numbers", "x,y\nred,0\n1,1\n", {}, { code: "not-a-number", line: 2, found: '"red"' }],
  [
    "no date",
    "x,y\n2024-05-31,0\n2024-02-30,1\n",
    { features: [{ column: "x", as: "date" }] },
    { code: "not-a-date", found: "2024-02-30" },
  ],
  [
    "no boolean",
    "x,y\nyes,0\nmaybe,1\n",
    { features: [{ column: "x", as: "boolean" }] },
    { code: "not-a-boolean", found: "maybe" },
  ],
] as const) {
  test(`a column of ${what} is a problem at its place`, async (t) => {
    const folder = await filesIn(t, { "data.csv": text });
    const found = await loadSource(
      { type: "csv", path: "data.csv", label: "y", ...changed } as CsvSource,
      folder,
    );
    assert.ok("code" in found, "it was read");
    assert.partialDeepStrictEqual(found, expected);
  });
}

for (const [what, text, expected] of [
  ["a line that is cut off", '{"x":1,"y":0}\n{"x":2,"y":', { code: "bad-jsonl", line: 2 }],
  ["one array of all", '[{"x":1,"y":0}]', { code: "bad-jsonl", line: 1 }],
  [
    "the columns of a whole table",
    '{"x":{"0":1,"1":2},"y":{"0":0,"1":1}}',
    {
      code: "bad-jsonl",
      line: 1,
      message:
        'This line is a whole table. Each line has to be an object of its own, as pandas writes it by to_json(…, orient="records", lines=True).',
    },
  ],
  [
    "a key twice in a line",
    '{"x":{"y":0},"y":1}\n{"x":1,"y":0,"x":2}\n',
    { code: "duplicate-column", line: 2 },
  ],
  ["a key that is not there", '{"x":1}\n', { code: "missing-column", expected: "x", found: "y" }],
  ["an object in a cell", '{"x":{"a":1},"y":0}\n', { code: "not-a-number", line: 1 }],
  ["a number beyond float32", '{"x":1,"y":0}\n\n{"x":1e39,"y":0}\n', { code: "not-finite", line: 3 }],
  [
    "lists of other lengths",
    '{"x":[1,2],"y":0}\n{"x":[1],"y":0}\n',
    { code: "shape-mismatch", line: 2, expected: 2, found: 1 },
  ],
  ["no lines", "\n\n", { code: "no-samples" }],
  ["a line without an end", `{"x":"${"a".repeat(2 ** 22)}"}\n`, { code: "bad-jsonl", line: 1 }],
] as const) {
  test(`JSON Lines: ${what} is a problem at its line`, async (t) => {
    const source: JsonlSource = { type: "jsonl", path: "data.jsonl", label: "y" };
    const found = await loadSource(source, await filesIn(t, { "data.jsonl": text }));
    assert.ok("code" in found, "it was read");
    assert.partialDeepStrictEqual(found, expected);
  });
}

test("where no training sample lacks a value, one elsewhere is a mistake", async (t) => {
  const folder = await filesIn(t, { "a.csv": "x,y\n1,0\n2,1\n", "b.csv": "x,y\n,0\n" });
  const found = await prepareData(
    {
      normalize: { scale: 1, mean: 0, std: 1 },
      train: { type: "csv", path: "a.csv", label: "y" },
      test: { type: "csv", path: "b.csv", label: "y" },
    } as unknown as ResolvedData,
    { baseDirectory: folder, seed: 0 },
  );
  assert.ok("problem" in found);
  assert.partialDeepStrictEqual(found.problem, { code: "missing-value", file: { line: 2, column: 1 } });
});

test("texts that look like numbers or dates in forms that are not read are told of", async (t) => {
  const rows = Array.from({ length: 12 }, (_, i) => `${i},${i}5;${i + 1}/5/2024;${i} %;v${i};${i % 2}`);
  const folder = await filesIn(t, { "a.csv": `price;day;share;name;y\n${rows.join("\n")}\n` });
  const { remarks } = await prepare({ train: { type: "csv", path: "a.csv", label: "y" } }, folder);
  const [told] = remarks.filter(({ message }) => message.startsWith("Columns that are taken as texts"));
  assert.match(
    told?.message ?? "",
    /"price" \("0,05"\) like numbers, "day" \("1\/5\/2024"\) like dates, "share" \("0 %"\) like numbers\. Numbers are read as 1234\.5, dates as 2024-05-31\. With decimal commas: pandas\.read_csv\("FILE", .*decimal=","\)/,
  );
});

test("pandas' index is no feature unless it is named, and the label never is", async (t) => {
  const folder = await filesIn(t, { "a.csv": ",x,y\n9,1,0\n4,2,1\n6,3,0\n" });
  const load = (features?: readonly (string | number)[]) =>
    loadSource(
      { type: "csv", path: "a.csv", label: "y", ...(features && { features }) } as CsvSource,
      folder,
    );
  const own = await load();
  assert.ok(!("code" in own));
  assert.deepEqual([own.featureNames, own.remarks?.[0]?.code], [["x"], "columns-left-out"]);
  assert.match(own.remarks?.[0]?.message ?? "", /^Column "" is left out: pandas' index/);
  const named = await load(["", "x"]);
  assert.ok(!("code" in named));
  assert.deepEqual(named.shape, [2]);
  for (const [features, name] of [
    [["x", "y"], '"y"'],
    [["x", 2], "2"],
  ] as const) {
    const found = await load(features);
    assert.ok("code" in found);
    assert.match(found.message, RegExp(`^\`features\` names the column of the label, ${name}:`));
  }
});

for (const [what, lines, code, message] of [
  ["an object", ['{"x":{"a":1},"y":0}'], "not-a-number", /^Column "x" has an object here: make a column/],
  [
    "NaN, as Python's json writes it,",
    ['{"x":NaN,"y":0}'],
    "bad-jsonl",
    /NaN or Infinity, which are no JSON/,
  ],
  [
    "no list",
    ['{"x":[1,2],"y":0}', '{"y":1}'],
    "missing-value",
    /^Column "x" has no list here, and others have one/,
  ],
  [
    "a gap in a list",
    ['{"x":[1,null],"y":0}'],
    "missing-value",
    /^Column "x" has a list here that lacks a number/,
  ],
] as const)
  test(`${what} in place of numbers is named`, async (t) => {
    const folder = await filesIn(t, { "a.jsonl": `${lines.join("\n")}\n` });
    const found = await loadSource({ type: "jsonl", path: "a.jsonl", label: "y" } as never, folder);
    assert.ok("code" in found, "it was read");
    assert.equal(found.code, code);
    assert.match(found.message, message);
  });

test("classes that are called as missing values are are told of, unless they are asked for or left out", async (t) => {
  const rows = ["1.5,oak", "2.5,NA", "3.5,ash", "4.5,", "5.5,oak", "6.5,?"];
  const folder = await filesIn(t, { "t.csv": `x,kind\n${rows.join("\n")}\n` });
  const remarksOf = async (options: LoadOptions) => {
    const source = { type: "csv", path: "t.csv", label: "kind" } as const;
    const samples = await loadSource(source, folder, { labels: "some", ...options });
    assert.ok(!("code" in samples), JSON.stringify(samples));
    return samples.remarks ?? [];
  };
  const [told, ...others] = await remarksOf({});
  assert.equal(told?.code, "class-missing");
  assert.match(told.message, /^"\?" and "NA" are classes, and look like .*"exclude": \["\?", "NA"\]/);
  assert.deepEqual(others, []);
  assert.match((await remarksOf({ exclude: ["?"] }))[0]?.message ?? "", /^"NA" is a class/);
  assert.deepEqual(await remarksOf({ exclude: ["NA", "?"] }), []);
  assert.deepEqual(await remarksOf({ classes: ["ash", "oak", "NA", "?"] }), []);
});

test("a column that counts the rows is told of, however the others are taken", async (t) => {
  const rows = Array.from({ length: 24 }, (_, i) => [i + 5, (i * 7) % 11, i % 2 === 0 ? "a" : "b"]);
  const csv = (cells: readonly (readonly unknown[])[]) =>
    `row,size,class\n${cells.map((row) => row.join(",")).join("\n")}\n`;
  const shuffled = rows.map((row, i) => [rows[(i * 5) % 24]?.[0], ...row.slice(1)]);
  const gaps = rows.map(([row, size, name], i) => [row, i === 3 ? "" : size, name]);
  const folder = await filesIn(t, { "a.csv": csv(rows), "b.csv": csv(shuffled), "c.csv": csv(gaps) });
  const remarksOf = async (path: string, features?: readonly string[]) => {
    const source = { type: "csv", path, label: "class", ...(features && { features }) } as CsvSource;
    const samples = await loadSource(source, folder);
    assert.ok(!("code" in samples));
    return (samples.remarks ?? []).map(({ code, message }) => ({ code, message }));
  };
  const [told] = await remarksOf("a.csv");
  assert.equal(told?.code, "row-numbers");
  assert.match(told?.message ?? "", /^Column "row" counts the rows from 5 and is taken as a feature\./);
  assert.deepEqual(await remarksOf("b.csv"), []);
  assert.deepEqual(
    (await remarksOf("c.csv")).map(({ code }) => code),
    ["row-numbers"],
  );
  assert.deepEqual(await remarksOf("a.csv", ["row", "size"]), []);
});

test("parts of a time in Parquet are those of the clocks in its zone, as pandas shows it", async () => {
  const folder = fileURLToPath(new URL("../../../test/fixtures/parquet", import.meta.url));
  const zones = ["york", "kolkata", "fixed", "utc"];
  const hoursIn = async (path: string) => {
    const features = zones.map((column) => ({ column, as: "date", parts: ["day", "hour", "minute"] }));
    const { train } = await prepare({ train: { type: "parquet", path, label: "label", features } }, folder);
    const values = storageOf(train);
    return Array.from({ length: train.count }, (_, row) =>
      zones.map((_, zone) => values.slice(12 * row + 3 * zone, 12 * row + 3 * zone + 3).join(" ")),
    );
  };
  // day, hour and minute of pandas' .dt, of each row in each zone
  const shown = [
    ["10 1 59", "10 12 29", "10 3 29", "10 6 59"],
    ["10 3 1", "10 12 31", "10 3 31", "10 7 1"],
    ["1 8 0", "1 17 30", "1 8 30", "1 12 0"],
    ["3 1 30", "3 11 0", "3 2 0", "3 5 30"],
  ];
  assert.deepEqual(await hoursIn("zones.parquet"), shown);
  assert.deepEqual(await hoursIn("zones-arrow.parquet"), shown);
  const inUtc = shown.map((row) => zones.map(() => row[3]));
  assert.deepEqual(await hoursIn("zones-none.parquet"), inUtc, "of no zone that is named: UTC");
});

test("each name of a wide table is read a few times, however many features name its columns", async () => {
  const width = 3000;
  let reads = 0;
  const columns = Array.from({ length: width + 1 }, (_, at) => ({
    get name() {
      reads++;
      return at === width ? "class" : `c${at}`;
    },
  }));
  const cells = [...Array.from({ length: width }, (_, at) => at % 7), "a"];
  const table = {
    file: "wide.csv",
    columns,
    isNamed: true,
    async *rows() {
      yield { cells };
      yield { cells: cells.with(-1, "b") };
    },
    close: async () => {},
  };
  const load = async (features: readonly string[] | undefined, like?: Samples) => {
    const source = { label: "class", ...(features && { features }) };
    const samples = await loadTable(
      async () => table,
      { file: "wide.csv", files: [], source },
      like ? { like } : {},
    );
    assert.ok(!("code" in samples), JSON.stringify(samples));
    return samples;
  };
  const named = Array.from({ length: width }, (_, at) => `c${at}`);
  const train = await load(named);
  assert.equal((await load(undefined, train)).featureNames?.at(-1), `c${width - 1}`);
  await load(undefined);
  assert.ok(reads < 40 * width, `${reads} names were read`);
});
