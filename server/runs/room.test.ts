import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { freemem, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hasRoom, shareOf } from "./room.ts";

test("threads are shared out so that all runs together take the machine's cores", () => {
  const rows: readonly [Parameters<typeof shareOf>, number, number][] = [
    [[{}, 9, 8], 8, 1],
    [[{}, 3, 8], 3, 2],
    [[{}, 1, 8], 1, 8],
    [[{ threads: 3 }, 9, 8], 2, 3],
    [[{ threads: 16 }, 9, 8], 1, 16],
    [[{ jobs: 2 }, 9, 8], 2, 4],
    [[{ jobs: 5 }, 2, 8], 2, 4],
    [[{ jobs: 4 }, 9, 2], 4, 1],
    [[{ jobs: 4, threads: 1 }, 9, 8], 4, 1],
  ];
  for (const [given, jobs, threads] of rows) {
    const share = shareOf(...given);
    assert.deepEqual([share.jobs, share.threads], [jobs, threads], JSON.stringify(given));
  }
});

test("a run begins once those beside it are measured and leave memory for one more", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "room-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  let count = 0;
  const run = async (manifest?: object) => {
    const path = join(folder, String(++count));
    await mkdir(path);
    if (manifest) await writeFile(join(path, "manifest.json"), JSON.stringify({ format: 2, ...manifest }));
    return path;
  };
  const small = await run({ memory: 1000 });
  const two = { jobs: 2, threads: 1, isGiven: false };
  assert.equal(await hasRoom([small], two), true);
  assert.equal(await hasRoom([small], { ...two, jobs: 1 }), false);
  assert.equal(await hasRoom([small, small], two), false);
  assert.equal(await hasRoom([small, await run({})], { ...two, jobs: 3 }), false, "it does not train yet");
  assert.equal(await hasRoom([await run()], two), false, "it has just begun");
  assert.equal(await hasRoom([await run({ memory: freemem() })], two), false);
  const onCard = await run({ memory: 1000, device: "gpu:0" });
  assert.equal(await hasRoom([onCard], two), false);
  assert.equal(await hasRoom([onCard], { ...two, isGiven: true }), true);
});
