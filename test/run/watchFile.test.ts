import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { summarizeRun } from "../../server/runs/list.ts";
import { endless, onlyRun, scene, start, until } from "./support.ts";

test("--watch runs again when the file is saved, stops what is under way, and waits where it is wrong", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, { steps: 10 });
  const text = await readFile(it.file, "utf8");
  const command = start(["run", it.file, "--watch", "--json"], { cwd: it.folder });
  // It goes on for ever, and with it the test's process, where an assertion fails before it is ended.
  context.after(() => command.signal("SIGKILL"));
  const ended = (count: number) =>
    until(() => (command.output().split('"type":"completed"').length - 1 >= count ? true : undefined));
  await ended(1);
  const first = await onlyRun(it);

  await writeFile(it.file, text.replace('"steps": 10', `"steps": ${endless}`));
  const long = await until(async () => {
    const run = (await readdir(it.runs)).map((name) => join(it.runs, name)).find((path) => path !== first);
    return run !== undefined && ((await summarizeRun(run))?.step ?? 0) > 0 ? run : undefined;
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
