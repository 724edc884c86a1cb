import assert from "node:assert/strict";
import fs, { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { contentOf } from "../../test/support/checkpointContent.ts";
import { checkpointSteps, findCheckpoint, latestCheckpoint, writeCheckpoint } from "./checkpoints.ts";
import { writeSealedFolder } from "./sealedFolder.ts";
import { readStudent, writeStudent } from "./student.ts";

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "checkpoints-"));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

test("the latest checkpoint is read back, and only so many are kept", async (context) => {
  const run = await folder(context);
  assert.equal(await latestCheckpoint(run), undefined);
  for (const step of [9, 10, 100]) await writeCheckpoint(run, step, contentOf(step), { keep: 2 });
  assert.deepEqual(await checkpointSteps(run), [100, 10]);
  const { step, path, tensors, meta } = (await latestCheckpoint(run)) ?? assert.fail("no checkpoint");
  assert.deepEqual({ step, path }, { step: 100, path: join(run, "checkpoints/100") });
  assert.deepEqual({ tensors: { ...tensors }, meta }, contentOf(100));
});

test("a run that fell back keeps what it writes from then on, not the later steps that it left", async (context) => {
  const run = await folder(context);
  for (const step of [10, 20]) await writeCheckpoint(run, step, contentOf(step));
  await writeFile(join(run, "checkpoints/20/meta.json"), "{}");
  const { latest, damaged } = await findCheckpoint(run);
  assert.deepEqual([latest?.step, damaged.map(({ step }) => step)], [10, [20]]);
  assert.match(
    damaged[0]?.why ?? "",
    /checkpoints.20.meta\.json differs from what was written: its SHA-256 is 44136fa355b3/,
  );
  await writeCheckpoint(run, 15, contentOf(15), { keep: 1 });
  assert.deepEqual(await checkpointSteps(run), [15]);
});

test("a folder of checkpoints without a whole one tells each that is damaged", async (context) => {
  const run = await folder(context);
  for (const step of [10, 20]) {
    await writeCheckpoint(run, step, contentOf(step));
    await rm(join(run, `checkpoints/${step}/meta.json`));
  }
  const { latest, damaged } = await findCheckpoint(run);
  assert.deepEqual([latest, damaged.map(({ step }) => step)], [undefined, [20, 10]]);
});

test("a checkpoint that may not be read is an error that names it, not a reason to go further back", {
  skip: process.platform === "win32" ? "permissions are other there" : false,
}, async (context) => {
  const run = await folder(context);
  for (const step of [1, 2]) await writeCheckpoint(run, step, contentOf(step));
  const path = join(run, "checkpoints/2");
  for (const it of [path, join(path, "state.safetensors")]) {
    await chmod(it, 0);
    await asAnyone(run, () =>
      assert.rejects(latestCheckpoint(run), {
        name: "RunError",
        code: "no-permission",
        message: `Could not read ${it}: permission was denied.`,
      }),
    );
    await chmod(it, 0o755);
  }
});

/** Permissions do not hold root back, as which tests run in containers. */
async function asAnyone(run: string, work: () => Promise<void>): Promise<void> {
  await chmod(run, 0o755);
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.("nobody");
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

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
    message: `Could not write ${join(run, "checkpoints/1")}: it does not exist.`,
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
  assert.deepEqual((await readdir(join(run, "best"))).sort(), [
    "SHA256SUMS",
    "model.json",
    "weights.safetensors",
  ]);
});

test("a checkpoint is named relative to its run, and its replaced form counts as the same step, after it", async (context) => {
  const run = await folder(context);
  assert.equal(await writeCheckpoint(run, 7, contentOf(7)), "checkpoints/7");
  for (const name of ["7.replaced", "x7", "7x", "8.other", "replaced", "9.replaced.1"])
    await mkdir(join(run, "checkpoints", name));
  assert.deepEqual(await checkpointSteps(run), [7]);
  const { latest, damaged } = await findCheckpoint(run);
  assert.deepEqual([latest?.path, damaged], [join(run, "checkpoints/7"), []]);
  await rm(join(run, "checkpoints/7/meta.json"));
  const missing = `${join(run, "checkpoints/7/meta.json")} is missing.`;
  assert.deepEqual(await findCheckpoint(run), { damaged: [{ step: 7, why: missing }] });
});

