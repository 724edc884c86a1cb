import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs, { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { holderRecord } from "./holder.ts";
import { acquireLock } from "./lock.ts";
import { createRun } from "./runDirectory.ts";
import type { RunError } from "./runError.ts";
import { forgetSpawnedTrainer, lastTrainer, spawnTrainer, trainerOf } from "./spawn.ts";

const node = { path: process.execPath, environment: { EXTRA: "7" } };

/** A run, and a script in the place of the trainer. */
async function runWith(context: TestContext, script: string) {
  const folder = await mkdtemp(join(tmpdir(), "spawn-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const run = await createRun({ runsDirectory: folder, experimentFile: "a", name: "a", experiment: {} });
  const trainerPath = join(folder, "trainer.mjs");
  await writeFile(trainerPath, script);
  return { runDirectory: run.path, trainerPath, log: run.trainerLog };
}

test("the trainer gets the run, no telemetry, and its own log; its end is told", async (context) => {
  const { log, ...start } = await runWith(
    context,
    `const { ORT_DISABLE_TELEMETRY, EXTRA } = process.env;
     console.log(JSON.stringify([process.argv[2], ORT_DISABLE_TELEMETRY, EXTRA]));
     console.error("noise");
     process.exit(3);`,
  );
  const { ended } = await spawnTrainer({ node, ...start });
  assert.deepEqual(await ended, { code: 3, signal: null });
  assert.equal(await readFile(log, "utf8"), `${JSON.stringify([start.runDirectory, "1", "7"])}\nnoise\n`);
});

test("the trainer leads a session of its own, so no terminal's Ctrl-C reaches it", async (context) => {
  const { log: _, ...start } = await runWith(context, "setInterval(() => {}, 1000);");
  const { pid, ended } = await spawnTrainer({ node, ...start });
  assert.equal(trainerOf(start.runDirectory)?.pid, pid);
  if (existsSync(`/proc/${pid}/stat`)) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const session = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3];
    assert.equal(Number(session), pid);
  }
  process.kill(pid, "SIGKILL");
  assert.deepEqual(await ended, { code: null, signal: "SIGKILL" });
  assert.equal(trainerOf(start.runDirectory), undefined);
});

test("the log of the trainer is its own: the parent closes it, whether the trainer starts or not", async (context) => {
  const { log, ...start } = await runWith(context, "");
  const { openSync, closeSync } = fs;
  const opened = new Set<number>();
  context.mock.method(fs, "openSync", (...args: Parameters<typeof openSync>) => {
    const file = openSync(...args);
    if (args[0] === log) opened.add(file);
    return file;
  });
  const closed: number[] = [];
  context.mock.method(fs, "closeSync", (file: number) => {
    closed.push(file);
    closeSync(file);
  });
  syncBuiltinESMExports();
  context.after(() => {
    context.mock.restoreAll();
    syncBuiltinESMExports();
  });
  for (const path of [node.path, "/absent/node"]) {
    opened.clear();
    await spawnTrainer({ ...start, node: { ...node, path } }).then(
      ({ ended }) => ended,
      () => {},
    );
    const [file] = [...opened];
    assert.ok(file !== undefined && closed.splice(0).includes(file), path);
  }
});

test("whoever detaches from a trainer may end before it", { timeout: 300_000 }, async (context) => {
  const { log: _, ...start } = await runWith(context, "setInterval(() => {}, 1000);");
  const parent = `
    import { spawnTrainer } from ${JSON.stringify(new URL("spawn.ts", import.meta.url).href)};
    const trainer = await spawnTrainer(${JSON.stringify({ node, ...start })});
    trainer.detach();
    console.log(trainer.pid);`;
  const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", parent], {
    encoding: "utf8",
    timeout: 120_000, // a trainer that is waited for never ends; a program takes many seconds to start on a loaded machine
    killSignal: "SIGKILL",
  });
  process.kill(Number(stdout), "SIGKILL");
  assert.equal(status, 0, "it did not wait");
});

