import assert from "node:assert/strict";
import { test } from "node:test";
import { codeSpans, inQuotes } from "./codeSpans.ts";

test("what stands between backticks is code, a single backtick is not", () => {
  assert.deepEqual(codeSpans("Check `normalize` and `layout`."), [
    { text: "Check ", isCode: false },
    { text: "normalize", isCode: true },
    { text: " and ", isCode: false },
    { text: "layout", isCode: true },
    { text: ".", isCode: false },
  ]);
  assert.deepEqual(codeSpans("a ` b"), [{ text: "a ` b", isCode: false }]);
  assert.deepEqual(codeSpans("a `\n` b"), [{ text: "a `\n` b", isCode: false }]);
  assert.deepEqual(codeSpans(""), []);
});

test("where there is no code, it stands in quotes", () => {
  assert.equal(inQuotes("`alpha` is shorthand for `losses`."), '"alpha" is shorthand for "losses".');
  assert.equal(inQuotes('Add `"test": { "split": 0.2 }`.'), 'Add "test": { "split": 0.2 }.');
  assert.equal(inQuotes("a ` b"), "a ` b");
});
