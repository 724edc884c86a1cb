import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { distill, scene } from "../run/support.ts";
import { extensionId, packedExtension, screenshots } from "./package.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";

/** An experiment over three seeds: what each has gained over the student alone, and what all of them show. */
const file = "clusters.distill.json";
let vs: VSCode;

before(async () => {
  vs = await VSCode.start({ vsix: packedExtension() });
});
after(async () => {
  await vs.close();
});

const shot = (name: string) => vs.screenshot(path.join(screenshots, `${name}.png`));
const panel = () => vs.webview(extensionId);
const treeRow = (words: string | RegExp) =>
  vs.page.locator(".pane-body .monaco-list-row").filter({ hasText: words }).first();
const gains = () => panel().locator("table.compare td.gain");

test("compared, each run says its gain with an interval and the split, and the row of the seeds what the terminal says", async (context) => {
  await scene(context, {
    folder: vs.folders.workspace,
    with: { seed: undefined, seeds: [1, 2, 3], baselines: { studentAlone: true } },
  });
  await vs.openFile(file);
  await vs.page.locator('.activitybar .action-label[aria-label^="Distillery"]').first().click();
  await vs.runCommand("distill.run", "Distillery: Run");
  await treeRow("3 of 3 runs").waitFor();
  await vs.runCommand("distill.compare", "Distillery: Compare Runs");
  await until("its three runs and their mean", async () => (await gains().count()) === 4);
  const words = await gains().allTextContents();
  for (const own of words.slice(0, 3))
    assert.match(
      own,
      /^([+−]\d+\.\d\d \[.*\] points on test|no difference that this test set can show \[.*\])$/,
    );
  const runs = path.join(vs.folders.workspace, ".distill", "runs");
  const [sweep = ""] = fs.readdirSync(runs).sort();
  const { stdout } = await distill(["show", path.join(runs, sweep)]);
  const [, found = "nothing"] = /^student − alone (on test: .* over 3 seeds)$/m.exec(stdout) ?? [];
  assert.equal(words[3], found);
  await shot("compare-seeds");
});

test("hovered, the sweep says it, too", async () => {
  await treeRow("3 of 3 runs").hover();
  await vs.page.locator(".workbench-hover", { hasText: "Student's t over 3 seeds" }).waitFor();
  await shot("sweep-tooltip");
});

test("in the light theme", async () => {
  vs.writeWorkspaceSettings({ "workbench.colorTheme": "Default Light Modern" });
  await panel().locator("body.vscode-light").waitFor();
  await shot("compare-seeds-light");
});
