import assert from "node:assert/strict";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type {
  Source,
  TextFolderSource,
  TextLinesSource,
  TextTableSource,
} from "../../../schemas/experiment.gen.ts";
import { encodeNpy, filesIn } from "../../../test/support/dataFiles.ts";
import { storageOf } from "../../../test/support/storageOf.ts";
import { describeFile } from "../describe.ts";
import type { LoadOptions } from "./options.ts";
import { loadSource } from "./sources.ts";

/** What is in them says make.py, which asked Python's tokenizers for what is expected. */
const fixtures = fileURLToPath(new URL("../../../test/fixtures/texts", import.meta.url));
const expected = JSON.parse(await readFile(join(fixtures, "expected.json"), "utf8"));
const texts: readonly string[] = expected.texts;

const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");
const reviews = lines(
  texts.map((review, i) => ({ review, other: texts.at(-1 - i), stars: i % 2 === 0 ? "good" : "bad" })),
);
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
const table = `review,stars\n${texts.map((text, i) => `${quoted(text)},${i % 2 === 0 ? "good" : "bad"}\n`).join("")}`;

async function load(
  folder: string,
  changed: Partial<TextTableSource & TextFolderSource & TextLinesSource>,
  options?: LoadOptions,
) {
  for (const name of ["wordpiece", "bytes", "words"])
    await copyFile(join(fixtures, `${name}.json`), join(folder, `${name}.json`));
  const isTable = !("folder" in changed || "lines" in changed);
  const source = {
    type: "text",
    ...(isTable && { path: "reviews.jsonl", text: "review", label: "stars" }),
    tokenizer: "wordpiece.json",
    maxLength: 12,
    ...changed,
  } as Source;
  return loadSource(source, folder, options);
}

for (const name of ["wordpiece", "bytes", "words"])
  test(`${name}: texts become the numbers that Python's tokenizers gives, cut and padded`, async (t) => {
    const folder = await filesIn(t, { "reviews.jsonl": reviews, "reviews.csv": table });
    const tokenizer = `${name}.json`;
    const samples = await load(folder, { tokenizer });
    assert.ok(!("code" in samples), JSON.stringify(samples));
    assert.deepEqual(Array.from(storageOf(samples)), expected[name].single.flat());
    const mask = storageOf(samples).map((id) => Number(id !== samples.tokens?.padding));
    assert.deepEqual(Array.from(mask), expected[name].mask.flat(), "padding is told apart");
    assert.deepEqual([samples.shape, samples.classNames], [[12], ["bad", "good"]]);
    assert.equal(samples.tokens?.padding, expected.padding[name]);
    const json = JSON.parse(await readFile(join(fixtures, `${name}.json`), "utf8"));
    const marks = json.added_tokens.map(({ id }: { readonly id: number }) => id);
    assert.deepEqual(samples.tokens?.special, marks, "no word of a text, so never dropped");
    const asCsv = await load(folder, { tokenizer, path: "reviews.csv" });
    assert.ok(!("code" in asCsv), JSON.stringify(asCsv));
    assert.equal(asCsv.contentHash, samples.contentHash, "the same of a CSV table");
    if (name === "bytes") return; // Its tokenizer has no way to put two together.
    const pairs = await load(folder, { tokenizer, text: ["review", "other"] });
    assert.ok(!("code" in pairs), JSON.stringify(pairs));
    assert.deepEqual(Array.from(storageOf(pairs)), expected[name].pairs.flat());
  });

test("texts in class folders and in lines are the samples that a table of them has", async (t) => {
  const byClass = ["bad", "good"].flatMap((label) =>
    texts.flatMap((text, i) => ((i % 2 === 0) === (label === "good") ? [{ text, label, i }] : [])),
  );
  const oneLine = (text: string) => text.replaceAll(/[\r\n]+/g, " ");
  const folder = await filesIn(t, {
    "reviews.jsonl": lines(byClass.map(({ text: review, label: stars }) => ({ review, stars }))),
    ...Object.fromEntries(
      byClass.map(({ text, label, i }) => [`all/${label}/${label === "bad" ? "a/" : ""}${i}.txt`, text]),
    ),
    "all/good/read.me": "no text of a sample",
    "oneLine.jsonl": lines(
      texts.map((text, i) => ({ review: oneLine(text), stars: i % 2 === 0 ? "good" : "bad" })),
    ),
    "reviews.txt": texts.map((text) => `${oneLine(text)}\r\n`).join(""),
    "stars.txt": texts.map((_, i) => `${i % 2 === 0 ? "good" : "bad"}\n`).join(""),
    "odd.txt": "good\n\nbad\n",
    "numbers.npy": encodeNpy(
      "<i8",
      [texts.length],
      texts.map((_, i) => i % 2),
    ),
  });
  const table = await load(folder, {});
  assert.ok(!("code" in table), JSON.stringify(table));
  const folders = await load(folder, { folder: "all" });
  assert.equal("contentHash" in folders && folders.contentHash, table.contentHash, JSON.stringify(folders));
  const named = await load(folder, { path: "oneLine.jsonl" });
  assert.ok(!("code" in named));
  const inLines = { lines: "reviews.txt", labels: "stars.txt" };
  const ofLines = await load(folder, inLines);
  assert.equal("contentHash" in ofLines && ofLines.contentHash, named.contentHash, JSON.stringify(ofLines));
  const ofArray = await load(folder, { ...inLines, labels: "numbers.npy" });
  assert.deepEqual(
    "labels" in ofArray && Array.from(ofArray.labels),
    texts.map((_, i) => i % 2),
  );
  const alone = await load(
    folder,
    { lines: "reviews.txt" },
    {
      labels: "none",
      like: named,
    },
  );
  assert.deepEqual(
    "labels" in alone && Array.from(alone.labels),
    texts.map(() => -1),
  );
  const short = await load(folder, { ...inLines, labels: "odd.txt" });
  assert.partialDeepStrictEqual(short, { code: "count-mismatch", expected: texts.length, found: 3 });
  const options = { like: { ...table, classNames: ["fine", "good"] } };
  const stranger = await load(folder, { folder: "all" }, options);
  assert.partialDeepStrictEqual(stranger, { code: "label-range", found: "bad" });
});

