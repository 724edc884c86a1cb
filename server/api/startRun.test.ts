import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { checkExperiment } from "./checkExperiment.ts";
import { newRun } from "./startRun.ts";

const text = `{
  "data": { "train": { "type": "csv", "path": "data.csv", "label": "label" }, "validation": { "split": 0.2 } },
  "student": { "preset": "mlp", "hidden": [4] },
  "losses": [{ "type": "ce" }]
}`;

/** A folder with an experiment, and a call for a run of it that notes whether it looked for an obstacle. */
async function scene(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "start-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "data.csv"), `a,b,label\n${"1,2,0\n3,4,1\n".repeat(20)}`);
  const file = join(folder, "small.distill.json");
  await writeFile(file, text);
  const asked: string[] = [];
  const obstacle = async () => {
    asked.push(...(await readdir(folder)));
    return { code: "not-installed", message: "There is no engine." };
  };
  const { experiment, ...checked } = await checkExperiment(file);
  assert.ok(experiment);
  const start = (runsDirectory?: string) =>
    newRun(file, { experiment, ...checked }, { obstacle, ...(runsDirectory && { runsDirectory }) });
  return { folder, asked, start };
}

test("a folder that takes no runs is refused before an engine is fetched", async (context) => {
  const { folder, asked, start } = await scene(context);
  await assert.rejects(start(join(folder, "data.csv", "runs")), {
    message: `Could not create ${join(folder, "data.csv", "runs")}: a part of the path is not a folder.`,
  });
  assert.deepEqual(asked, []);
});

test("where there is no engine nothing is created", async (context) => {
  const { folder, asked, start } = await scene(context);
  assert.deepEqual(await start(), { problem: { code: "not-installed", message: "There is no engine." } });
  assert.deepEqual(asked.sort(), ["data.csv", "small.distill.json"]);
  assert.deepEqual((await readdir(folder)).sort(), ["data.csv", "small.distill.json"]);
});
