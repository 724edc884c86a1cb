import assert from "node:assert/strict";
import { test } from "node:test";
import { codeSpans } from "./codeSpans.ts";

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
