import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { mnistExperiment, mnistLinks } from "./mnist.ts";
import { packedExtension, screenshots } from "./package.ts";
import { treeRows } from "./treeRows.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";

/** What the palette, the dialogs and the notifications say, and what saving mends. */
const file = "mnist.distill.json";
const right = mnistExperiment({ temperature: 4, epochs: 1 });
const misspelled = "misspelled.distill.json";
let vs: VSCode;

before(async () => {
  vs = await VSCode.start({
    vsix: packedExtension(),
    files: {
      [file]: right,
      [misspelled]: right.replace('"validation"', '"validaton"').replace('"weight"', '"wieght"'),
      "diverging.distill.json": right.replace(
        '"training": {',
        '"optimizer": { "type": "sgd", "learningRate": 1e30 },\n  "training": {',
      ),
    },
    links: mnistLinks,
    settings: { "[distill]": { "editor.codeActionsOnSave": { "source.fixAll": "explicit" } } },
  });
  await vs.openFile(file);
});
after(async () => {
  await vs.close();
});

const shot = (name: string) => vs.screenshot(path.join(screenshots, `${name}.png`));
const runsFolder = () => path.join(vs.folders.workspace, ".distill", "runs");
const runFolders = () => (fs.existsSync(runsFolder()) ? fs.readdirSync(runsFolder()).sort() : []);
const { choose } = treeRows(() => vs);
const row = () => vs.page.locator(".pane-body .monaco-list-row").filter({ hasText: "% test" });

test("the palette lists Run first where only Distillery is typed", async () => {
  await vs.waitForCodeLens("Run");
  await vs.press("F1");
  await vs.quickInput.fill(">Distillery");
  const rows = vs.page.locator(".quick-input-list .monaco-list-row");
  await rows.filter({ hasText: "Distillery: New Experiment" }).first().waitFor();
  const labels = await rows.locator(".label-name").allTextContents();
  assert.equal(labels[0]?.replace(/\s+/g, " "), "Distillery: Run", labels.join(" | "));
  await shot("palette");
  await vs.press("Escape");
});

test("saving mends what can be meant in one way only", async () => {
  await vs.openFile(misspelled);
  await vs.goTo(1);
  await vs.type(" "); // So that there is something to save.
  await until("the mended file", async () => {
    await vs.press("Control+S");
    return fs.readFileSync(path.join(vs.folders.workspace, misspelled), "utf8").trim() === right.trim();
  });
  await vs.runCommand("workbench.action.closeActiveEditor", "View: Close Editor");
});

test("a run whose numbers go beyond all bounds says which term it was and what to try", async () => {
  await vs.openFile("diverging.distill.json");
  await vs.pressLens("Run");
  const toast = vs.toasts.filter({ hasText: "failed" });
  await toast.waitFor();
  assert.match(
    (await toast.textContent()) ?? "",
    /Step \d+: .+ Lower optimizer\.learningRate from 1e\+30 to 0\.001, the default of sgd, or limit/,
  );
  await shot("diverged");
  await toast.getByRole("button", { name: "Show Log" }).click();
  await until("the log with the reason", async () => {
    const [first = ""] = await vs.lines("trainer.log");
    return /^Failed: Step \d+: .+ Lower optimizer\.learningRate/.test(first);
  });
  await vs.runCommand("workbench.action.closeActiveEditor", "View: Close Editor");
});

test("the dialog that deletes a run calls it what the tree calls it", async () => {
  await vs.openFile(file);
  await vs.pressLens("Run");
  await vs.toasts.filter({ hasText: "finished in" }).waitFor();
  await vs.openRunsView();
  await row().waitFor();
  const name = await row().locator(".label-name").textContent();
  const words = await row().locator(".label-description").textContent();
  assert.ok(name && words);
  await choose("% test", "Delete Run");
  await vs.dialog.waitFor();
  await shot("delete-run");
  const said = (await vs.dialog.textContent()) ?? "";
  assert.ok(said.includes(`Delete the run ${name} (${words}) of ${file}?`), said);
  await vs.dialog.getByRole("button", { name: "Cancel" }).click();
  assert.equal(runFolders().length, 2);
});

test("an exported student says where it is, with Open and Reveal", async () => {
  await choose("% test", "Export Student");
  await vs.pick("TensorFlow.js");
  const target = path.join(vs.folders.workspace, "exported");
  await until("the dialog", async () =>
    (await vs.quickInput.inputValue({ timeout: 500 })).includes("-student"),
  );
  await vs.quickInput.fill(target);
  await vs.press("Enter");
  const toast = vs.toasts.filter({ hasText: "Exported to exported." });
  await toast.waitFor();
  await shot("exported");
  await toast.getByRole("button", { name: "Reveal" }).waitFor();
  await toast.getByRole("button", { name: "Open" }).click();
  await vs.page.locator('.tab[data-resource-name="model.json"]').waitFor();
});
