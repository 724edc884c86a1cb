import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fingerprint } from "./fingerprint.ts";

test("copies have one fingerprint; other sizes, beginnings, pieces between and ends have others", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "fingerprint-"));
  context.after(() => rm(folder, { recursive: true }));
  const of = async (bytes: Uint8Array) => {
    await writeFile(join(folder, "file"), bytes);
    return fingerprint(join(folder, "file"));
  };
  for (const size of [1, 100, 5000, 1_000_000]) {
    const bytes = new Uint8Array(size);
    const changed = (at: number) => bytes.with(at, 1);
    const all = [
      bytes,
      changed(0),
      changed(size - 1),
      changed(Math.round((Math.max(0, size - 4096) * 10) / 31)),
      new Uint8Array(size + 1),
    ];
    const found = new Set<string | undefined>();
    for (const one of all) found.add(await of(one));
    assert.equal(found.size, size === 1 ? 3 : size <= 4096 ? 4 : 5, `${size} bytes`);
    assert.equal(await of(bytes.slice()), await of(bytes));
  }
  assert.equal(await fingerprint(join(folder, "none")), undefined);
  assert.equal(await fingerprint(folder), undefined);
});
