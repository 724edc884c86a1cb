import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { distill, type Scene, scene, succeed } from "./support.ts";

const init = ({ folder }: Scene, ...words: string[]) => distill(["init", ...words], { cwd: folder });

test("the experiment of a run of a sweep is a file that trains the same bits, whatever has become of the sweep's", {
  timeout: 600_000,
}, async (context) => {
  const it = await scene(context, {
    with: { seed: undefined, seeds: [4, 5], sweep: { parameters: { "data.batchSize": [32, 16] } } },
  });
  const written = await readFile(it.file, "utf8");
  await writeFile(it.file, written.replace('"temperature"', '// Softer is better here.\n  "temperature"'));
  await succeed(["run", it.file], { cwd: it.folder });
  const before = await readdir(it.runs);
  const last = before.find((name) => name.endsWith("-04")) ?? "";
  const weightsOf = (run: string) => readFile(join(it.runs, run, "best", "weights.bin"));
  const expected = await weightsOf(last);
  const trained = async (file: string) => {
    const known = await readdir(it.runs);
    await succeed(["run", join(it.folder, file)], { cwd: it.folder });
    return weightsOf((await readdir(it.runs)).find((name) => !known.includes(name)) ?? "");
  };

  const reported = await distill(["report", last, "--format", "md"], { cwd: it.folder });
  assert.ok(
    reported.stdout.includes(`distill init again --run ${last} && distill run again.distill.json`),
    "the sweep's file would train all of its runs",
  );

  const { stdout } = await init(it, "--run", last);
  assert.match(stdout, /^clusters-04\.distill\.json: the experiment of .*-04\.\nTo run it: /);
  const text = await readFile(join(it.folder, "clusters-04.distill.json"), "utf8");
  assert.match(text, /\/\/ Softer is better here\./);
  assert.doesNotMatch(text, /"sweep"|"seeds"/);
  assert.deepEqual(await trained("clusters-04.distill.json"), expected);

  const again = await init(it, "--run", last);
  assert.deepEqual([again.code, again.stdout], [1, ""]);
  assert.match(again.stderr, /clusters-04\.distill\.json already exists/);
  const elsewhere = await init(it, join("..", "other"), "--run", last);
  assert.match(elsewhere.stderr, /where the paths of the experiment are right/);
  const [sweep = ""] = before.filter((name) => !/-\d\d$/.test(name) && !name.startsWith("."));
  assert.match((await init(it, "--run", sweep)).stderr, /is a sweep of 4 runs.*\n.*the best on validation/);

  await writeFile(it.file, written.replace('"temperature": 3', '"temperature": 9'));
  const copied = await init(it, "copied", "--run", last);
  assert.match(copied.stdout, /has changed since, or is gone/);
  for (const [at, text] of ["[]", "{", "", '"text"'].entries()) {
    await writeFile(it.file, text);
    assert.match((await init(it, `copied${at}`, "--run", last)).stdout, /has changed since, or is gone/);
  }
  assert.deepEqual(await trained("copied.distill.json"), expected);
});
