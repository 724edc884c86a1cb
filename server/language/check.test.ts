import assert from "node:assert/strict";
import { test } from "node:test";
import { checkParsed, checkText } from "./check.ts";
import { dataSpecs } from "./dataSpec.ts";
import { parse } from "./parse.ts";
import { references } from "./references.ts";
import { walk } from "./schema/walk.ts";
import { sweptConditions } from "./sweptConditions.ts";

const lines = (text: string) =>
  checkText(text).map(({ range, code }) => `${range.start.line + 1}:${range.start.character + 1} ${code}`);

test("comments and trailing commas are fine", () => {
  const text = `// top
{
  /* block */
  "data": { "train": { "type": "csv", "path": "t.csv", "label": 0, }, "validation": { "split": 0.1 } },
  "student": { "preset": "mlp", "hidden": [8,], }, // small
  "losses": [{ "type": "ce" },],
}
`;
  assert.deepEqual(lines(text), []);
});

test("what the schema allows and makes no sense is found, too", () => {
  const text = `{
  "data": { "train": { "type": "csv", "path": "t.csv", "label": 0 }, "validation": { "split": 0.1 } },
  "student": { "preset": "mlp", "hidden": [8] },
  "losses": [{ "type": "kd" }]
}`;
  assert.deepEqual(lines(text), ["4:14 no-teacher"]);
});

test("findings come in the order of the text, lines and columns from 1 for people", () => {
  assert.deepEqual(lines(`{\n  "sed": 1,\n  "engine": "x"\n}`).slice(-2), [
    "2:3 unknown-key",
    "3:13 unknown-value",
  ]);
});

test("of very many findings of a kind the first ones are given, then how many follow", () => {
  const found = (times: number, code: string) =>
    checkText(`{\n${'"seed": 1,\n'.repeat(times + 1)}"sed": 1\n}`).filter((one) => one.code === code);
  const duplicates = found(20_000, "duplicate-key");
  assert.equal(duplicates.length, 101);
  assert.equal(duplicates[99]?.message, 'Duplicate key "seed" in the same object.');
  const last = duplicates.at(-1);
  assert.equal(
    last?.message,
    "19,900 more findings of this kind, duplicate-key, follow from here on. Mend those above, then check again.",
  );
  // The first "seed" stands in line 1 and is no duplicate.
  assert.deepEqual([last?.range.start.line, last?.severity], [102, "error"]);
  assert.equal(found(20_000, "unknown-key").length, 1);
  for (const times of [100, 101]) {
    const all = found(times, "duplicate-key");
    assert.equal(all.length, times);
    assert.ok(
      all.every(({ message }) => message.startsWith("Duplicate")),
      `${times}`,
    );
  }
});

const complete = (data: string) => `{
"data": { "train": { "type": "csv", "path": "t.csv", "label": 0 }, ${data} },
"student": { "preset": "mlp", "hidden": [8] },
"losses": [{ "type": "ce" }]
}`;

test("a key that is misspelled is one finding, and not missing as well", () => {
  assert.deepEqual(lines(complete(`"validaton": { "split": 0.1 }`)), ["2:68 unknown-key"]);
  const noTeacher = `{
"data": { "train": { "type": "csv", "path": "t.csv", "label": 0 }, "validation": { "split": 0.1 } },
"techer": { "type": "layers", "preset": "mlp", "hidden": [8], "train": { "epochs": 1 } },
"student": { "preset": "mlp", "hidden": [4] }
}`;
  assert.deepEqual(lines(noTeacher), ["3:1 unknown-key"]);
});

test("what stands below a misspelled key is checked as if it were spelled right", () => {
  assert.deepEqual(lines(complete(`"validaton": { "splt": 7 }`)), [
    "2:68 unknown-key",
    "2:83 unknown-key",
    "2:91 out-of-range",
  ]);
});

test("of two keys that mean the same the second is told that the first is there", () => {
  const [first, second, ...others] = checkText(
    complete(`"validaton": { "split": 0.1 }, "validtion": { "split": 0.2 }`),
  );
  assert.match(first?.message ?? "", /"validaton" in "data"\. Did you mean "validation"\?$/);
  assert.match(
    second?.message ?? "",
    /"validtion" in "data"\. Did you mean "validation", which already exists/,
  );
  assert.deepEqual(others, []);
});