test("what is cut off or empty is said", async (t) => {
  const samples = await load(await filesIn(t, { "reviews.jsonl": reviews }), {});
  assert.ok(!("code" in samples));
  assert.deepEqual(
    samples.remarks?.map(({ message }) => message),
    [
      "4 of 6 texts are longer than `maxLength`, 12, and are cut off there.",
      "1 of 6 texts are empty: no word of theirs is seen.",
    ],
  );
});

for (const [what, files, changed, problem] of [
  ["no JSON", { "t.json": "{" }, { tokenizer: "t.json" }, { code: "bad-tokenizer" }],
  ["another JSON", { "t.json": '{"model":null}' }, { tokenizer: "t.json" }, { code: "bad-tokenizer" }],
  [
    "a model that is not known",
    { "t.json": '{"model":{"type":"Odd","vocab":{"a":0}}}' },
    { tokenizer: "t.json" },
    { code: "bad-tokenizer" },
  ],
  ["lines of text", { "r.txt": "review,stars\nfine,a\n" }, { path: "r.txt" }, { code: "unsupported-format" }],
  ["no room for a text", {}, { maxLength: 2 }, { code: "shape-mismatch", expected: "at least 3", found: 2 }],
  ["no such column", {}, { text: "body" }, { code: "missing-column", found: "body" }],
  ["no such tokenizer", {}, { tokenizer: "none.json" }, { code: "missing-file" }],
  [
    "a label that is missing",
    { "reviews.jsonl": '{"review":"fine","stars":null}\n' },
    {},
    { code: "no-label", line: 1 },
  ],
] as const) {
  test(`a problem: ${what}`, async (t) => {
    const folder = await filesIn(t, { "reviews.jsonl": reviews, ...files });
    const found = await load(folder, changed as Partial<TextTableSource>);
    assert.ok("code" in found, "it was read");
    assert.partialDeepStrictEqual(found, problem);
  });
}

test("samples of another tokenizer are not taken beside training samples", async (t) => {
  const folder = await filesIn(t, { "reviews.jsonl": reviews });
  const like = await load(folder, {});
  assert.ok(!("code" in like));
  const found = await load(folder, { tokenizer: "words.json" }, { like });
  assert.equal("code" in found && found.code, "bad-tokenizer");
});

test("characters that SentencePiece's Nmt takes for spaces part words, and its control characters do not", async (t) => {
  const words = JSON.parse(await readFile(join(fixtures, "words.json"), "utf8"));
  const [one, other] = Object.keys(words.model.vocab).filter((word) => /^[a-z]+$/.test(word));
  const nmt = { type: "Sequence", normalizers: [{ type: "Nmt" }, ...[words.normalizer ?? []].flat()] };
  const folder = await filesIn(t, {
    "reviews.jsonl": lines([
      { review: `${one} ${other}`, stars: 0 },
      { review: `${one}\u200b${other}\u0007`, stars: 1 },
      { review: `${one}\ufffd\u001f${other}`, stars: 1 },
    ]),
    "nmt.json": JSON.stringify({ ...words, normalizer: nmt }),
  });
  const samples = await load(folder, { tokenizer: "nmt.json" });
  assert.ok(!("code" in samples), JSON.stringify(samples));
  const [size = 0] = samples.shape;
  const [first, ...others] = [0, 1, 2].map((n) =>
    Array.from(storageOf(samples)).slice(n * size, (n + 1) * size),
  );
  for (const row of others) assert.deepEqual(row, first);
});

test("texts that take longer than there is time for all of them are told apart from a bad tokenizer", async (t) => {
  const words = JSON.parse(await readFile(join(fixtures, "words.json"), "utf8"));
  const pattern = { Regex: "(a+)+$" };
  const folder = await filesIn(t, {
    "reviews.jsonl": lines(
      Array.from({ length: 2000 }, (_, i) => ({ review: `${"a".repeat(22)}b`, stars: i % 2 })),
    ),
    "slow.json": JSON.stringify({
      ...words,
      pre_tokenizer: { type: "Split", pattern, behavior: "Isolated" },
    }),
  });
  const textTime = { left: 300 };
  for (let split = 0; split < 2; split++) {
    const found = await load(folder, { tokenizer: "slow.json" }, { textTime });
    assert.equal("code" in found && found.code, "too-slow");
    assert.ok(textTime.left <= 0, "what one split has used up is not there for the next");
  }
});

test("a description of a tokenizer says how many numbers it has, and which one is padding", async () => {
  const found = await describeFile(join(fixtures, "bytes.json"), { format: "tokenizer" });
  assert.partialDeepStrictEqual(found, { kind: "tokenizer", padding: 1 });
});
