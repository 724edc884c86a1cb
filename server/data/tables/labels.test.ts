import assert from "node:assert/strict";
import { test } from "node:test";
import type { Source } from "../../../schemas/experiment.gen.ts";
import { filesIn } from "../../../test/support/dataFiles.ts";
import { plain } from "../../../test/support/imageFiles.ts";
import { isProblem } from "../problem.ts";
import type { LoadOptions } from "../sources/options.ts";
import { loadSource } from "../sources/sources.ts";

/** `x` is the feature of each; the others are labels. */
const cases: readonly (readonly [
  what: string,
  rows: readonly object[],
  label: string | readonly string[],
  expected: object,
  options?: LoadOptions & { readonly separator?: string },
])[] = [
  [
    "columns of real numbers are a regression with several outputs",
    [
      { a: 0.5, b: -2 },
      { a: 1e3, b: 7 },
    ],
    ["b", "a"],
    { task: "regression", classes: 2, classNames: ["b", "a"], labels: [0, 0], targets: [-2, 0.5, 7, 1000] },
  ],
  [
    "columns of 0 and 1 are several labels a sample",
    [
      { a: 1, b: 1 },
      { a: 0, b: 0 },
    ],
    ["a", "b"],
    { task: "multiLabel", classNames: ["a", "b"], targets: [1, 1, 0, 0] },
  ],
  [
    "so are booleans",
    [
      { a: true, b: true },
      { a: true, b: false },
    ],
    ["a", "b"],
    { task: "multiLabel", targets: [1, 1, 1, 0] },
  ],
  [
    "columns of probabilities are soft labels",
    [
      { a: 0.25, b: 0.75 },
      { a: 1, b: 0 },
    ],
    ["a", "b"],
    { task: undefined, classNames: ["a", "b"], labels: [1, 0], targets: [0.25, 0.75, 1, 0] },
  ],
  [
    "beside training samples the columns are in their order",
    [{ a: 0.25, b: 0.75 }],
    ["a", "b"],
    { labels: [0], targets: [0.75, 0.25], classNames: ["b", "a"] },
    { like: { classes: 2, classNames: ["b", "a"], shape: [1] } },
  ],
  [
    "a row without any number has no label",
    [
      { a: null, b: null },
      { a: 0.5, b: 2 },
    ],
    ["a", "b"],
    { task: "regression", labels: [-1, 0], targets: [0, 0, 0.5, 2] },
    { labels: "some" },
  ],
  [
    "which has to be allowed",
    [
      { a: 0.5, b: 2 },
      { a: null, b: null },
    ],
    ["a", "b"],
    { code: "no-label" },
  ],
  [
    "a row without one of them is a mistake",
    [
      { a: 0.5, b: 2 },
      { a: 3, b: null },
    ],
    ["a", "b"],
    { code: "missing-value", message: /row 1 has no number in column "b"/ },
  ],
  [
    "a word is, too",
    [{ a: 0.5, b: "cat" }],
    ["a", "b"],
    { code: "not-a-number", message: /"cat" in column "b"/ },
  ],
  ["and a column that is not there", [{ a: 0.5 }], ["a", "c"], { code: "missing-column", found: "c" }],
];
const image = await plain([1, 2, 3]);
/** Of training samples that are images. */
const imaged = ({ type }: { readonly type: string }, options: LoadOptions = {}): LoadOptions =>
  type === "images" && options.like ? { ...options, like: { ...options.like, shape: [4, 4, 3] } } : options;
const csvOf = (rows: readonly object[]) => {
  const names = Object.keys(rows[0] ?? {});
  const line = (row: object) => names.map((name) => (row as Record<string, unknown>)[name] ?? "").join(",");
  return `${names.join(",")}\n${rows.map((row) => `${line(row)}\n`).join("")}`;
};

for (const [what, rows, label, expected, options] of cases)
  test(`labels in several columns: ${what}`, async (t) => {
    const whole = rows.map((row, x) => ({ x, ...row }));
    const named = rows.map((row) => ({ file: "i.png", ...row }));
    const files = { "t.csv": csvOf(whole), "t.jsonl": linesOf(whole), "i.csv": csvOf(named), "i.png": image };
    const folder = await filesIn(t, files);
    for (const source of [
      { type: "csv", path: "t.csv", features: ["x"] },
      { type: "jsonl", path: "t.jsonl", features: ["x"] },
      { type: "images", table: "i.csv", path: "file" },
    ])
      assertLoaded(
        await loadSource({ ...source, label } as Source, folder, imaged(source, options)),
        expected,
      );
    if (isFine(expected)) {
      const all = await loadSource({ type: "csv", path: "t.csv", label } as Source, folder, options);
      assert.deepEqual("shape" in all && all.shape, [1], "labels are no features");
    }
  });

for (const [what, rows, expected, options = {}] of [
  [
    "lists of numbers are a row each",
    [
      [0.5, 2],
      [1, -3],
    ],
    { task: "regression", classes: 2, targets: [0.5, 2, 1, -3] },
  ],
  [
    "or of probabilities",
    [[0.5, 0.5], null],
    { labels: [0, -1], targets: [0.5, 0.5, 0, 0] },
    { labels: "some" },
  ],
  ["of which the first may have no label", [null, [0.5, 2]], { labels: [-1, 0] }, { labels: "some" }],
  [
    "lists of names are several labels",
    [["dog", "cat"], [], ["cat"]],
    { task: "multiLabel", classNames: ["cat", "dog"], targets: [1, 1, 0, 0, 1, 0] },
  ],
  [
    "lists of other lengths",
    [
      [0.5, 2],
      [1, -3, 4],
    ],
    { code: "label-range", message: /row 1 is 3 numbers, and others are 2/ },
  ],
  ["a name beside numbers", ["cat", [0.5, 2]], { code: "label-range", message: /others are one text/ }],
  [
    "names with what is said to stand between",
    ["dog|cat", "", "cat"],
    { task: "multiLabel", classNames: ["cat", "dog"], targets: [1, 1, 0, 0, 1, 0] },
    { separator: "|" },
  ],
] as readonly (readonly [string, readonly unknown[], object, (LoadOptions & { separator?: string })?])[])
  test(`labels of JSON Lines: ${what}`, async (t) => {
    const folder = await filesIn(t, { "t.jsonl": linesOf(rows.map((y, x) => ({ x, y }))) });
    const { separator, ...others } = options;
    const source = {
      type: "jsonl",
      path: "t.jsonl",
      label: "y",
      ...(separator && { labelSeparator: separator }),
    };
    assertLoaded(await loadSource(source as Source, folder, others), expected);
  });

const isFine = (expected: object) => !("code" in expected);

function linesOf(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

function assertLoaded(found: Awaited<ReturnType<typeof loadSource>>, expected: object) {
  if (isProblem(found)) {
    const { message, ...facts } = expected as { message?: RegExp };
    assert.partialDeepStrictEqual(found, facts);
    if (message) assert.match(found.message, message);
    return;
  }
  const { task, classes, classNames, labels, targets } = found;
  const seen = { task, classes, classNames, labels: [...labels], ...(targets && { targets: [...targets] }) };
  assert.partialDeepStrictEqual(seen, expected);
}
