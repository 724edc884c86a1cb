import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { CsvSource } from "../../../schemas/experiment.gen.ts";
import { filesIn } from "../../../test/support/dataFiles.ts";
import { storageOf } from "../../../test/support/storageOf.ts";
import type { Labelling } from "../labels.ts";
import type { DataProblem } from "../problem.ts";
import type { Samples } from "../samples.ts";
import { loadSource } from "./sources.ts";

type Changed = Partial<Omit<CsvSource, "type" | "path">>;

const load = (directory: string, changed: Changed, like?: Samples) =>
  loadSource({ type: "csv", path: "data.csv", label: -1, ...changed }, directory, { like });

const iris = "length,width,species\n5.1,3.5,setosa\n7.0,3.2,versicolor\n6.3,3.3,virginica\n4.9,3.0,setosa\n";

for (const [what, text, changed, expected] of [
  [
    "names of classes are sorted",
    iris,
    { label: "species" },
    {
      shape: [2],
      labels: [0, 1, 2, 0],
      names: ["setosa", "versicolor", "virginica"],
      values: [5.1, 3.5, 7, 3.2, 6.3, 3.3, 4.9, 3],
    },
  ],
  [
    "a header is found without a name for the label",
    iris,
    {},
    {
      shape: [2],
      labels: [0, 1, 2, 0],
      names: ["setosa", "versicolor", "virginica"],
      values: [5.1, 3.5, 7, 3.2, 6.3, 3.3, 4.9, 3],
    },
  ],
  [
    "comments above the header",
    '# made by a simulation, 2024\n#\n# units: cm, with "quotes"\nlength,width,y\n1,2,0\n3,4,1\n',
    { label: "y" },
    { shape: [2], labels: [0, 1], values: [1, 2, 3, 4] },
  ],
  [
    "comments above numbers, with another delimiter",
    "# a, b\r\n\r\n1;2;0\r\n3;4;1\r\n",
    {},
    { shape: [2], labels: [0, 1], values: [1, 2, 3, 4] },
  ],
  [
    "a header that begins with #, below comments",
    "##format=2\n##source=a,b\n#start\tend\ty\n\n1\t2\t0\n3\t4\t1\n",
    { label: "y", features: ["end", "#start"] },
    { shape: [2], labels: [0, 1], values: [2, 1, 4, 3] },
  ],
  ["numbers without a header", "1,2,0\n3,4,1\n", {}, { shape: [2], labels: [0, 1], values: [1, 2, 3, 4] }],
  ["one row without a header", "1,2,0", {}, { shape: [2], labels: [0], values: [1, 2] }],
  [
    "numbers that are a header",
    "1,2,0\n3,4,1\n",
    { header: true },
    { shape: [2], labels: [1], values: [3, 4] },
  ],
  [
    "the label in front, by number",
    "1,9,8\n0,7,6\n",
    { label: 0 },
    { shape: [2], labels: [1, 0], values: [9, 8, 7, 6] },
  ],
  [
    "chosen features in their order",
    "a,b,c,y\n1,x,3,0\n4,y,6,1\n",
    { label: "y", features: ["c", 0] },
    { shape: [2], labels: [0, 1], values: [3, 1, 6, 4] },
  ],
  ["semicolons are found out", "1;2;0\n3;4;1\n", {}, { shape: [2], labels: [0, 1], values: [1, 2, 3, 4] }],
  ["tabs are found out", "a b\tc\n1\t0\n", {}, { shape: [1], labels: [0], values: [1] }],
  ["a given delimiter", "1|0\n2|1\n", { delimiter: "|" }, { shape: [1], labels: [0, 1], values: [1, 2] }],
  [
    "BOM, CRLF, empty lines, quotes and spaces",
    '\ufeff"x","y"\r\n" 1.5 ", 0\r\n\r\n"2e1",1\r\n',
    { label: "y" },
    { shape: [1], labels: [0, 1], values: [1.5, 20] },
  ],
  [
    "negative labels are names in the order of numbers",
    "1,-1\n2,1\n3,-10\n",
    {},
    { shape: [1], labels: [1, 2, 0], names: ["-10", "-1", "1"], values: [1, 2, 3] },
  ],
  ["labels written as floats", "1,0.0\n2,2.0\n", {}, { shape: [1], labels: [0, 2], values: [1, 2] }],
  [
    "take, with the classes of the whole table",
    "1,0\n2,1\n3,4\n",
    { take: 2 },
    { shape: [1], labels: [0, 1], values: [1, 2], classes: 5 },
  ],
  ["a shape", "1,2,3,4,0\n", { shape: [2, 2, 1] }, { shape: [2, 2, 1], labels: [0], values: [1, 2, 3, 4] }],
] as const) {
  test(what, async (t) => {
    for (const content of [text, gzipSync(text)]) {
      const samples = await load(await filesIn(t, { "data.csv": content }), changed as Changed);
      assert.ok(!("code" in samples), JSON.stringify(samples));
      assert.deepEqual(samples.shape, expected.shape);
      assert.deepEqual(Array.from(samples.labels), expected.labels);
      assert.deepEqual(storageOf(samples), Float32Array.from(expected.values));
      assert.deepEqual(samples.classNames, "names" in expected ? expected.names : undefined);
      assert.equal(
        samples.classes,
        "classes" in expected ? expected.classes : Math.max(...expected.labels) + 1,
      );
    }
  });
}

