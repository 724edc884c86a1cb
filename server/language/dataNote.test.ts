import assert from "node:assert/strict";
import { test } from "node:test";
import { knowledgeOf } from "../../test/support/checkRule.ts";
import { dataNote } from "./dataNote.ts";
import { parse } from "./parse.ts";

const npy = `{ "type": "npy", "features": "x", "labels": "y" }`;
const note = (data: string, count: number, dtype = "uint8") =>
  dataNote(parse(`{ "data": { "train": ${npy}${data} } }`), {
    knowledge: knowledgeOf({ x: { count, shape: [1000, 1000], dtype }, y: { count } }),
    machine: { memory: 16e9, hasGpuEngine: false },
  });

test("samples of more than 2 GiB are said, with where they are and what the machine has", () => {
  assert.equal(note("", 2147), undefined);
  const held = `, "storage": "memory"`;
  assert.equal(note(held, 3100), "The samples take 3.1 GB of memory; the machine has 16.0 GB.");
  assert.match(note(held, 775, "float32") ?? "", /take 3\.1 GB of memory[;.]/);
  assert.equal(
    note("", 3100),
    "The samples take 3.1 GB; the machine has 16.0 GB. A source that takes more than a quarter of the free memory stays on disk.",
  );
  assert.equal(note(`, "storage": "disk"`, 3100), "The samples take 3.1 GB and stay on disk.");
});

test("all splits count, and the copy while a share is held back", () => {
  assert.match(
    note(`, "validation": ${npy}, "test": ${npy}, "storage": "memory"`, 1000) ?? "",
    /take 3\.0 GB of memory;/,
  );
  assert.match(
    note(`, "validation": { "split": 0.1 }, "test": ${npy}, "storage": "memory"`, 1500) ?? "",
    /take 3\.0 GB of memory, and 4\.5 GB while validation is split off;/,
  );
});

test("nothing is said of files that nobody has looked at, or of no experiment", () => {
  assert.equal(dataNote(parse(`{ "data": { "train": ${npy} } }`), {}), undefined);
  assert.equal(dataNote(parse("[]"), {}), undefined);
});
