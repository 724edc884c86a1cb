import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { mnistExperiment, mnistLinks } from "./mnist.ts";
import { extensionId, packedExtension, screenshots } from "./package.ts";
import { treeRows } from "./treeRows.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";

/** The mouse and the keys on the rows of runs, and what the chart panel then shows. */
const file = "mnist.distill.json";
let vs: VSCode;

before(async () => {
  vs = await VSCode.start({
    vsix: packedExtension(),
    files: { [file]: mnistExperiment({ temperature: 4, epochs: 1 }), "notes.txt": "nothing\n" },
    links: mnistLinks,
  });
  await vs.openFile(file);
});
after(async () => {
  await vs.close();
});

const shot = (name: string) => vs.screenshot(path.join(screenshots, `${name}.png`));
const rows = () => vs.page.locator(".pane-body .monaco-list-row").filter({ hasText: "% test" });
const panel = () => vs.webview(extensionId);
const tab = () => vs.page.locator(".tab", { hasText: "Distillery Charts" });
const ticked = () => panel().locator(".legend li input:checked").count();

const { choose } = treeRows(() => vs);

async function run(nth: number): Promise<void> {
  await (await vs.waitForCodeLens("Run")).click();
  await until(`${nth} runs`, async () => (await rows().count()) === nth);
}

test("a click on a row selects it and opens nothing; a second one opens its charts and leaves the keyboard", async () => {
  await vs.openRunsView();
  await run(1);
  await rows().first().click();
  await vs.page.locator(".pane-body .monaco-list-row.selected").filter({ hasText: "% test" }).waitFor();
  assert.equal(await tab().count(), 0);
  await until("the charts", async () => {
    await rows().first().click();
    return (await tab().count()) === 1;
  });
  await panel().locator(".chart h3", { hasText: "Loss" }).waitFor();
  await vs.page.locator(".pane-body .monaco-list:focus-within").waitFor();
  await shot("tree-opened");
});

test("a file that is opened meanwhile does not cover the charts", async () => {
  await vs.page
    .locator(".editor-group-container.locked, .editor-group-container .codicon-lock")
    .first()
    .waitFor();
  await tab().click();
  await vs.openFile("notes.txt");
  assert.equal(await tab().first().isVisible(), true);
  const group = vs.page.locator(".editor-group-container", { has: tab() });
  assert.equal(await group.locator('.tab[data-resource-name="notes.txt"]').count(), 0);
});

test("a new run joins the charts only where its experiment is followed", async () => {
  await vs.openFile(file);
  await run(2);
  await until("both runs in the list", async () => (await panel().locator(".legend li").count()) === 2);
  assert.equal(await ticked(), 1);
  await panel().getByLabel(`Follow ${file}`).check();
  await run(3);
  await until("the third run", async () => (await ticked()) === 2);
  await shot("followed");
});

test("Delete on a row deletes it, after a question", async () => {
  await rows().first().click();
  await until("the question", async () => {
    await vs.press("Delete");
    return vs.dialog.isVisible();
  });
  assert.match((await vs.dialog.textContent()) ?? "", /Delete the run /);
  await vs.dialog.getByRole("button", { name: "Cancel" }).click();
  assert.equal(
    fs.readdirSync(path.join(vs.folders.workspace, ".distill", "runs")).filter((n) => !n.startsWith("."))
      .length,
    3,
  );
});

test("Delete after an arrow key asks about the row that has the keyboard", async () => {
  await rows().first().click();
  const second = rows().nth(1);
  await until("the second row to have the keyboard", async () => {
    if (!(await second.evaluate((row) => row.classList.contains("focused")))) await vs.press("ArrowDown");
    return second.evaluate((row) => row.classList.contains("focused"));
  });
  const words = await second.locator(".label-description").textContent();
  const name = await second.locator(".label-name").textContent();
  assert.ok(name && words);
  await until("the question", async () => {
    await vs.press("Delete");
    return vs.dialog.isVisible();
  });
  const said = (await vs.dialog.textContent()) ?? "";
  await vs.dialog.getByRole("button", { name: "Cancel" }).click();
  assert.ok(said.includes(`Delete the run ${name} (${words})`), `${said} asked of ${name} (${words})`);
});

test("Enter on a row opens its charts alone", async () => {
  await rows().nth(2).click();
  await until("one run", async () => {
    await vs.press("Enter");
    return (await ticked()) === 1;
  });
});

test("Show Log shows what the trainer printed, and where a link stands in its place says so", async () => {
  const runs = path.join(vs.folders.workspace, ".distill", "runs");
  const newest = fs
    .readdirSync(runs)
    .filter((name) => !name.startsWith("."))
    .sort()
    .at(-1);
  const log = path.join(runs, newest ?? "", "trainer.log");
  fs.writeFileSync(log, "printed by the trainer\n");
  await choose("% test", "Show Log");
  await until("the log", async () => (await vs.lines("trainer.log"))[0] === "printed by the trainer");
  await vs.runCommand("workbench.action.closeActiveEditor", "View: Close Editor");
  const elsewhere = path.join(vs.folders.workspace, "notes.txt");
  fs.rmSync(log);
  fs.symlinkSync(elsewhere, log);
  await choose("% test", "Show Log");
  await vs.toasts.filter({ hasText: "trainer.log is a symbolic link" }).waitFor();
  fs.rmSync(log);
  assert.equal(await vs.page.locator('.tab[data-resource-name="trainer.log"]').count(), 0);
});

test("of an experiment whose file is gone its run has a copy, which takes the file's place once it is saved", async () => {
  const gone = path.join(vs.folders.workspace, file);
  await vs.press("Control+1");
  await vs.runCommand("workbench.action.closeEditorsInGroup", "View: Close All Editors in Group");
  fs.rmSync(gone);
  const copy = vs.page.locator(`.tab[data-resource-name="${file}"]`);
  for (const time of ["once", "twice"]) {
    await choose("% test", "Open Experiment");
    const toast = vs.toasts.filter({ hasText: "does not exist any more" });
    await toast.getByRole("button", { name: "Open the Copy" }).click();
    await until(`the copy, opened ${time}`, async () => (await vs.lines(file)).join("").includes('"mnist"'));
    assert.equal(await copy.count(), 1);
  }
  await shot("copied-experiment");
  await vs.press("Control+S");
  const saved = await until("the file", () => JSON.parse(fs.readFileSync(gone, "utf8")));
  assert.equal(saved.name, "mnist");
  await choose("% test", "Open Experiment");
  await until("the file itself", async () => (await copy.count()) === 1);
});

test("while a reloaded window asks for the runs, nobody is told that there are none", async () => {
  await vs.page.addInitScript(`{
    globalThis.welcomes = new Set();
    const look = () => {
      for (const view of document.querySelectorAll(".welcome-view-content")) globalThis.welcomes.add(view.textContent);
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }`);
  await vs.reload();
  await until("the runs", async () => (await rows().count()) === 3);
  const seen = (await vs.page.evaluate("[...globalThis.welcomes]")) as string[];
  assert.deepEqual(
    seen.filter((text) => text !== "" && text !== "Looking for runs…"),
    [],
  );
});
