import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { summarizeRun } from "../../server/runs/list.ts";
import { scene, start, until } from "./support.ts";

test("--watch runs again when the file is saved, stops what is under way, and waits where it is wrong", {
  timeout: 120_000,
}, async (context) => {
  const it = await scene(context, { steps: 10 });
  const text = await readFile(it.file, "utf8");
  const command = start(["run", it.file, "--watch", "--json"], { cwd: it.folder });
  const ended = (count: number) =>
    until(() => (command.output().split('"type":"completed"').length - 1 >= count ? true : undefined));
  await ended(1);

  await writeFile(it.file, text.replace('"steps": 10', '"steps": 400000'));
  const long = await until(async () => {
    const run = (await readdir(it.runs)).sort()[1];
    return run !== undefined && ((await summarizeRun(join(it.runs, run)))?.step ?? 0) > 0
      ? join(it.runs, run)
      : undefined;
  });
  await writeFile(it.file, text.replace('"seed": 3', '"seed": 4'));
  await ended(2);
  assert.equal((await summarizeRun(long))?.state, "stopped");

  await writeFile(it.file, text.replace('"seed": 3', '"sed": 3'));
  await until(async () => /unknown-key [\s\S]*Waiting/.test(command.complaints()) || undefined);
  command.signal("SIGINT");
  const { code, stderr } = await command.finished;
  assert.equal(code, 2, "as the last run ended");
  assert.match(stderr, /^clusters\.distill\.json:\d+:\d+: unknown-key /m);
  assert.match(stderr, /Waiting until the file is saved/);
  assert.equal((await readdir(it.runs)).length, 3, "the wrong file made no run");
});
