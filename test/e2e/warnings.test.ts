import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { misled } from "../run/misled.ts";
import { file, startWithClusters } from "./clusters.ts";
import { loggedEvents } from "./eventLog.ts";
import { placeOf } from "./mnist.ts";
import { until } from "./until.ts";

/** A teacher from a file that knows nothing of these labels: the person is told in the tree, above the charts and in the text. */
let it: Awaited<ReturnType<typeof startWithClusters>>;

before(async () => {
  it = await startWithClusters();
});
after(async () => {
  await it.vs.close();
});

const inWords = [/^⚠.*right for \d\d\.\d % of .*\[teacher-chance\]$/, /^⚠.*\[teacher-worse\]$/];

test("a completed run that was warned is marked in the tree, in words and by its icon", async (context) => {
  await misled(context, { folder: it.vs.folders.workspace });
  await it.run();
  await it.treeRow(/test · 2 warnings · /).waitFor();
  await it.treeRow("2 warnings").locator(".codicon-warning").waitFor();
  await it.treeRow("2 warnings").hover();
  await it.vs.page
    .locator(".workbench-hover", { hasText: "[teacher-chance]" })
    .filter({ hasText: "[teacher-worse]" })
    .waitFor();
  await it.shot("warned-tree");
});

test("above the charts each warning is a line, on every tab, as long as its run is drawn", async () => {
  await it.vs.runCommand("distill.openCharts", "Distillery: Open Charts");
  const lines = it.panel().locator(".warnings p");
  const areThere = () =>
    until("a line for each", async () => {
      const texts = await lines.allTextContents();
      return texts.length === 2 && inWords.every((words, at) => words.test(texts[at] ?? ""));
    });
  await areThere();
  await it.panel().locator(".chart .readout .value").first().waitFor();
  await it.shot("warned-charts");
  await it.panel().getByRole("tab", { name: "Compare" }).click();
  await it.panel().locator("table.compare").waitFor();
  await areThere();
  const box = it.panel().locator(".legend li input");
  await box.uncheck();
  await until("no line", async () => (await lines.count()) === 0);
  await box.check();
  await areThere();
});

test("on temperature stands first how soft the teacher's outputs are, and then the curve and the rest", async () => {
  await it.vs.press("Control+1");
  const text = fs.readFileSync(path.join(it.vs.folders.workspace, file), "utf8");
  await it.vs.hover(...placeOf(text, '"temperature"'), "entropy");
  const pictures = it.vs.hoverBox.locator("img");
  await until("both pictures", async () => (await pictures.count()) === 2);
  assert.deepEqual(await pictures.evaluateAll((all) => all.map((picture) => picture.getAttribute("alt"))), [
    "How soft the teacher's outputs are",
    "Curve of Loss",
  ]);
  await it.vs.press("Escape");
});

test("the teacher's path is underlined with what was found, and a fix shows the run", async () => {
  await it.vs.press("Control+1");
  await until("both in the list of problems", async () => {
    const rows = (await it.vs.problems()).filter((row) => row.includes("In the last run: "));
    return rows.length === 2 && rows.some((row) => row.includes("most frequent class"));
  });
  const line = fs
    .readFileSync(path.join(it.vs.folders.workspace, file), "utf8")
    .split("\n")
    .findIndex((text) => text.includes("teacher/model.json"));
  await it.vs.openFile(file);
  await it.vs.goTo(line + 1, 16);
  await until("the fix", async () => {
    await it.vs.press("Control+.");
    const fix = it.vs.page.locator(".action-widget .monaco-list-row", {
      hasText: "Show the run",
    });
    await fix.first().waitFor({ timeout: 5_000 });
    assert.equal(await fix.count(), 1, "both warnings are of one run");
    await it.shot("warned-fix");
    await fix.first().click({ timeout: 3_000 });
    return true;
  });
  await it.panel().locator('.tabs [aria-selected="true"]', { hasText: "Charts" }).waitFor();
});

test("another teacher was warned of nothing yet: no line of the text is underlined, and its run has no mark", async () => {
  const text = JSON.parse(fs.readFileSync(path.join(it.vs.folders.workspace, file), "utf8"));
  const dense = (units: number) => ({ type: "dense", units });
  text.teacher = { type: "layers", layers: [dense(32), dense(3)], train: { epochs: 5 } };
  fs.writeFileSync(path.join(it.vs.folders.workspace, file), JSON.stringify(text, null, 2));
  await until("no problem", async () => !(await it.vs.problems()).some((row) => row.includes("was warned")));
  await it.vs.openFile(file);
  await it.vs.runCommand("distill.run", "Distillery: Run");
  await until("its end", () =>
    fs
      .readdirSync(it.runsFolder)
      .every(
        (run) =>
          loggedEvents<{ type: string }>(path.join(it.runsFolder, run, "events.jsonl")).at(-1)?.type ===
          "completed",
      ),
  );
  await it
    .treeRow(/test · ([^·]*:\d\d · )?[^·]* s$/)
    .locator(".codicon-pass")
    .waitFor();
  assert.equal(fs.readdirSync(it.runsFolder).length, 2);
});

test("the lines are legible in the light theme", async () => {
  await it.vs.runCommand("distill.openCharts", "Distillery: Open Charts"); // Of the newest run alone, which has no warning.
  await it.panel().getByRole("button", { name: "All", exact: true }).click();
  await it.toLightTheme();
  await it.panel().locator(".warnings p").first().waitFor();
  await it.shot("warned-charts-light");
});
