import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { distill, scene } from "../run/support.ts";
import { startWithClusters } from "./clusters.ts";
import { until } from "./until.ts";

/** An experiment over three seeds: what each has gained over the student alone, and what all of them show. */
let it: Awaited<ReturnType<typeof startWithClusters>>;

before(async () => {
  it = await startWithClusters();
});
after(async () => {
  await it.vs.close();
});

const gains = () => it.panel().locator("table.compare td.gain");

test("compared, each run says its gain with an interval and the split, and the row of the seeds what the terminal says", async (context) => {
  await scene(context, {
    folder: it.vs.folders.workspace,
    with: { seed: undefined, seeds: [1, 2, 3], baselines: { studentAlone: true } },
  });
  await it.run();
  await it.treeRow("3 of 3 runs").waitFor();
  await it.vs.runCommand("distill.compare", "Distillery: Compare Runs");
  await until("its three runs and their mean", async () => (await gains().count()) === 4);
  const words = await gains().allTextContents();
  for (const own of words.slice(0, 3))
    assert.match(
      own,
      /^([+−]\d+\.\d\d \[.*\] points on test|no difference that this test set can show \[.*\])$/,
    );
  const [sweep = ""] = fs.readdirSync(it.runsFolder).sort();
  const { stdout } = await distill(["show", path.join(it.runsFolder, sweep)]);
  const [, found = "nothing"] = /^student − alone (on test: .* over 3 seeds)$/m.exec(stdout) ?? [];
  assert.equal(words[3], found);
  await it.shot("compare-seeds");
});

test("hovered, the sweep says it, too", async () => {
  await it.treeRow("3 of 3 runs").hover();
  await it.vs.page.locator(".workbench-hover", { hasText: "Student's t over 3 seeds" }).waitFor();
  await it.shot("sweep-tooltip");
});

test("in the light theme", async () => {
  await it.toLightTheme();
  await it.shot("compare-seeds-light");
});
