import assert from "node:assert/strict";
import { test } from "node:test";
import { applyEdits } from "./finding.ts";
import { insertProperty, removeItem, removeItems } from "./insert.ts";
import { keyOf, parse, properties } from "./parse.ts";
import { normalised } from "./references.ts";
import { suggestion } from "./suggest.ts";

function inserts(before: string, after: string, where?: "first" | "last"): void {
  test(`into ${before}`, () => {
    const { root } = parse(before);
    assert.ok(root);
    assert.equal(applyEdits(before, [insertProperty(before, root, "k", "1", where)]), after);
  });
}

inserts(`{}`, `{ "k": 1 }`);
inserts(`{ "a": 0 }`, `{ "a": 0, "k": 1 }`);
inserts(`{ "a": 0 }`, `{ "k": 1, "a": 0 }`, "first");
inserts(`{ "a": 0, }`, `{ "a": 0, "k": 1 }`);
inserts(`{\n  "a": 0\n}`, `{\n  "a": 0,\n  "k": 1\n}`);
inserts(`{\n  "a": 0 // zero\n}`, `{\n  "a": 0, // zero\n  "k": 1\n}`);
inserts(`{\r\n  "a": 0 // zero\r\n}`, `{\r\n  "a": 0, // zero\n  "k": 1\r\n}`);
inserts(`{\n  "a": 0, // zero\n}`, `{\n  "a": 0, // zero\n  "k": 1\n}`);
inserts(`{\n  "a": 0 /* zero */\n  // below\n}`, `{\n  "a": 0, /* zero */\n  "k": 1\n  // below\n}`);
inserts(`{\n  "a": 0 /* zero */ }`, `{\n  "a": 0,\n  "k": 1 /* zero */ }`);
inserts(`{ "a": 0 // zero\n}`, `{ "a": 0, "k": 1 // zero\n}`);
inserts(`{\n\n  "a": 0\n}`, `{\n\n  "a": 0,\n  "k": 1\n}`);
inserts(`{ /* nothing */ }`, `{ "k": 1  /* nothing */ }`);

test("the comma goes with what is removed", () => {
  const text = `[1, 2, 3]`;
  const items = parse(text).root?.children ?? [];
  const left = items.map((item) => applyEdits(text, [removeItem(text, item)]));
  assert.deepEqual(left, ["[2, 3]", "[1, 3]", "[1, 2]"]);
  const only = `[ 1, ]`;
  const [item] = parse(only).root?.children ?? [];
  assert.ok(item);
  assert.deepEqual(parse(applyEdits(only, [removeItem(only, item)])).problems, []);
});

/** Without "k", and then without "k" and "l". */
function removes(before: string, after: string, withoutBoth = after): void {
  test(`out of ${before}`, () => {
    const { root } = parse(before);
    assert.ok(root);
    const [k, l] = ["k", "l"].map((key) => properties(root).find((property) => keyOf(property) === key));
    assert.ok(k);
    assert.equal(applyEdits(before, [removeItem(before, k)]), after);
    assert.equal(applyEdits(before, removeItems(before, root, l ? [k, l] : [k])), withoutBoth);
  });
}

removes(`{ "k": 1 }`, `{ }`);
removes(`{\n  "k": 1\n}`, `{\n}`);
removes(
  `{\n  // above\n  "k": 1, // beside\n  // below\n  "a": 0\n}`,
  `{\n  // above\n  // beside\n  // below\n  "a": 0\n}`,
);
removes(`{\n  "a": 0, // zero\n  "k": 1\n}`, `{\n  "a": 0 // zero\n}`);
removes(`{\r\n  "a": 0, // zero\r\n  "k": 1\r\n}`, `{\r\n  "a": 0 // zero\r\n}`);
removes(
  `{\n  "a": 0, // zero\n  // above\n  "k": 1 // beside\n}`,
  `{\n  "a": 0 // zero\n  // above\n  // beside\n}`,
);
removes(`{\n  "a": 0, // zero\n  "k": 1,\n}`, `{\n  "a": 0, // zero\n}`);
removes(`{ "a": 0, // zero\n  "k": 1 }`, `{ "a": 0 // zero\n   }`);
removes(`{ "a": 0, // zero\n  "k": 1, }`, `{ "a": 0, // zero\n   }`);
removes(`{ "a": 0, /* one */ "k": 1 /* more */ }`, `{ "a": 0 /* one */ /* more */ }`);
removes(`{ "k": 1 /* one */, "a": 0 }`, `{ /* one */"a": 0 }`);
removes(`{ "k": 1, "l": 2, "a": 0 }`, `{ "l": 2, "a": 0 }`, `{ "a": 0 }`);
removes(`{ "a": 0, "k": 1, "l": 2 }`, `{ "a": 0, "l": 2 }`, `{ "a": 0 }`);
removes(`{ "k": 1, "a": 0, "l": 2 }`, `{ "a": 0, "l": 2 }`, `{ "a": 0 }`);
removes(`{ "k": 1, "l": 2 }`, `{ "l": 2 }`, `{ }`);

test("paths to one file are one path", () => {
  assert.equal(normalised("./a/../b.onnx"), "b.onnx");
  assert.equal(normalised("a//b\\c"), "a/b/c");
  assert.equal(normalised("../../x"), "../../x");
  assert.equal(normalised("/x/./y"), "/x/y");
});

test("what was probably meant", () => {
  const known = ["temperature", "type", "mlp", "adam", "adamw"];
  assert.equal(suggestion("temprature", known), "temperature");
  assert.equal(suggestion("Type", known), "type");
  assert.equal(suggestion("mpl", known), "mlp");
  assert.equal(suggestion("adan", known), "adam");
  assert.equal(suggestion("learningRate", known), undefined);
  assert.equal(suggestion("x", ["y"]), undefined);
});
