import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { parse } from "jsonc-parser";
import { createExample } from "../../server/exampleFolder.ts";
import { succeed } from "../run/support.ts";
import { contrastsOf } from "./contrasts.ts";
import { loggedEvents } from "./eventLog.ts";
import { endless } from "./mnist.ts";
import { extensionId, packedExtension, screenshots } from "./package.ts";
import { treeRows } from "./treeRows.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";
import { allThemes, changeTheme } from "./walkThemes.ts";

/** A finished run: its verdict, the samples that its networks disagree on, and reports on it; and one in stages. */
let vs: VSCode;
let run: string;
before(async () => {
  vs = await VSCode.start({
    vsix: packedExtension(),
    settings: { "terminal.integrated.gpuAcceleration": "off" }, // else its text is pixels
  });
  const file = await createExample(path.join(vs.folders.workspace, "digits"));
  await succeed(["run", file, "--set", "training.epochs=4", "--set", "teacher.train.epochs=2"]);
  const runs = path.join(path.dirname(file), ".distill", "runs");
  run = path.join(runs, fs.readdirSync(runs).find((name) => !name.startsWith(".")) ?? "");
});
after(async () => {
  await vs.close();
});

const panel = () => vs.webview(extensionId);
const shot = (name: string) => vs.screenshot(path.join(screenshots, `${name}.png`));
const { choose, placeIn, take } = treeRows(() => vs);
const written = (name: string) => path.join(vs.folders.workspace, name);

/** Answers where a report shall be written. */
async function save(name: string): Promise<void> {
  const target = written(name);
  await until("the dialog", async () =>
    (await vs.quickInput.inputValue({ timeout: 500 })).includes("-report"),
  );
  await until("the dialog to take the name", async () => {
    if (await vs.quickInput.isHidden()) return true;
    await vs.quickInput.fill(target, { timeout: 500 });
    if ((await vs.quickInput.inputValue()) === target) await vs.quickInput.press("Enter", { timeout: 1_000 });
    return false;
  });
}

test("above the charts of a finished run stands its verdict", async () => {
  await vs.openRunsView();
  await until("its row", () => placeIn("% test"));
  await vs.runCommand("distill.openCharts", "Distillery: Open Charts");
  const result = panel().getByRole("region", { name: "Result" });
  await result.getByText("Result of").click();
  await result.locator("tbody tr").nth(2).waitFor();
  const last = loggedEvents<{ type: string; summary: { test: { accuracy: number } } }>(
    path.join(run, "events.jsonl"),
  ).at(-1);
  const student = await result.locator("tbody tr").nth(1).textContent();
  assert.ok(student?.includes(`${(100 * (last?.summary.test.accuracy ?? 0)).toFixed(2)} %`), student ?? "");
});

test("a panel that was closed opens with its table of runs arranged as it was", async () => {
  const openTable = () => panel().getByRole("tab", { name: "Runs", exact: true }).click();
  const group = () => panel().getByLabel("Group", { exact: true });
  const tab = vs.page.locator(".tab", { hasText: "Distillery Charts" });
  await openTable();
  await group().selectOption("by experiment");
  await panel().locator("tr.group-row").waitFor();
  await tab.click();
  await vs.runCommand("workbench.action.closeActiveEditor", "View: Close Editor");
  await tab.waitFor({ state: "hidden" });
  await vs.runCommand("distill.openCharts", "Distillery: Open Charts");
  await openTable();
  await panel().locator("tr.group-row").waitFor();
  await shot("table-again");
  await group().selectOption("no groups");
  await panel().locator("tr.group-row").waitFor({ state: "hidden" });
});

test("its disagreements are shown, sample by sample, and a cell of the matrix leads to its own", async () => {
  await panel().getByRole("tab", { name: "Disagreements" }).click();
  const figures = panel().locator(".samples figure");
  await figures.locator("img").first().waitFor();
  const cell = panel().locator(".confusion td.wrong button").first();
  const count = Number(await cell.textContent());
  await cell.click();
  await until("the samples of the cell", async () => (await figures.count()) === Math.min(60, count));
  assert.match(
    (await panel().getByLabel("Show").locator("option").first().textContent()) ?? "",
    /, taken for \d by the student$/,
  );
  await panel().getByLabel("Show").selectOption("all");
  const next = panel().getByRole("button", { name: "Next" });
  await until("a whole page", async () => (await figures.count()) === 60);
  await next.press("Enter");
  await panel().getByText(/^61–/).waitFor();
  for (const theme of allThemes) {
    await changeTheme(vs, theme);
    await panel()
      .locator(".toolbar")
      .evaluate(({ ownerDocument }) => ownerDocument.defaultView?.scrollTo(0, 0));
    await shot(`disagreements-${theme.name}`);
    for (const [where, contrast] of Object.entries(await contrastsOf(panel().locator("body"))))
      assert.ok(contrast >= 4.5, `${theme.name}: ${where} has a contrast of ${contrast.toFixed(1)}`);
  }
});

