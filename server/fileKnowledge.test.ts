import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { lookAt } from "./fileKnowledge.ts";
import { parse } from "./language/parse.ts";
import { references } from "./language/references.ts";

async function folderWith(context: TestContext, ...files: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "knowledge-"));
  context.after(() => rm(folder, { recursive: true }));
  for (const file of files) {
    await mkdir(join(folder, file, ".."), { recursive: true });
    await writeFile(join(folder, file), "a,label\n1,0\n2,1\n");
  }
  return folder;
}

async function nearby(path: string, folder: string) {
  const [reference] = references(
    parse(JSON.stringify({ data: { train: { type: "csv", path, label: "label" } } })).root,
  );
  assert.ok(reference);
  return (await lookAt(reference, folder)).problem?.nearby;
}

test("of a file that is not there, the first wrong name and what is in its place", async (context) => {
  const folder = await folderWith(context, "data/train.csv", "data/deep/x.csv", "top.csv");
  const sorted = async (path: string) => {
    const found = await nearby(path, folder);
    return found && { ...found, names: [...found.names].sort() };
  };
  assert.deepEqual(await sorted("./data/trian.csv"), { offset: 7, length: 9, names: ["train.csv"] });
  assert.deepEqual(await sorted("dta/train.csv"), { offset: 0, length: 3, names: ["data"] });
  assert.deepEqual(await sorted("data/../tpo.csv"), { offset: 8, length: 7, names: ["top.csv"] });
  assert.deepEqual(await sorted("tpo.csv"), { offset: 0, length: 7, names: ["top.csv"] });
  assert.deepEqual(await sorted(join(folder, "tpo.csv")), {
    offset: folder.length + 1,
    length: 7,
    names: ["top.csv"],
  });
  assert.equal(await sorted("data/train.csv"), undefined, "it is there");
  assert.equal(await sorted("top.csv/train.csv"), undefined, "a file is no folder");
  assert.equal(await sorted("../".repeat(40)), undefined);
  assert.deepEqual((await sorted("a\0b"))?.names, ["top.csv"]);
});
