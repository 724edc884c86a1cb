import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { succeed } from "../run/support.ts";
import { mnistExperiment, mnistLinks } from "./mnist.ts";
import { extensionId, packedExtension, screenshots } from "./package.ts";
import { treeRows } from "./treeRows.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";

/** A window with two folders: an experiment of one name in each, and in the second one images that have no classes. */
let vs: VSCode;
before(async () => {
  const experiment = mnistExperiment({ temperature: 4, epochs: 1 });
  vs = await VSCode.start({
    vsix: packedExtension(),
    files: {
      "first/mnist.distill.json": experiment,
      "second/mnist.distill.json": experiment,
      "second/pictures/1.png": "",
      "second/pictures/2.png": "",
      "second/notes.txt": "",
      "two.code-workspace": JSON.stringify({ folders: [{ path: "first" }, { path: "second" }] }),
    },
    links: { "first/data": mnistLinks.data },
    workspaceFile: "two.code-workspace",
    settings: { "distill.notifications": "off" },
  });
});
after(async () => {
  await vs.close();
});

const shot = (name: string) => vs.screenshot(path.join(screenshots, `${name}.png`));
const rows = () => vs.page.locator(".quick-input-list .monaco-list-row");
const tree = treeRows(() => vs);
const title = () => vs.page.locator(".quick-input-title").filter({ visible: true });

/** Asks for a new experiment and picks the folder for it. */
async function newExperimentIn(folder: string): Promise<void> {
  await until(`the list for ${folder}`, async () => {
    await vs.runCommand("distill.newExperiment", "Distillery: New Experiment");
    await vs.pick(folder, { timeout: 10_000 });
    await rows().filter({ hasText: "Try it now" }).first().waitFor({ timeout: 10_000 });
    return true;
  });
}

test("experiments of one name are told apart by their folders where one is picked", async () => {
  await vs.runCommand("distill.run", "Distillery: Run");
  await rows().nth(1).waitFor();
  const described = await rows().locator(".label-description").allTextContents();
  await shot("several-folders-pick");
  await vs.press("Escape");
  assert.deepEqual(described, ["first", "second"]);
});

test("where no folder is picked for a new experiment, nothing else is asked", async () => {
  await vs.runCommand("distill.newExperiment", "Distillery: New Experiment");
  await rows().filter({ hasText: "second" }).first().waitFor();
  await vs.press("Escape");
  await vs.quickInput.waitFor({ state: "hidden" });
  await sleep(1_500);
  assert.equal(await title().count(), 0);
});

test("what lies in the folder and is in no experiment is listed with the reason, and leads to it in the Explorer", async () => {
  await newExperimentIn("second");
  const lacking = rows().filter({ hasText: "pictures" });
  await lacking.filter({ hasText: "In no experiment, as its 2 images have no classes" }).waitFor();
  await shot("several-folders-lacking");
  await lacking.click();
  await vs.page
    .locator(".explorer-folders-view .monaco-list-row.selected")
    .filter({ hasText: "pictures" })
    .waitFor();
  await vs.toasts.filter({ hasText: "a folder for each class, or a table that names them." }).waitFor();
});

test("an experiment that cannot be written is open without a file, and it is said why", async () => {
  await newExperimentIn("second");
  await vs.pick("Distil on a table");
  await until("the name", async () => (await vs.quickInput.inputValue()) === "experiment.distill.json");
  assert.match((await vs.page.locator(".quick-input-widget").textContent()) ?? "", /new file in second/);
  await vs.quickInput.fill("notes.txt/mine");
  await vs.press("Enter");
  await vs.toasts.filter({ hasText: "mine.distill.json could not be written" }).waitFor();
  await vs.page.locator(".tab", { hasText: "Untitled-1" }).waitFor();
  await shot("several-folders-unwritten");
  await vs.runCommand("workbench.action.revertAndCloseActiveEditor", "View: Revert and Close Editor");
});

test("a student that is tried is shown once, however often that is pressed", async () => {
  const first = path.join(vs.folders.workspace, "first");
  await succeed(["run", "mnist.distill.json"], { cwd: first });
  await vs.openRunsView();
  await until("the run", () => tree.placeIn("% test"));
  assert.ok(await tree.placeIn("mnist.distill.jsonfirst"), "its experiment has the folder's name");
  await tree.choose("% test", "Try the Student");
  await tree.choose("% test", "Try the Student");
  const tabs = vs.page.locator(".tab", { hasText: "Try mnist" });
  await vs.webview(extensionId).getByText("The student says").waitFor();
  await tree.choose("% test", "Try the Student");
  assert.equal(await tabs.count(), 1);
  assert.deepEqual(
    vs.hostErrors().filter((entry) => entry.includes(extensionId)),
    [],
  );
});