test("a report is written from the tree and the title bar; of damaged predictions none is", async () => {
  const predictions = path.join(run, "predictions.safetensors");
  const whole = fs.readFileSync(predictions);
  fs.writeFileSync(predictions, whole.subarray(0, -1));
  await choose("% test", "Write Report");
  await vs.pick("Page");
  await save("refused.html");
  await until("the refusal in the terminal", async () => {
    const rows = await vs.page.locator(".xterm-rows").allTextContents();
    return rows.join("").replace(/\s/g, "").includes("isnotawholesafetensorsfile");
  });
  await shot("report-refused");
  assert.equal(fs.existsSync(written("refused.html")), false);
  fs.writeFileSync(predictions, whole);
  await choose("% test", "Write Report");
  await vs.pick("Page");
  await save("page.html");
  await vs.toasts.filter({ hasText: "Written to page.html" }).waitFor();
  assert.match(fs.readFileSync(written("page.html"), "utf8"), /<img alt="" [^>]*src="data:image\/png/);

  await until("the title bar's menu to lead to the forms", async () => {
    await vs.press("Escape"); // A question goes when the panel takes the focus, which it does late.
    await vs.page.locator(".editor-actions .action-label.codicon-toolbar-more").first().click();
    await vs.page.locator(".monaco-menu").waitFor({ timeout: 5_000 });
    await take("Write Report");
    await vs.pick("Model card", { timeout: 5_000 });
    return true;
  });
  await save("card.md");
  await vs.toasts.filter({ hasText: "Written to card.md" }).waitFor();
  assert.match(fs.readFileSync(written("card.md"), "utf8"), /^library_name: distillery$/m);
  await shot("report-written");
});

test("its student is tried in a panel, which has ONNX Runtime from the package", async () => {
  await choose("% test", "Try the Student");
  const page = vs.page
    .locator(`iframe.webview.ready[src*="extensionId=${extensionId}"]`)
    .last()
    .contentFrame()
    .frameLocator("iframe#active-frame");
  await page.locator('#status[data-state="ready"]').waitFor();
  assert.equal(await page.locator("button.sample").count(), 20);
  await page.locator("button.sample").nth(3).click();
  const { said } = await page
    .locator("button.sample")
    .nth(3)
    .evaluate((one) => ({ ...(one as unknown as { dataset: Record<string, string> }).dataset }));
  await page
    .locator(".outputs .name", { hasText: said ?? "" })
    .first()
    .waitFor();
  const [color, backgroundColor] = await page.locator("body").evaluate((body) => {
    const style = body.ownerDocument.defaultView.getComputedStyle(body);
    return [style.color as string, style.backgroundColor as string];
  });
  const brightness = (colour = "") => Number(/\d+/.exec(colour)?.[0]);
  assert.ok(
    Math.abs(brightness(color) - brightness(backgroundColor)) > 128,
    `${color} on ${backgroundColor}`,
  );
  for (const theme of allThemes) {
    await changeTheme(vs, theme);
    await page
      .locator(
        `body.vscode-${theme.shell === "vs" ? "light" : theme.shell === "vs-dark" ? "dark" : "high-contrast"}`,
      )
      .waitFor();
    await shot(`student-panel-${theme.name}`);
    for (const [where, contrast] of Object.entries(await contrastsOf(page.locator("body"))))
      assert.ok(contrast >= 4.5, `${theme.name}: ${where} has a contrast of ${contrast.toFixed(1)}`);
  }
});

test("a training in stages says which one it is in and where it began; so does its report", async () => {
  const { teacher, data } = parse(fs.readFileSync(written("digits/digits.distill.json"), "utf8"));
  const conv = { type: "conv2d", filters: 16, kernelSize: 3, activation: "relu" };
  const staged = {
    data: { ...data, unlabelled: undefined },
    teacher: { ...teacher, train: { epochs: 1 } },
    student: { layers: [conv, { type: "flatten" }, { type: "dense", units: 10 }] },
    stages: [
      {
        name: "hint",
        losses: [{ type: "hint", student: "conv2d_1", teacher: "conv2d_1" }],
        training: { epochs: 2 },
      },
      { name: "kd", losses: [{ type: "kd" }, { type: "ce" }], training: { epochs: endless } },
    ],
  };
  const file = path.join("digits", "staged.distill.json");
  fs.writeFileSync(written(file), JSON.stringify(staged, null, 2));
  await vs.openFile(file);
  await (await vs.waitForCodeLens("Run")).click();
  await until("its second stage", () => placeIn("training, stage kd (2 of 2)"));
  await vs.runCommand("distill.openCharts", "Distillery: Open Charts");
  const loss = panel().locator(".chart").filter({ hasText: "Loss" }).first();
  await loss.getByText("┊ kd begins").waitFor();
  await shot("stages");
  const shown = panel().locator(".legend li:has(input:checked)");
  await vs.openFile("digits/digits.distill.json");
  await vs.runCommand("distill.openCharts", "Distillery: Open Charts");
  await until("the run of the other file", async () =>
    /^[^,]*% test[^,]*$/.test((await shown.allTextContents()).join()),
  );
  await vs.openFile(file);
  await vs.runCommand("distill.openCharts", "Distillery: Open Charts");
  await until("the one that trains again", async () => !/test/.test((await shown.allTextContents()).join()));
  await vs.openFile(file);
  await (await vs.waitForCodeLens("Stop")).click();
  await until("the stop", () => placeIn("stopped at"));
  await choose("stopped at", "Write Report");
  await vs.pick("Page");
  await save("staged.html");
  await vs.toasts.filter({ hasText: "Written to staged.html" }).waitFor();
  const page = fs.readFileSync(written("staged.html"), "utf8");
  assert.match(page, /weights of the stage kd \(2 of 2\)/);
  assert.match(page, />kd begins</);
});