for (const [what, text, changed, expected] of [
  [
    "text among numbers",
    "1,2,0\n3,four,1\n",
    {},
    { code: "not-a-number", line: 2, column: 3, found: '"four"' },
  ],
  ["an infinite value", "1,2,0\n3,inf,1\n", {}, { code: "not-finite", line: 2, column: 3, found: '"inf"' }],
  [
    "a value beyond float32",
    "1,2,0\n3,1e39,1\n",
    {},
    { code: "not-finite", line: 2, column: 3, found: '"1e39"' },
  ],
  ["a missing label", "1,2,0\n3,4,\n5,6,\n", {}, { code: "no-label", line: 2, found: "empty" }],
  [
    "a place behind quoted fields and line breaks",
    'note,b,y\n"x, ""y""\nz",2,0\n"x",bad,1\n',
    { features: ["b"] },
    { code: "not-a-number", line: 4, column: 5, found: '"bad"' },
  ],
  [
    "a place within a record of two lines",
    'note,b,y\n"x\nz",bad,0\n1,2,0\n',
    { features: ["b"], header: true },
    { code: "not-a-number", line: 3, column: 4, found: '"bad"' },
  ],
  [
    "a place behind empty lines",
    "\n\n1,2,0\n\n3,x,0\n",
    {},
    { code: "not-a-number", line: 5, column: 3, found: '"x"' },
  ],
  ["a row of another length", "1,2,0\n3,4\n", {}, { code: "bad-csv", line: 2, expected: 3, found: 2 }],
  ["a quote that is not closed", '1,2,0\n3,"4,1\n', {}, { code: "bad-csv", line: 2 }],
  [
    "a label column that is not there",
    iris,
    { label: "kind" },
    { code: "missing-column", expected: "length, width, species", found: "kind" },
  ],
  ["a name without a header", "1,0\n", { label: "y", header: false }, { code: "missing-column", found: "y" }],
  [
    "a feature column that is not there",
    iris,
    { features: [7] },
    { code: "missing-column", expected: "0 to 2", found: 7 },
  ],
  [
    "a comment of as many words as there are columns, which is taken as the header",
    "# one, two, three\nd,e,y\n1,2,0\n",
    { label: "y" },
    {
      code: "missing-column",
      message:
        'There is no column "y". The first line begins with # and has as many fields as the next, so it is read as the header: remove it if it is a comment.',
    },
  ],
  [
    "a name with a comma among those that there are",
    'text,"stars, of 5",y\na,1,0\nb,2,1\n',
    { label: "z" },
    { code: "missing-column", expected: 'text, "stars, of 5", y', found: "z" },
  ],
  ["one column only", "1\n2\n", {}, { code: "missing-column" }],
  [
    "a name twice among the features",
    "a,b,a,y\n1,2,3,0\n4,5,6,1\n",
    { label: "y" },
    { code: "duplicate-column", line: 1 },
  ],
  ["the label's name twice", "a,y,b,y\n1,0,3,0\n4,1,6,1\n", { label: "y" }, { code: "duplicate-column" }],
  [
    "a feature's name twice",
    "a,b,a,y\n1,2,3,0\n",
    { label: "y", features: ["a"] },
    { code: "duplicate-column" },
  ],
  ["a header only", "a,b\n", { header: true }, { code: "no-samples" }],
  ["line breaks only", "\n\n\n", {}, { code: "no-samples" }],
  ["something binary", "1,2\0,0\n", {}, { code: "bad-csv", line: 1 }],
  ["a shape of another size", "1,2,0\n", { shape: [3] }, { code: "shape-mismatch", expected: 3, found: 2 }],
] as const) {
  test(`${what} is a problem at its place`, async (t) => {
    const found = await load(await filesIn(t, { "data.csv": text }), changed as Changed);
    assert.ok("code" in found, "no problem was found");
    const picked = Object.fromEntries(
      Object.keys(expected).map((key) => [key, found[key as keyof DataProblem]]),
    );
    assert.deepEqual(picked, expected);
  });
}

