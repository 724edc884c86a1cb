import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createRun } from "./runDirectory.ts";
import { spawnedTrainer, spawnTrainer } from "./spawn.ts";

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
  assert.equal(spawnedTrainer(start.runDirectory)?.pid, pid);
  if (existsSync(`/proc/${pid}/stat`)) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const session = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3];
    assert.equal(Number(session), pid);
  }
  process.kill(pid, "SIGKILL");
  assert.deepEqual(await ended, { code: null, signal: "SIGKILL" });
  assert.equal(spawnedTrainer(start.runDirectory), undefined);
});

test("a program that cannot be started is an error that names it", async (context) => {
  const { log: _, ...start } = await runWith(context, "");
  await assert.rejects(spawnTrainer({ node: { path: "/absent/node", environment: {} }, ...start }), {
    code: "no-trainer",
    message: /could not be started with \/absent\/node/,
  });
});
