import assert from "node:assert/strict";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { cachedOutputs, dyingShard } from "./shards.ts";
import { distill, scene, succeed } from "./support.ts";

const network = (seed: number) => ({
  type: "layers",
  layers: [
    { type: "dense", units: 16, activation: "relu" },
    { type: "dense", units: 3 },
  ],
  train: { epochs: 2, seed },
});

test("shards of an ensemble's outputs for views are filled by several processes, and teach the bits of one", {
  timeout: 600_000,
}, async (context) => {
  const source = (path: string) => ({ type: "csv", path, label: "label" });
  const data = {
    train: source("train.csv"),
    validation: { split: 0.2 },
    test: source("test.csv"),
    augment: [{ type: "noise", std: 0.05 }],
    views: 5,
    batchSize: 16,
  };
  // Of five views the epochs use two.
  const options = {
    with: { data, teacher: { type: "ensemble", teachers: [network(1), network(2)] } },
    steps: 30,
  };
  const studentOf = async (runs: string) => {
    const last = (await readdir(runs)).sort().at(-1) as string;
    return readFile(join(runs, last, "final", "weights.safetensors"));
  };
  const undisturbed = await scene(context, options);
  await succeed(["run", undisturbed.file]);

  const it = await scene(context, options);
  const shard = (words: readonly string[]) => distill(["teacher", it.file, ...words]);
  const early = await shard(["--shard", "1/2"]);
  assert.deepEqual([early.code, /not been trained yet/.test(early.stderr)], [1, true], early.stderr);
  for (const wrong of ["0/2", "3/2", "1", "1/2 "]) {
    const refused = await shard(["--shard", wrong]);
    assert.deepEqual([refused.code, /expected K\/N with 1 ≤ K ≤ N/.test(refused.stderr)], [1, true]);
  }
  await succeed(["run", it.file]);
  const cache = join(it.runs, "..", "cache");
  for (const { name } of (await readdir(cache, { withFileTypes: true })).filter((file) => file.isFile()))
    await rm(join(cache, name)); // The networks are kept, their outputs are not.
  const filled = await Promise.all(["2/3", "3/3"].map((words) => shard(["--shard", words])));
  assert.deepEqual(
    filled.map(({ code }) => code),
    [0, 0],
    filled.map(({ stderr }) => stderr).join(),
  );
  assert.match(
    filled[0]?.stdout ?? "",
    /^train, view 1: samples 64 to 127 of 240\ntrain, view 2: samples 64 to 127 of 240\nvalidation: /,
  );
  assert.doesNotMatch(filled[0]?.stdout ?? "", /view 3/);
  assert.match((await shard(["--shard", "2/3"])).stdout, /of 240, in the cache already\n/);
  const told = JSON.parse((await shard(["--shard", "2/3", "--json"])).stdout);
  assert.equal(told.cache, cache);
  assert.deepEqual(told.filled[1], {
    split: "train",
    view: 1,
    count: 240,
    start: 64,
    end: 128,
    wasThere: true,
  });
  const pieces = async () => (await readdir(cache)).filter((name) => /\.\d+-\d+$/.test(name));
  // Of validation and test, whose batches are fewer, the first shard is empty.
  assert.equal((await pieces()).length, 2 * (2 + 2), "of two networks: two views, and the others are joined");
  await succeed(["run", it.file]);
  assert.deepEqual(await pieces(), []);
  assert.deepEqual(await studentOf(it.runs), await studentOf(undisturbed.runs));

  const whole = await cachedOutputs(undisturbed);
  for (const name of Object.keys(whole)) await rm(join(cache, name));
  const fill = (env: NodeJS.ProcessEnv = {}) =>
    distill(["teacher", it.file, "--shards", "3", "--jobs", "2"], { env });
  const disturbed = await fill(dyingShard("2/3"));
  assert.equal(disturbed.code, 1);
  assert.deepEqual(disturbed.stdout.trimEnd().split("\n").sort(), [
    "Part 1 of 3 is done.",
    "Part 2 of 3 has died (exit code 9): Its memory is gone.",
    "Part 3 of 3 is done.",
  ]);
  assert.match(disturbed.stderr, /^1 of 3 parts are missing\. The same command computes them\.\n/);
  const filledAgain = await fill();
  assert.equal(filledAgain.stdout, "Part 2 of 3 is done.\nAll 3 parts are in the cache.\n");
  const joined = await cachedOutputs(it);
  assert.equal(Object.keys(joined).length, 2 * (2 + 1 + 1), "of two networks: two views, validation, test");
  for (const [name, hash] of Object.entries(joined)) assert.equal(hash, whole[name]);
  assert.equal((await fill()).stdout, "All 3 parts are in the cache.\n");
  const all = await shard(["--shards", "3", "--json"]);
  assert.deepEqual(JSON.parse(all.stdout), { cache, parts: 3, areDone: true });
  for (const wrong of ["0", "1/2", "x"])
    assert.match(
      (await distill(["teacher", it.file, "--shards", wrong])).stderr,
      /expected a number of parts/,
    );
  assert.match((await shard(["--jobs", "2"])).stderr, /only with --shards/);
});
