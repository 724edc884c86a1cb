import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { checkFile } from "../api/checkFile.ts";
import { openTokenizer } from "../data/text/tokenizer.ts";
import { startingPoints } from "../language/startingPoints.ts";
import { makeMissing } from "./makeMissing.ts";

async function emptyFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "made-"));
  context.after(() => rm(folder, { recursive: true }));
  return folder;
}

for (const { label, text, beside } of startingPoints)
  test(`in an empty folder, sample data is all that "${label}" needs, but for a teacher that it brings`, async (context) => {
    const folder = await emptyFolder(context);
    if (beside) await writeFile(join(folder, beside.name), beside.text);
    const made = await makeMissing(text, folder);
    assert.ok(made.length > 0);
    const { diagnostics } = await checkFile(text, folder);
    const wrong = diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
    assert.deepEqual(wrong, text.includes("teacher.onnx") ? ["teacher.onnx: No such file."] : []);
    assert.deepEqual(await makeMissing(text, folder), []);
  });

test("texts get a tokenizer of their words, after the columns have been named right", async (context) => {
  const folder = await emptyFolder(context);
  await writeFile(join(folder, "r.csv"), 'said,is\n"Ça va, très bien!",good\n"va mal",bad\n');
  const source = (text: string) =>
    JSON.stringify({
      data: {
        train: { type: "text", path: "r.csv", text, label: "is", tokenizer: "tokenizer.json", maxLength: 8 },
      },
    });
  await assert.rejects(makeMissing(source("sayed"), folder), { message: /no column "sayed"/ });
  assert.deepEqual(await makeMissing(source("said"), folder), ["tokenizer.json"]);
  const tokenizer = await openTokenizer(join(folder, "tokenizer.json"));
  assert.ok(!("code" in tokenizer), JSON.stringify(tokenizer));
  const { model } = JSON.parse(await readFile(join(folder, "tokenizer.json"), "utf8"));
  const wordOf = new Map(Object.entries(model.vocab).map(([word, id]) => [id, word]));
  context.after(() => tokenizer.close());
  const encoded = await tokenizer.encode([["Va très mal!"], ["vie"]], 7);
  assert.ok(!("why" in encoded));
  assert.deepEqual(
    Array.from(encoded.ids, (id) => wordOf.get(id)),
    "[CLS] va tres mal ! [SEP] [PAD] [CLS] v ##i ##e [SEP] [PAD] [PAD]".split(" "),
  );
});