test("other tables use the classes of the training table", async (t) => {
  const train = await load(await filesIn(t, { "data.csv": iris }), {});
  assert.ok(!("code" in train));
  const test = await load(await filesIn(t, { "data.csv": "l,w,s\n1,2,virginica\n1,2,setosa\n" }), {}, train);
  assert.ok(!("code" in test));
  assert.deepEqual([Array.from(test.labels), test.classes], [[2, 0], 3]);
  const outside = await load(await filesIn(t, { "data.csv": "l,w,s\n1,2,tulip\n" }), { header: true }, train);
  assert.ok("code" in outside);
  assert.deepEqual(
    [outside.code, outside.line, outside.column, outside.expected, outside.found],
    ["label-range", 2, 5, "setosa, versicolor, virginica", "tulip"],
  );
});

test("columns of other tables are found by the names of the training table, in whatever order", async (t) => {
  const train = await load(await filesIn(t, { "data.csv": iris }), {});
  assert.ok(!("code" in train));
  const other = async (text: string, changed: Changed = {}, like = train) =>
    load(await filesIn(t, { "data.csv": text }), changed, like);
  const turned = await other("id,width,length,species\n7,2,1,setosa\n8,4,3,virginica\n");
  assert.ok(!("code" in turned));
  assert.deepEqual(Array.from(storageOf(turned)), [1, 2, 3, 4]);
  // What is said is done, and names of another kind say nothing.
  for (const [text, changed] of [
    ["width,length,species\n1,2,setosa\n", { features: ["width", "length"] }],
    ["l,w,species\n1,2,setosa\n", {}],
    ["1,2,setosa\n", {}],
  ] as const) {
    const asWritten = await other(text, changed as Changed);
    assert.ok(!("code" in asWritten), text);
    assert.deepEqual(Array.from(storageOf(asWritten)), [1, 2], text);
  }
  const missing = await other("length,height,species\n1,2,setosa\n");
  assert.ok("code" in missing);
  assert.deepEqual(
    [missing.code, missing.line, missing.expected, missing.found],
    ["missing-column", 1, "length, width", "length, height, species"],
  );
  const half = await load(await filesIn(t, { "data.csv": iris }), { features: ["width"], label: "species" });
  assert.ok(!("code" in half));
  const second = await other("length,width,species\n1,2,setosa\n", {}, half);
  assert.deepEqual("code" in second ? second : Array.from(storageOf(second)), [2]);
  const twice = await load(await filesIn(t, { "data.csv": iris.replace("length", "width") }), {});
  assert.equal("code" in twice && twice.code, "duplicate-column");
  const byNumber = await load(await filesIn(t, { "data.csv": iris.replace("length", "width") }), {
    features: [0, 1],
  });
  assert.ok(!("code" in byNumber) && byNumber.featureNames === undefined);
});

test("class indices of other tables stay below the training table's classes", async (t) => {
  const train = await load(await filesIn(t, { "data.csv": "1,0\n2,1\n" }), {});
  assert.ok(!("code" in train));
  for (const label of ["2", "-2", "cat", "0.5"]) {
    const found = await load(await filesIn(t, { "data.csv": `1,0\n2,${label}\n` }), {}, train);
    assert.ok("code" in found);
    assert.deepEqual([found.code, found.line, found.expected], ["label-range", 2, "an integer from 0 to 1"]);
  }
});

test("a table larger than the first buffers", async (t) => {
  const text = Array.from({ length: 5000 }, (_, i) => `${i},${i / 2},${i % 3}`).join("\n");
  const samples = await load(await filesIn(t, { "data.csv": text }), {});
  assert.ok(!("code" in samples));
  assert.equal(samples.count, 5000);
  assert.deepEqual(Array.from(storageOf(samples).subarray(9998)), [4999, 2499.5]);
});

