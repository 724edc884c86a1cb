import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { filesIn } from "../../../test/support/dataFiles.ts";
import { openTokenizer, usualLimits } from "./tokenizer.ts";

const fixture = new URL("../../../test/fixtures/texts/words.json", import.meta.url);
const words = JSON.parse(await readFile(fixture, "utf8"));
const limits = { ...usualLimits, opening: 300, texts: 300, character: 0 };

const vocab = (more: string) => ({ model: { type: "WordLevel", unk_token: "a", vocab: JSON.parse(more) } });
const added = (...added_tokens: unknown[]) => ({ added_tokens });
const split = (pattern: unknown) => ({ pre_tokenizer: { type: "Split", pattern, behavior: "Isolated" } });
const replaced = { type: "Replace", pattern: { Regex: "" }, content: "a".repeat(100) };
/** It is over for each word that tokenizers are tried with, and not for "aa…b". */
const slow = { Regex: "(a+)+$" };

for (const [what, changed, why] of [
  ["a vocabulary that is none", vocab("7"), /its model has no `vocab`/],
  ["an empty vocabulary", vocab("{}"), /its model has no `vocab`/],
  [
    "a number below 0",
    vocab('{"a": 0, "b": -1}'),
    /the word "b" of `model.vocab` is -1, and not a whole one from 0/,
  ],
  ["a number no float has", vocab('{"a": 0, "b": 16777216}'), /the word "b" of `model.vocab` is 16777216/],
  ["half a number", vocab('{"a": 0.5}'), /is 0.5/],
  ["a word for a number", vocab('{"a": "0"}'), /is "0"/],
  ["one number twice", vocab('{"a": 3, "__proto__": 3}'), /"a" and "__proto__" have the same number, 3/],
  ["a list without scores", vocab('[["a", 0], "b"]'), /entry 1 of `model.vocab` is no word with its score/],
  ["merges of one", { model: { ...words.model, type: "BPE", merges: [["a"]] } }, /`model.merges`/],
  [
    "an unknown word that is none",
    { model: { ...words.model, unk_token: {} } },
    /`model.unk_token` is no text/,
  ],
  ["added tokens that are no list", { added_tokens: {} }, /`added_tokens` is no list/],
  [
    "an added token without a text",
    added({ id: 1, content: "" }),
    /entry 0 of `added_tokens` has no `content`/,
  ],
  ["an added token's number", added({ id: 1e9, content: "x" }), /the added token "x" is 1000000000/],
  [
    "an added token in another's place",
    added({ id: 5, content: "x" }),
    /"Dull" and "x" have the same number, 5/,
  ],
  ["padding", { padding: { pad_id: -1 } }, /`padding.pad_id` is -1/],
  ["a step that is none", { pre_tokenizer: 3 }, /`pre_tokenizer` is 3/],
  [
    "a step inside of another",
    { normalizer: { type: "Sequence", normalizers: [{ type: null }] } },
    /`normalizer` has a step without a `type`/,
  ],
  ["a pattern that is none", split("\u001b[2J"), /`pre_tokenizer` has the pattern "\\u001b\[2J"/],
  [
    "a step that is not known",
    { normalizer: { type: "constructor" } },
    /Unknown Normalizer type: constructor/,
  ],
  [
    "a mark without a number",
    {
      added_tokens: [],
      model: { type: "WordLevel", vocab: { a: 0 } },
      post_processor: { type: "BertProcessing", cls: ["[CLS]", 1], sep: ["[SEP]", 2] },
    },
    /mark/,
  ],
  [
    "a text that would grow",
    { normalizer: { type: "Sequence", normalizers: [replaced, replaced, replaced] } },
    /more than 1000 times as long/,
  ],
  [
    "a pattern that takes for ever",
    {
      added_tokens: [{ id: 0, content: `${"a".repeat(60)}b`, normalized: true }],
      model: vocab('{"a": 1}').model,
      normalizer: { type: "Replace", pattern: slow, content: "" },
    },
    /its patterns take more than 0.3 s/,
  ],
] as const)
  test(`refused: ${what}`, async (t) => {
    const folder = await filesIn(t, { "t.json": JSON.stringify({ ...words, ...changed }) });
    const found = await openTokenizer(join(folder, "t.json"), limits);
    assert.ok("code" in found, "it was read");
    assert.equal(found.code, "bad-tokenizer");
    assert.match(found.message, why);
  });

