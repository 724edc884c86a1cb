import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { codeMarkdown, plainMarkdown } from "./markdown.ts";
import { packageRoot } from "./packageRoot.ts";

test("no character of a text has a meaning in Markdown", () => {
  assert.equal(
    plainMarkdown("![p](https://x/y.png) <img src=x> `c` $(x) a|b\n# h &lt; www.x.y a@b.c"),
    "\\!\\[p\\]\\(https\\://x/y.png\\) \\<img src\\=x\\> \\`c\\` \\$\\(x\\) a\\|b \\# h \\&lt; www\\.x.y a\\@b.c",
  );
  for (const character of "!#$&()*+-:<=>@[\\]^_`{|}~")
    assert.equal(plainMarkdown(character), `\\${character}`);
  assert.equal(plainMarkdown("été, 1.5 '漢字'?"), "été, 1.5 '漢字'?");
});

test("code stays code, whatever it holds", () => {
  assert.equal(codeMarkdown("dense_1"), "`dense_1`");
  assert.equal(codeMarkdown("`![p](https://x)`"), "`` `![p](https://x)` ``");
  assert.equal(codeMarkdown("a``b`c"), "``` a``b`c ```");
  assert.equal(codeMarkdown("a\n\nb"), "`a b`");
});

test("no other module puts a text between backticks for Markdown", () => {
  const root = packageRoot();
  for (const file of [
    "server/language/hover.ts",
    "server/language/sweepText.ts",
    "extension/tree/runsTree.ts",
  ]) {
    const source = readFileSync(join(root, file), "utf8");
    assert.doesNotMatch(source, /\\`\$\{/, file);
  }
});