for (const [what, text, labels, expected] of [
  ["empty", "1,b\n2,\n3,a\n4,nan\n", "some", { labels: [1, -1, 0, -1], names: ["a", "b"] }],
  ["−1 beside class indices from 0", "1,0\n2,-1\n3,2\n", "some", { labels: [0, -1, 2] }],
  ["−1 in a table of signs is a class", "1,-1\n2,1\n", "some", { labels: [0, 1], names: ["-1", "1"] }],
  ["a column that is not read", "1,0\n2,junk\n", "none", { labels: [-1, -1] }],
] as const satisfies readonly (readonly [string, string, Labelling, unknown])[]) {
  test(`no label: ${what}`, async (t) => {
    const directory = await filesIn(t, { "data.csv": text });
    const samples = await loadSource({ type: "csv", path: "data.csv", label: 1 }, directory, { labels });
    assert.ok(!("code" in samples), JSON.stringify(samples));
    const { classNames: names } = samples;
    assert.deepEqual({ labels: Array.from(samples.labels), ...(names && { names }) }, expected);
  });
}

test("a table without a label column has features alone, in the order of the training samples", async (t) => {
  const train = await load(await filesIn(t, { "data.csv": iris }), { label: "species" });
  assert.ok(!("code" in train));
  const directory = await filesIn(t, { "data.csv": "width,length\n9,9\n3,4\n5,6\n7,8\n" });
  const source = { type: "csv" as const, path: "data.csv", skip: 1, take: 2 };
  const more = await loadSource(source, directory, { like: train, labels: "none" });
  assert.ok(!("code" in more), JSON.stringify(more));
  assert.deepEqual(
    [Array.from(storageOf(more)), Array.from(more.labels)],
    [
      [4, 3, 6, 5],
      [-1, -1],
    ],
  );
  const behind = await loadSource({ ...source, skip: 4 }, directory, { like: train, labels: "none" });
  assert.ok("code" in behind);
  assert.deepEqual([behind.code, behind.found], ["no-samples", 4]);
});

test("the classes that an experiment gives fix numbers and names, of whatever labels there are", async (t) => {
  const animals = ["cat", "dog", "bird"];
  for (const [text, classes, labels] of [
    ["1,bird\n2,cat\n", animals, [2, 0]],
    ["1,1\n2,0\n", animals, [1, 0]],
    ["1,1\n2,0\n", 3, [1, 0]],
    ["1,-1\n2,0\n", ["-1", "0", "1"], [0, 1]],
  ] as const) {
    const directory = await filesIn(t, { "data.csv": text });
    const samples = await loadSource({ type: "csv", path: "data.csv", label: 1 }, directory, { classes });
    assert.ok(!("code" in samples), JSON.stringify(samples));
    assert.deepEqual([Array.from(samples.labels), samples.classes], [labels, 3]);
    assert.deepEqual(samples.classNames, typeof classes === "number" ? undefined : classes);
  }
  for (const [label, classes] of [
    ["fox", animals],
    ["3", animals],
    ["3", 3],
    ["8589934592", undefined],
  ] as const) {
    const directory = await filesIn(t, { "data.csv": `1,${label}\n` });
    const options = classes === undefined ? {} : { classes };
    const found = await loadSource({ type: "csv", path: "data.csv", label: 1 }, directory, options);
    assert.ok("code" in found && found.code === "label-range");
    assert.equal(/factorize/.test(found.message), classes === undefined, found.message);
  }
});

test("booleans are the same classes however a file spells them, and those of a run that kept another spelling", async (t) => {
  const directory = await filesIn(t, {
    "pandas.csv": "x,y\n1,True\n2,False\n",
    "r.csv": "x,y\n1,TRUE\n2,FALSE\n",
    "rows.jsonl": '{"x":1,"y":true}\n{"x":2,"y":false}\n',
  });
  const sources = [
    { type: "csv", path: "pandas.csv", label: "y" },
    { type: "csv", path: "r.csv", label: "y" },
    { type: "jsonl", path: "rows.jsonl", label: "y" },
  ] as const;
  for (const source of sources)
    for (const kept of [undefined, ["False", "True"]]) {
      const first = await loadSource(sources[0], directory);
      assert.ok(!("code" in first));
      const like = kept && { ...first, classNames: kept };
      const samples = await loadSource(source, directory, like && { like });
      assert.ok(!("code" in samples), JSON.stringify(samples));
      assert.deepEqual(
        [Array.from(samples.labels), samples.classNames],
        [[1, 0], kept ?? ["false", "true"]],
        source.path,
      );
    }
  const own = ["True", "true", "FALSE"];
  const apart = await loadSource(sources[0], await filesIn(t, { "pandas.csv": "x,y\n1,true\n2,True\n" }), {
    classes: own,
  });
  assert.deepEqual("code" in apart ? apart : Array.from(apart.labels), [1, 0], "given names are kept apart");
});