test("a pattern that takes for ever ends at its text, for words of Replace and Split alike", async (t) => {
  const normalizer = { type: "Replace", pattern: slow, content: "" };
  for (const changed of [split(slow), { normalizer }]) {
    const folder = await filesIn(t, { "t.json": JSON.stringify({ ...words, ...changed }) });
    const tokenizer = await openTokenizer(join(folder, "t.json"), limits);
    assert.ok(!("code" in tokenizer), JSON.stringify(tokenizer));
    const found = await tokenizer.encode([["fine"], [`${"a".repeat(60)}b`]], 4);
    await tokenizer.close();
    assert.deepEqual(found, { why: "the tokenizer's patterns take more than 0.3 s for it", at: 1 });
  }
});

test("a tokenizer is that of its file, whatever the one before it was or how it ended", async (t) => {
  const first = vocab('{"a": 1, "b": 2}');
  const files = await filesIn(t, {
    "t.json": JSON.stringify({ ...words, ...first, added_tokens: [], post_processor: null }),
    "slow.json": JSON.stringify({ ...words, ...split(slow) }),
    "none.json": "{}",
  });
  const numbers = async (): Promise<number[]> => {
    const tokenizer = await openTokenizer(join(files, "t.json"), limits);
    assert.ok(!("code" in tokenizer), JSON.stringify(tokenizer));
    const found = await tokenizer.encode([["b a"]], 2);
    await tokenizer.close();
    return "why" in found ? [] : [...found.ids];
  };
  assert.deepEqual(await numbers(), [2, 1]);
  assert.ok("code" in (await openTokenizer(join(files, "none.json"), limits)));
  assert.deepEqual(await numbers(), [2, 1]);
  const slowed = await openTokenizer(join(files, "slow.json"), limits);
  assert.ok(!("code" in slowed), JSON.stringify(slowed));
  assert.ok("why" in (await slowed.encode([[`${"a".repeat(60)}b`]], 4)));
  await slowed.close();
  assert.deepEqual(await numbers(), [2, 1]);
});

test("a tokenizer that takes more memory than it may is refused", async (t) => {
  const vocab = Object.fromEntries(Array.from({ length: 300_000 }, (_, id) => [`word ${id}`, id]));
  const changed = { ...words, model: { ...words.model, unk_token: "word 0", vocab }, added_tokens: [] };
  const folder = await filesIn(t, { "t.json": JSON.stringify({ ...changed, post_processor: null }) });
  const found = await openTokenizer(join(folder, "t.json"), { ...usualLimits, memory: 32 });
  assert.match(JSON.stringify(found), /it takes more than 32 MB of memory/);
});

test("names that every object has are words as any other", async (t) => {
  const changed = vocab('{"a": 0, "__proto__": 1, "constructor": 2}');
  const file = `${JSON.stringify({ ...words, ...changed, added_tokens: [], post_processor: null }).replace('"a":0', '"a":0,"__proto__":1')}`;
  const folder = await filesIn(t, { "t.json": file });
  const tokenizer = await openTokenizer(join(folder, "t.json"), limits);
  assert.ok(!("code" in tokenizer), JSON.stringify(tokenizer));
  assert.equal(tokenizer.facts.vocabulary, 3);
  const found = await tokenizer.encode([["__proto__ constructor toString a"]], 4);
  await tokenizer.close();
  assert.deepEqual("why" in found ? found : [...found.ids], [1, 2, 0, 0]);
});
