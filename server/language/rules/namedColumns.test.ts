import assert from "node:assert/strict";
import { test } from "node:test";
import { filesIn } from "../../../test/support/dataFiles.ts";
import { knownDataOf } from "../../dataKnowledge.ts";
import { knowledgeOf } from "../../fileKnowledge.ts";
import { checkParsed } from "../check.ts";
import { parse } from "../parse.ts";

const rows = Array.from({ length: 24 }, (_, i) => {
  const size = i % 5 === 0 ? "" : `${i / 4}`;
  return `${i % 7},${size},${["oak", "ash"][i % 2]},2024-0${1 + (i % 9)}-11,same,${i % 2 ? "yes" : "no"},${i % 3}`;
});
const header = "count,size,kind,day,constant,open,label";

for (const [what, lines, label, features] of [
  [
    "by their names",
    [header, ...rows],
    '"label"',
    '["count", "size", { "column": "kind", "as": "category" }, { "column": "day", "as": "date" }, { "column": "open", "as": "boolean" }]',
  ],
  [
    "by their numbers, where they have no names",
    rows,
    '6, "header": false',
    '[0, 1, { "column": 2, "as": "category" }, { "column": 3, "as": "date" }, { "column": 5, "as": "boolean" }]',
  ],
] as const)
  test(`columns that were taken by what they hold are named by a fix ${what}, and then are what they were`, async (t) => {
    const folder = await filesIn(t, { "t.csv": `${lines.join("\n")}\n` });
    const textWith = (given: string) =>
      `{ "data": { "train": { "type": "csv", "path": "t.csv", "label": ${label}${given} }, "batchSize": 8 }, "student": { "preset": "mlp", "hidden": [4] }, "losses": [{ "type": "ce" }] }`;
    const found = async (text: string) => {
      const parsed = parse(text);
      const knownData = await knownDataOf(parsed, folder);
      const all = checkParsed(parsed, { knowledge: await knowledgeOf(parsed, folder), knownData });
      return {
        all: all.map(({ code }) => code),
        inferred: all.filter(({ code }) => code === "columns-inferred"),
      };
    };
    const before = textWith("");
    const { all, inferred } = await found(before);
    assert.ok(all.includes("columns-left-out"), all.join());
    const [fix] = inferred.flatMap(({ fixes = [] }) => fixes);
    assert.ok(fix, "there is a fix");
    const [edit, ...more] = fix.edits;
    assert.ok(edit && more.length === 0);
    const { start, end } = edit.range;
    const after = before.slice(0, start.character) + edit.newText + before.slice(end.character);
    assert.equal(after, textWith(`, "features": ${features}`));
    assert.deepEqual((await found(after)).all, ["no-validation"]);
  });
