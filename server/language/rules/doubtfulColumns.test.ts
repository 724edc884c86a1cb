import assert from "node:assert/strict";
import { test } from "node:test";
import { filesIn } from "../../../test/support/dataFiles.ts";
import { knownDataOf } from "../../dataKnowledge.ts";
import { knowledgeOf } from "../../fileKnowledge.ts";
import { checkParsed } from "../check.ts";
import { parse } from "../parse.ts";

const count = 120;
const label = (i: number) => (i * 7) % 3;
const measured = (i: number) => Math.sin(i) + label(i) * 9; // well separated

/** A table with one more column. */
const tableOf = (cell: (i: number) => string | number): string =>
  `a,b,more,label\n${Array.from({ length: count }, (_, i) => `${measured(i)},${Math.cos(i * i)},${cell(i)},${label(i)}\n`).join("")}`;

const textWith = (features: string): string =>
  `{ "data": { "train": { "type": "csv", "path": "t.csv", "label": "label"${features} }, "batchSize": 8 }, "student": { "preset": "mlp", "hidden": [4] }, "losses": [{ "type": "ce" }] }`;

async function doubtsIn(folder: string, text: string) {
  const parsed = parse(text);
  const knownData = await knownDataOf(parsed, folder);
  return checkParsed(parsed, { knowledge: await knowledgeOf(parsed, folder), knownData }).filter(({ code }) =>
    ["label-copied", "sentinel-values"].includes(code),
  );
}

const words = ["red", "green", "blue"];

for (const [what, cell, message] of [
  [
    "another code of the label",
    (i: number) => 5 + 10 * label(i),
    /^Column "more" says the label: each of its 3 values/,
  ],
  [
    "the label in words",
    (i: number) => words[label(i)] as string,
    /^Column "more" says the label: each of its 3 values/,
  ],
  [
    "-999 in place of what is missing",
    (i: number) => (i % 8 ? Math.sin(3 * i) : -999),
    /^Column "more" is -999 in 15 of 120 training samples, and else -?[\d.]+ to [\d.]+: it seems to stand for a missing value/,
  ],
  [
    "9999 in place of what is missing",
    (i: number) => (i % 8 ? i : 9999),
    /^Column "more" is 9999 in 15 of 120/,
  ],
] as const)
  test(`a column is told of, and left out by a fix: ${what}`, async (t) => {
    const folder = await filesIn(t, { "t.csv": tableOf(cell) });
    for (const features of ["", ', "features": ["a", "b", "more"]']) {
      const before = textWith(features);
      const [found, ...others] = await doubtsIn(folder, before);
      assert.match(found?.message ?? "", message);
      assert.deepEqual([found?.severity, others], ["warning", []]);
      const [edit] = found?.fixes[0]?.edits ?? [];
      assert.ok(edit);
      const { start, end } = edit.range;
      const after = before.slice(0, start.character) + edit.newText + before.slice(end.character);
      assert.equal(after, textWith(', "features": ["a", "b"]'));
      assert.deepEqual(await doubtsIn(folder, after), []);
    }
  });

for (const [what, cell] of [
  [
    "one that is nearly the label",
    (i: number) => (i === 60 ? words[(label(i) + 1) % 3] : words[label(i)]) as string,
  ],
  ["a finer division than that of the label", (i: number) => `${label(i)}.${i % 2}`],
  ["-1 beside numbers around it", (i: number) => (i % 8 ? (i % 40) / 10 : -1)],
  ["a number that stands far from others once", (i: number) => (i === 5 ? 9999 : i)],
  ["zero, often, beside large numbers", (i: number) => (i % 3 ? 0 : 1000 + i)],
] as const)
  test(`an ordinary column is not told of: ${what}`, async (t) => {
    const folder = await filesIn(t, { "t.csv": tableOf(cell) });
    assert.deepEqual(await doubtsIn(folder, textWith("")), []);
  });
