import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type CheckpointContent, checkpointSteps, latestCheckpoint, writeCheckpoint } from "./checkpoints.ts";
import { readStudent, writeStudent } from "./student.ts";

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "checkpoints-"));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Every value tells the step, so that a mix of two checkpoints would show. */
function contentOf(step: number, size = 16): CheckpointContent {
  return {
    tensors: {
      "weights/dense.kernel": { dtype: "float32", shape: [size], data: new Float32Array(size).fill(step) },
      "optimizer/step": { dtype: "int32", shape: [], data: Int32Array.of(step) },
    },
    meta: { step, best: { accuracy: 0.5 } },
  };
}

test("the latest checkpoint is read back, and only so many are kept", async (context) => {
  const run = await folder(context);
  assert.equal(await latestCheckpoint(run), undefined);
  for (const step of [9, 10, 100, 20]) await writeCheckpoint(run, step, contentOf(step), { keep: 2 });
  assert.deepEqual(await checkpointSteps(run), [100, 20]);
  const { step, path, tensors, meta } = (await latestCheckpoint(run)) ?? assert.fail("no checkpoint");
  assert.deepEqual({ step, path }, { step: 100, path: join(run, "checkpoints/100") });
  assert.deepEqual({ tensors: { ...tensors }, meta }, contentOf(100));
});

test("a checkpoint of the same step is replaced", async (context) => {
  const run = await folder(context);
  await writeCheckpoint(run, 5, contentOf(1));
  await writeCheckpoint(run, 5, contentOf(2));
  assert.deepEqual((await latestCheckpoint(run))?.meta, contentOf(2).meta);
  assert.deepEqual(await readdir(join(run, "checkpoints")), ["5"]);
});

for (const file of ["state.safetensors", "meta.json", "SHA256SUMS"])
  test(`a checkpoint whose ${file} is damaged, cut or missing is passed over`, async (context) => {
    const run = await folder(context);
    await writeCheckpoint(run, 1, contentOf(1));
    await writeCheckpoint(run, 2, contentOf(2));
    const path = join(run, "checkpoints/2", file);
    const whole = await readFile(path);
    const flipped = Buffer.from(whole);
    flipped[whole.length - 3] = (flipped.at(-3) ?? 0) ^ 1;
    for (const damaged of [flipped, whole.subarray(0, -5), Buffer.alloc(0)]) {
      await writeFile(path, damaged);
      assert.equal((await latestCheckpoint(run))?.step, 1);
    }
    await rm(path);
    assert.equal((await latestCheckpoint(run))?.step, 1);
  });

test("a replaced checkpoint whose successor never came is still found", async (context) => {
  const run = await folder(context);
  await writeCheckpoint(run, 7, contentOf(7));
  await rename(join(run, "checkpoints/7"), join(run, "checkpoints/7.replaced"));
  assert.equal((await latestCheckpoint(run))?.step, 7);
  await writeCheckpoint(run, 7, contentOf(8));
  assert.deepEqual(await readdir(join(run, "checkpoints")), ["7"]);
});

test("what killed writers left is removed and never taken for a checkpoint", async (context) => {
  const run = await folder(context);
  await mkdir(join(run, "checkpoints/.3.99.1.tmp"), { recursive: true });
  assert.equal(await latestCheckpoint(run), undefined);
  await writeCheckpoint(run, 1, contentOf(1));
  assert.deepEqual(await readdir(join(run, "checkpoints")), ["1"]);
});

test("a deleted run directory is an error that names it, and does not come back", async (context) => {
  const run = join(await folder(context), "gone");
  await assert.rejects(writeCheckpoint(run, 1, contentOf(1)), {
    name: "RunError",
    code: "missing",
    message: `Could not write ${join(run, "checkpoints/1")}: it is not there.`,
  });
  await assert.rejects(readdir(run), { code: "ENOENT" });
});

test("best/ is replaced as a whole and read back", async (context) => {
  const run = await folder(context);
  assert.equal(await readStudent(run, "best"), undefined);
  for (const step of [1, 2])
    await writeStudent(run, "best", {
      tensors: contentOf(step).tensors,
      files: { "model.json": `{"step":${step}}` },
    });
  assert.deepEqual({ ...(await readStudent(run, "best")) }, contentOf(2).tensors);
  assert.deepEqual((await readdir(run)).sort(), ["best"]);
  assert.deepEqual((await readdir(join(run, "best"))).sort(), ["model.json", "weights.safetensors"]);
});

test("killed 30 times while it writes checkpoints, a run always has a whole one", {
  timeout: 120_000,
}, async (context) => {
  const run = await folder(context);
  let newest = 0;
  let killedInside = 0;
  for (let round = 0; round < 30; round++) {
    const writer = spawn(process.execPath, ["--input-type=module", "-e", writing(run)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    writer.stdout.on("data", (chunk) => {
      said += chunk;
    });
    await once(writer.stdout, "data");
    await sleep((round * 7.3) % 40);
    writer.kill("SIGKILL");
    await once(writer, "close");
    const left = await readdir(join(run, "checkpoints"));
    if (left.some((name) => name.endsWith(".tmp"))) killedInside += 1;
    const written = Math.max(newest, ...said.split("\n").map(Number));
    const latest = (await latestCheckpoint(run)) ?? assert.fail(`no checkpoint after kill ${round}: ${left}`);
    assert.ok(
      latest.step >= written,
      `${latest.step} is older than ${written}, which was reported as written`,
    );
    assert.deepEqual({ ...latest.tensors }, contentOf(latest.step, 200_000).tensors);
    newest = latest.step;
  }
  assert.ok(killedInside >= 5, `only ${killedInside} of 30 kills fell inside a checkpoint write`);
});

/** Writes one checkpoint after the other from where the last writer came to, saying the step of each that is done. */
function writing(run: string): string {
  return `
    import { latestCheckpoint, writeCheckpoint } from ${JSON.stringify(new URL("./checkpoints.ts", import.meta.url).href)};
    ${contentOf.toString()}
    let step = (await latestCheckpoint(${JSON.stringify(run)}))?.step ?? 0;
    for (;;) {
      step += 1;
      // Every other one is written twice, so that replacing is killed as well.
      for (let time = 0; time <= step % 2; time++)
        await writeCheckpoint(${JSON.stringify(run)}, step, contentOf(step, 200_000), { keep: 3 });
      process.stdout.write(step + "\\n");
    }
  `;
}
