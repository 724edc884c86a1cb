import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packageRoot } from "./packageRoot.ts";

/** Text in a code span that is a path: it ends as a folder or a source does. */
const path = /^[\w.-]+(\/[\w.-]+)*(\/|\.(ts|mjs|md|json))$/;
/** Names in run directories, of users' files, and of what is generated. */
const foreign =
  /^(\.distill|\.index|best|final|checkpoints|model|weights|job|manifest|engine|experiment)\b|NAME|\.gen\.|screenshots/;

test("every path that the documents name exists", () => {
  const root = packageRoot();
  const tops = readdirSync(root, { withFileTypes: true }).filter(
    ({ name }) => !/^(node_modules|dist|\.git)$/.test(name),
  );
  const known = tops.flatMap((top) =>
    top.isDirectory()
      ? readdirSync(join(root, top.name), { withFileTypes: true, recursive: true })
          .map((entry) =>
            `/${join(entry.parentPath, entry.name)}${entry.isDirectory() ? "/" : ""}`.replaceAll("\\", "/"),
          )
          .concat(`/${top.name}/`)
      : [`/${top.name}`],
  );
  for (const document of ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"]) {
    const spans = readFileSync(join(root, document), "utf8").match(/`[^`\n]+`/g) ?? [];
    const named = spans
      .map((span) => span.slice(1, -1))
      .filter((text) => path.test(text) && !foreign.test(text));
    assert.ok(document !== "ARCHITECTURE.md" || named.length > 50, `${named.length} paths`);
    assert.deepEqual(
      named.filter((text) => !known.some((entry) => entry.endsWith(`/${text}`))),
      [],
      document,
    );
  }
});

test("every name in camel case that ARCHITECTURE.md gives is in the code", () => {
  const root = packageRoot();
  const rules = readFileSync(join(root, "biome.json"), "utf8");
  const sources = ["server", "extension", "test", "scripts", "bench"].flatMap((top) =>
    readdirSync(join(root, top), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8")),
  );
  const words = new Set([...sources, rules].flatMap((text) => text.match(/\w+/g) ?? []));
  const spans = readFileSync(join(root, "ARCHITECTURE.md"), "utf8").match(/`[^`\n]+`/g) ?? [];
  const names = spans.flatMap(
    (span) => /^`([A-Za-z.]*[a-z][A-Z][A-Za-z.]*)`$/.exec(span)?.[1]?.split(".") ?? [],
  );
  assert.ok(names.length > 20, `${names.length} names`);
  assert.deepEqual(
    names.filter((name) => !words.has(name)),
    [],
  );
});