test("a step whose replaced form is whole is not told as damaged, and later ones are", async (context) => {
  const run = await folder(context);
  const inside = (name: string) => join(run, "checkpoints", name);
  await writeCheckpoint(run, 5, contentOf(5));
  await rename(inside("5"), inside("5.replaced"));
  for (const name of ["5", "6"]) await mkdir(inside(name));
  const { latest, damaged } = await findCheckpoint(run);
  assert.deepEqual([latest?.step, latest?.path], [5, inside("5.replaced")]);
  assert.deepEqual(damaged, [{ step: 6, why: `${inside("6")} has no SHA256SUMS.` }]);
});

test("what is sealed and no checkpoint is damaged, and says why", async (context) => {
  const run = await folder(context);
  const path = join(run, "checkpoints/3");
  await mkdir(join(run, "checkpoints"));
  const whyOf = async (files: Readonly<Record<string, string | Uint8Array>>) => {
    await writeSealedFolder(path, files);
    return (await findCheckpoint(run)).damaged;
  };
  const damaged = (why: string) => [{ step: 3, why }];
  const lacks = damaged(`${path} lacks state.safetensors or meta.json.`);
  assert.deepEqual(await whyOf({ "meta.json": "{}" }), lacks);
  assert.deepEqual(await whyOf({ "state.safetensors": "" }), lacks);
  assert.deepEqual(
    await whyOf({ "state.safetensors": "", "meta.json": "{}" }),
    damaged(
      `${join(path, "state.safetensors")} is not a whole safetensors file: expected at least 8 bytes, found 0.`,
    ),
  );
  const empty = Buffer.from("\x02\0\0\0\0\0\0\0{}");
  assert.deepEqual(
    await whyOf({ "state.safetensors": empty, "meta.json": "[" }),
    damaged(`${join(path, "meta.json")} is damaged: it is not JSON.`),
  );
});

const { readdir: realReaddir } = fs;

/** Has the listing of this folder answer with an error. */
function listing(context: TestContext, path: string, code: string): void {
  context.after(() => {
    fs.readdir = realReaddir;
    syncBuiltinESMExports();
  });
  fs.readdir = (async (asked: string, ...options: []) => {
    if (asked === path) throw Object.assign(new Error("readdir"), { code });
    return realReaddir(asked, ...options);
  }) as unknown as typeof fs.readdir;
  syncBuiltinESMExports();
}

test("a folder of checkpoints that may not be listed is an error, and one that goes meanwhile is told", async (context) => {
  const run = await folder(context);
  await writeCheckpoint(run, 3, contentOf(3));
  const path = join(run, "checkpoints/3");
  listing(context, path, "ENOENT");
  assert.deepEqual(await findCheckpoint(run), { damaged: [{ step: 3, why: `${path} does not exist.` }] });
  listing(context, join(run, "checkpoints"), "EACCES");
  await assert.rejects(checkpointSteps(run), {
    code: "no-permission",
    message: `Could not read ${join(run, "checkpoints")}: permission was denied.`,
  });
});

test("at least one checkpoint is kept, and three where nothing is said", async (context) => {
  const run = await folder(context);
  for (const step of [1, 2, 3, 4]) await writeCheckpoint(run, step, contentOf(step));
  assert.deepEqual(await checkpointSteps(run), [4, 3, 2]);
  await writeCheckpoint(run, 5, contentOf(5), { keep: 0 });
  assert.deepEqual(await checkpointSteps(run), [5]);
});

test("a replaced form that is left counts as none of those that are kept", async (context) => {
  const run = await folder(context);
  for (const step of [5, 6]) await writeCheckpoint(run, step, contentOf(step));
  await mkdir(join(run, "checkpoints/6.replaced"));
  await writeCheckpoint(run, 7, contentOf(7), { keep: 3 });
  assert.deepEqual((await readdir(join(run, "checkpoints"))).sort(), ["5", "6", "7"]);
});
