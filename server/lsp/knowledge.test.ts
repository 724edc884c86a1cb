import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { parse } from "../language/parse.ts";
import { references } from "../language/references.ts";
import { FileKnowledgeCache } from "./knowledge.ts";

test("whoever asked before a file was known hears that it is, whoever has looked", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "knowledge-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const rows = Array.from({ length: 2000 }, (_, row) => `${row},${row % 3}`);
  await writeFile(join(folder, "train.csv"), `x,label\n${rows.join("\n")}\n`);
  const parsed = parse(`{ "data": { "train": { "type": "csv", "path": "train.csv", "label": "label" } } }`);
  const [reference] = references(parsed.root);
  assert.ok(reference);
  const knowledge = new FileKnowledgeCache();
  const isKnown = () => knowledge.of({ folder })(reference) !== undefined;

  const asked: Promise<boolean>[] = [];
  while (!isKnown()) {
    asked.push(knowledge.refresh({ parsed, folder }));
    await setImmediate();
  }
  assert.ok(
    (await Promise.all(asked)).every((isBetter) => isBetter),
    `of ${asked.length}`,
  );
  assert.equal(await knowledge.refresh({ parsed, folder }), false, "nothing has changed since");
});

test("files of an experiment that names many are read once, and those of others are kept beside them", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "knowledge-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const naming = (names: readonly string[]) =>
    parse(
      `{ "teacher": { "type": "onnx", "path": "a.onnx" }, "sweep": { "parameters": { "teacher.path": ${JSON.stringify(names)} } } }`,
    );
  const many = naming(Array.from({ length: 30 }, (_, i) => `${i}.onnx`));
  const other = naming(["other.onnx"]);
  assert.equal(references(many.root).length, 31);
  const knowledge = new FileKnowledgeCache(20);
  const refresh = (parsed: ReturnType<typeof parse>) => knowledge.refresh({ parsed, folder });
  assert.deepEqual([await refresh(other), await refresh(many), await refresh(many)], [true, true, false]);
  assert.deepEqual(
    [await refresh(other), await refresh(many)],
    [false, true],
    "those that were kept, and not",
  );
});
