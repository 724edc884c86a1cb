import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { eraOf, readKnownManifest, readManifest, writeManifest } from "./manifest.ts";
import { type RunDirectory, runDirectory } from "./runDirectory.ts";

async function newRun(context: TestContext): Promise<RunDirectory> {
  const path = await mkdtemp(join(tmpdir(), "manifest-"));
  context.after(() => rm(path, { recursive: true, force: true }));
  return runDirectory(path);
}

const data = { train: { hash: "t" } };
const facts = { data, teacher: { hash: "u" }, engine: "e", device: "cpu", versions: { distillery: "1.0.0" } };

test("a manifest is read as it was written, with the format that it has; a run has none at first", async (context) => {
  const run = await newRun(context);
  assert.equal(await readManifest(run), undefined);
  assert.deepEqual(await readKnownManifest(run, undefined), { file: undefined, manifest: undefined });
  const manifest = { ...facts, threads: 4, history: [{ step: 7, data }] };
  await writeManifest(run, manifest);
  const text = `${JSON.stringify({ ...manifest, format: 2 }, null, 2)}\n`;
  assert.equal(await readFile(run.manifest, "utf8"), text);
  assert.deepEqual(await readManifest(run), { ...manifest, format: 2 });
  const known = await readKnownManifest(run, undefined);
  assert.deepEqual(known.manifest, { ...manifest, format: 2 });
  assert.equal((await readKnownManifest(run, known.file)).file, known.file);
});

const read: readonly [what: string, written: object, manifest: object][] = [
  ["nothing", {}, {}],
  ["an engine and nothing that was learned from", { engine: "e" }, { engine: "e" }],
  ["a teacher", { teacher: { hash: "u" } }, { teacher: { hash: "u" } }],
  ["a teacher's hash", { teacher: "u" }, { teacher: { hash: "u" } }],
  ["hashes of data", { data: { train: "t" } }, { data, history: [{ step: 0, data }] }],
  ["data", { data, threads: 2 }, { data, threads: 2, history: [{ step: 0, data }] }],
  ["all", facts, { ...facts, history: [{ step: 0, ...facts }] }],
  ["a history", { data, history: [] }, { data, history: [] }],
  ["a history without data", { history: [{ step: 3 }] }, { history: [{ step: 3 }] }],
  [
    "a doubt of the teacher",
    { teacherDoubt: "It is fed raw." },
    { warnings: [{ code: "teacher-doubt", message: "It is fed raw." }] },
  ],
];
for (const [what, written, manifest] of read)
  test(`a manifest that says ${what} is read in the form of today`, async (context) => {
    const run = await newRun(context);
    await writeFile(run.manifest, JSON.stringify(written));
    assert.deepEqual(await readManifest(run), manifest);
    assert.deepEqual((await readKnownManifest(run, undefined)).manifest, manifest);
  });

test("an era has of a manifest what is known of what it learned from and was trained with", () => {
  const normalize = { scale: 1, mean: [0], std: [1] };
  const era = { ...facts, normalize };
  assert.deepEqual(eraOf({ ...era, threads: 4, layout: "plain" }), era);
  assert.deepEqual(eraOf({ engine: "e", threads: 4 }), { engine: "e" });
});