const wrong: Readonly<Record<string, readonly [text: string, ...expected: string[]]>> = {
  empty: ["", "1:1 syntax"],
  blanks: [" \n ", "1:1 syntax"],
  comment: ["// nothing", "1:1 syntax"],
  list: ["[]", "1:1 wrong-type"],
  text: [`"experiment"`, "1:1 wrong-type"],
  "missing comma": [`{ "seed": 1 "name": "a" }`, "1:13 syntax"],
  "missing value": [`{ "seed": }`, "1:11 syntax"],
  "open brace": [`{ "seed": 1`, "1:11 syntax"],
  "open text": [`{ "name": "a }`, "1:11 syntax"],
  "single quotes": [`{ 'seed': 1 }`, "1:3 syntax"],
  "two objects": [`{} {}`, "1:4 syntax"],
};
for (const [name, [text, ...expected]] of Object.entries(wrong)) {
  test(`a ${name} file`, () => {
    const found = lines(text);
    for (const line of expected) assert.ok(found.includes(line), `${line} in ${found.join(", ")}`);
  });
}

test("a file of another kind is refused quickly, whatever it is", () => {
  const kinds = {
    script: "import torch\n\nfor epoch in range(10):\n    train()\n".repeat(1000),
    nested: "[".repeat(100_000),
    "nested objects": `{"a":`.repeat(50_000),
    long: `{ "name": "${"x".repeat(5 * 1024 * 1024)}" }`,
    zeros: "\0".repeat(100_000),
    "many keys": `{ ${Array.from({ length: 50_000 }, (_, i) => `"k${i}": ${i}`).join(", ")} }`,
    "many layers": `{ "student": { "layers": [${'{ "type": "dense", "units": 1 },'.repeat(20_000)}] } }`,
    surrogates: "\ud800".repeat(1000),
  };
  for (const [kind, text] of Object.entries(kinds)) {
    const start = process.cpuUsage(); // not the clock: a busy machine is not the checker's doing
    const found = checkText(text);
    const { user, system } = process.cpuUsage(start);
    const took = (user + system) / 1000;
    assert.ok(found.length > 0, kind);
    assert.ok(took < 2000, `${kind} took ${took} ms`);
  }
});

test("what a sweep of thousands of values tries is found once, and the data of as many of them is looked for as is asked", () => {
  const parsed = parse(`{
  "data": { "train": { "type": "csv", "path": "t.csv", "label": 0 }, "validation": { "split": 0.1 } },
  "student": { "preset": "mlp", "hidden": [4] },
  "losses": [{ "type": "ce" }],
  "sweep": { "parameters": {
    "data.validation.split": [${Array.from({ length: 40_000 }, (_, i) => (100_001 + i) / 1e6).join(", ")}]
  } }
}`);
  const begun = performance.now();
  assert.deepEqual(
    checkParsed(parsed).map(({ code }) => code),
    ["sweep-size"],
  );
  const took = performance.now() - begun;
  assert.ok(took < 4000, `${took} ms`); // A tenth of what looking at each path anew takes.
  assert.equal(sweptConditions(parsed.root), sweptConditions(parsed.root));
  assert.equal(dataSpecs(parsed, 5).length, 6);
});

test("of thousands of layers with one mistake a hundred are told, and a keystroke looks for values and files once", () => {
  const layers = Array.from(
    { length: 3000 },
    (_, i) => `{ "type": "dense", "units": 9, "name": "layer${i}", "inputs": "lyr${i}" }`,
  );
  const text = `{
  "data": { "train": { "type": "csv", "path": "t.csv", "label": 0 }, "validation": { "split": 0.1 } },
  "student": { "layers": [${layers.join(",")}] },
  "losses": [{ "type": "ce" }]
}`;
  const codes = checkText(text).map(({ code }) => code);
  assert.deepEqual(codes, Array(100).fill("layer-reference"));
  const { root } = parse(text);
  assert.equal(references(root).length, 1);
  assert.equal(references(root), references(root));
  assert.equal(walk(root), walk(root));
});
