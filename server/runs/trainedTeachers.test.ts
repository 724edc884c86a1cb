import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { StoredTensors } from "./safetensors.ts";
import { cacheFolder, trainedTeachers } from "./trainedTeachers.ts";

const weights: StoredTensors = { w: { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) } };

test("a trained teacher is kept by its key, and one that is not what was written is as good as none", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "teachers-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const cache = join(folder, "cache");
  const said: string[] = [];
  const teachers = trainedTeachers(cache, (why) => said.push(why));
  assert.equal(await teachers.read("a"), undefined);
  await teachers.write("a", weights);
  assert.deepEqual({ ...(await teachers.read("a")) }, weights);
  assert.equal(await teachers.read("b"), undefined);
  const own = join(cache, "teachers");
  const others = ".b.00000000.999999999.1.tmp";
  await mkdir(join(own, others));
  for (const use of [() => teachers.read("a"), () => teachers.write("b", weights)]) {
    await mkdir(join(own, ".b.1.tmp"));
    await use();
    // Only of another machine's process nobody here knows whether it is dead.
    assert.deepEqual(
      (await readdir(own)).filter((name) => name.startsWith(".")),
      [others],
    );
  }
  assert.deepEqual(
    [(await readdir(join(own, "b"))).sort(), said],
    [["SHA256SUMS", "weights.safetensors"], []],
  );
  const path = join(own, "a", "weights.safetensors");
  await writeFile(path, "other");
  assert.equal(await teachers.read("a"), undefined);
  assert.equal(said.length, 1);
  assert.ok(said[0]?.startsWith(`${path} differs from what was written`), said[0]);
  await rm(join(own, "a", "SHA256SUMS"));
  await assert.rejects(
    teachers.read("a"),
    (error: Error) => error.message.includes(path),
    "an earlier version's",
  );
  await rm(path);
  assert.equal(await teachers.read("a"), undefined, "a folder of nothing");
});

test("the cache is beside the runs where a person lets us write", () => {
  assert.equal(cacheFolder(join("/a", ".distill", "runs")), join("/a", ".distill", "cache"));
  assert.equal(cacheFolder(join("/a", ".distill", "others")), join("/a", ".distill", "others", ".cache"));
  assert.equal(cacheFolder(join("/a", "b", "runs")), join("/a", "b", "runs", ".cache"));
});
