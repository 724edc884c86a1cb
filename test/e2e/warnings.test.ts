import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { misled } from "../run/misled.ts";
import { loggedEvents } from "./eventLog.ts";
import { extensionId, packedExtension, screenshots } from "./package.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";

/** A teacher from a file that knows nothing of these labels: the person is told in the tree, above the charts and in the text. */
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
const runsFolder = () => path.join(vs.folders.workspace, ".distill", "runs");
const inWords = [/^⚠.*right for \d\d\.\d % of .*\[teacher-chance\]$/, /^⚠.*\[teacher-worse\]$/];

test("a completed run that was warned is marked in the tree, in words and by its icon", async (context) => {
  await misled(context, { folder: vs.folders.workspace });
  await vs.openFile(file);
  await vs.page.locator('.activitybar .action-label[aria-label^="Distillery"]').first().click();
  await vs.runCommand("distill.run", "Distillery: Run");
  await treeRow(/test · 2 warnings · /).waitFor();
  await treeRow("2 warnings").locator(".codicon-warning").waitFor();
  await treeRow("2 warnings").hover();
  await vs.page
    .locator(".workbench-hover", { hasText: "[teacher-chance]" })
    .filter({ hasText: "[teacher-worse]" })
    .waitFor();
  await shot("warned-tree");
});

test("above the charts each warning is a line, on every tab, as long as its run is drawn", async () => {
  await vs.runCommand("distill.openCharts", "Distillery: Open Charts");
  const lines = panel().locator(".warnings p");
  const areThere = () =>
    until("a line for each", async () => {
      const texts = await lines.allTextContents();
      return texts.length === 2 && inWords.every((words, at) => words.test(texts[at] ?? ""));
    });
  await areThere();
  await panel().locator(".chart .readout .value").first().waitFor();
  await shot("warned-charts");
  await panel().getByRole("tab", { name: "Compare" }).click();
  await panel().locator("table.compare").waitFor();
  await areThere();
  const box = panel().locator(".legend li input");
  await box.uncheck();
  await until("no line", async () => (await lines.count()) === 0);
  await box.check();
  await areThere();
});

test("the teacher's path is underlined with what was found, and a fix shows the run", async () => {
  await vs.press("Control+1");
  await until("both in the list of problems", async () => {
    const rows = (await vs.problems()).filter((row) => row.includes("The last run was warned"));
    return rows.length === 2 && rows.some((row) => row.includes("most frequent class"));
  });
  const line = fs
    .readFileSync(path.join(vs.folders.workspace, file), "utf8")
    .split("\n")
    .findIndex((text) => text.includes("teacher/model.json"));
  await vs.openFile(file);
  await vs.goTo(line + 1, 16);
  await until("the fix", async () => {
    await vs.press("Control+.");
    const fix = vs.page.locator(".action-widget .monaco-list-row", {
      hasText: "Show the run that was warned",
    });
    await fix.first().waitFor({ timeout: 5_000 });
    assert.equal(await fix.count(), 1, "both warnings are of one run");
    await shot("warned-fix");
    await fix.first().click({ timeout: 3_000 });
    return true;
  });
  await panel().locator('.tabs [aria-selected="true"]', { hasText: "Charts" }).waitFor();
});

test("another teacher was warned of nothing yet: no line of the text is underlined, and its run has no mark", async () => {
  const text = JSON.parse(fs.readFileSync(path.join(vs.folders.workspace, file), "utf8"));
  const dense = (units: number) => ({ type: "dense", units });
  text.teacher = { type: "layers", layers: [dense(32), dense(3)], train: { epochs: 5 } };
  fs.writeFileSync(path.join(vs.folders.workspace, file), JSON.stringify(text, null, 2));
  await until("no problem", async () => !(await vs.problems()).some((row) => row.includes("was warned")));
  await vs.openFile(file);
  await vs.runCommand("distill.run", "Distillery: Run");
  await until("its end", () =>
    fs
      .readdirSync(runsFolder())
      .every(
        (run) =>
          loggedEvents<{ type: string }>(path.join(runsFolder(), run, "events.jsonl")).at(-1)?.type ===
          "completed",
      ),
  );
  await treeRow(/test · ([^·]*:\d\d · )?[^·]* s$/)
    .locator(".codicon-pass")
    .waitFor();
  assert.equal(fs.readdirSync(runsFolder()).length, 2);
});

test("the lines are legible in the light theme", async () => {
  await vs.runCommand("distill.openCharts", "Distillery: Open Charts"); // Of the newest run alone, which has no warning.
  await panel().getByRole("button", { name: "All", exact: true }).click();
  vs.writeWorkspaceSettings({ "workbench.colorTheme": "Default Light Modern" });
  await panel().locator("body.vscode-light").waitFor();
  await panel().locator(".warnings p").first().waitFor();
  await shot("warned-charts-light");
});