test("a program that cannot be started is an error that names it", async (context) => {
  const { log: _, ...start } = await runWith(context, "");
  await assert.rejects(spawnTrainer({ node: { path: "/absent/node", environment: {} }, ...start }), {
    code: "no-trainer",
    message: "The trainer could not be started with /absent/node: spawn /absent/node ENOENT.",
    hint: "Install Node 22 or later, or name one in the setting `distill.nodePath`.",
  });
  await assert.rejects(
    spawnTrainer({ node: { path: "/absent/node", environment: {} }, ...start }),
    ({ cause }: RunError) => (cause as NodeJS.ErrnoException).code === "ENOENT",
  );
});

/** A folder with what a trainer leaves in it, and how to write a record there. */
async function leavings(context: TestContext) {
  const run = await mkdtemp(join(tmpdir(), "spawn-"));
  context.after(() => rm(run, { recursive: true, force: true }));
  const record = { pid: 7, startTime: "boot:1", host: "h" };
  const leave = (file: string, more: object) =>
    writeFile(join(run, file), JSON.stringify({ ...record, ...more }));
  return { run, record, leave };
}

test("the trainer that had a run last is the later one of its lock and its record, dead or alive", async (context) => {
  const { run, record, leave } = await leavings(context);
  assert.equal(lastTrainer(run), undefined);
  await leave("trainer.pid", { since: 2 });
  assert.deepEqual(lastTrainer(run), { ...record, since: 2 });
  await leave("lock", { since: 1 });
  assert.deepEqual(lastTrainer(run), { ...record, since: 2 });
  await leave("lock", { since: 3 });
  assert.deepEqual(lastTrainer(run), { ...record, since: 3 });
  await rm(join(run, "trainer.pid"));
  assert.deepEqual(lastTrainer(run), { ...record, since: 3 });
});

test("the record that a trainer was started is forgotten, where one is, by the holder of the lock alone", async (context) => {
  const { run, leave } = await leavings(context);
  assert.equal(trainerOf(run), undefined);
  forgetSpawnedTrainer(run);
  await leave("trainer.pid", holderRecord(process.pid, run));
  assert.equal(trainerOf(run)?.pid, process.pid);
  const lock = acquireLock(run);
  await writeFile(join(run, "lock"), "");
  assert.throws(() => forgetSpawnedTrainer(run), { code: "lock-lost" });
  assert.equal(trainerOf(run)?.pid, process.pid);
  lock.release();
  forgetSpawnedTrainer(run);
  assert.equal(existsSync(join(run, "trainer.pid")), false);
});

test("a trainer is seen though it takes its lock and forgets its record while somebody looks", async (context) => {
  const { run, leave } = await leavings(context);
  await leave("trainer.pid", holderRecord(process.pid, run));
  const open = fs.openSync;
  let looked = 0;
  context.mock.method(fs, "openSync", (...args: Parameters<typeof open>) => {
    if (looked++ === 1) {
      // Behind the first look, and before the second.
      acquireLock(run);
      forgetSpawnedTrainer(run);
    }
    return open(...args);
  });
  syncBuiltinESMExports();
  context.after(syncBuiltinESMExports);
  context.after(() => context.mock.restoreAll());
  assert.equal(trainerOf(run)?.pid, process.pid);
});

test("a record that cannot be read is no trainer", async (context) => {
  const { run } = await leavings(context);
  await mkdir(join(run, "trainer.pid"));
  assert.equal(trainerOf(run), undefined);
});

test("a trainer starts although its record cannot be written, and the record replaces a link", {
  skip: process.platform === "win32" && "links need a permission there",
}, async (context) => {
  const { log, ...start } = await runWith(context, "");
  const record = join(start.runDirectory, "trainer.pid");
  await mkdir(record);
  assert.deepEqual(await (await spawnTrainer({ node, ...start })).ended, { code: 0, signal: null });
  await rm(record, { recursive: true });
  await writeFile(log, "kept\n");
  await symlink(log, record);
  await (await spawnTrainer({ node, ...start })).ended;
  assert.equal(await readFile(log, "utf8"), "kept\n");
  assert.equal(lastTrainer(start.runDirectory)?.directory?.path.endsWith(start.runDirectory), true);
});
