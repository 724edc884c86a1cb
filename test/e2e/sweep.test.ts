import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { loggedEvents } from "./eventLog.ts";
import { endless, mnistExperiment, mnistLinks, placeOf } from "./mnist.ts";
import { extensionId, packedExtension, screenshots } from "./package.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";

/**
 * A person sweeps temperature and weight from the lens, watches the runs, stops and resumes them and deletes the sweep;
 * then sweeps again with runs that come to their end, and compares them.
 */
const file = "sweep.distill.json";
const sweep = `,
  "sweep": {
    "parameters": {
      "losses[0].temperature": [2, 8],
      "losses[0].weight": [0.3, 0.9]
    }
  }
}
`;
const swept = (epochs: number) => mnistExperiment({ temperature: 4, epochs }).replace(/\n\}\n$/, sweep);
const text = swept(endless);
let vs: VSCode;

before(async () => {
  vs = await VSCode.start({ vsix: packedExtension(), files: { [file]: text }, links: mnistLinks });
  await vs.openFile(file);
});
after(async () => {
  await vs.close();
});

const shot = (name: string) => vs.screenshot(path.join(screenshots, `${name}.png`));
const panel = () => vs.webview(extensionId);
const runsFolder = () => path.join(vs.folders.workspace, ".distill", "runs");
const runFolders = () => (fs.existsSync(runsFolder()) ? fs.readdirSync(runsFolder()).sort() : []);
const treeRow = (words: string | RegExp) =>
  vs.page.locator(".pane-body .monaco-list-row").filter({ hasText: words }).first();
const lastEvent = (run = "") =>
  loggedEvents<{ type: string; step?: number }>(path.join(runsFolder(), run, "events.jsonl")).at(-1);

/** The lens with these words on the screen; the same words may stand over another line that is scrolled away. */
async function lens(words: string, line: number) {
  await vs.press("Control+1");
  await vs.goTo(line);
  const all = vs.page.locator(".codelens-decoration a").filter({ hasText: words });
  return until(`the lens "${words}"`, async () => {
    await vs.press("Control+1"); // The editor asks for lenses when it gets the keyboard.
    for (const found of await all.all()) if (await found.isVisible()) return found;
    return undefined;
  });
}

test("hovering the sweep says how many experiments it is", async () => {
  await vs.hover(...placeOf(text, '"sweep"'), "4 experiments");
  await vs.press("Escape");
});

test("run from its lens, a sweep is one row of the tree, with its runs below", async () => {
  await vs.page.locator('.activitybar .action-label[aria-label^="Distillery"]').first().click();
  await (await lens("Run 4 experiments", placeOf(text, '"sweep"')[0])).click();
  await until("a run", () => runFolders().length >= 2);
  await treeRow("0 of 4 runs").waitFor();
  await treeRow(/temperature 2 · weight 0\.3.*%/).waitFor();
  await lens("Stop · run 1 of 4", 1);
  await vs.statusItem(`${extensionId}.distill.progress`).filter({ hasText: "mnist (4 runs)" }).waitFor();
  await vs.runCommand("distill.openCharts", "Distillery: Open Charts");
  await panel().locator(".chart h3", { hasText: "Loss" }).waitFor();
  await until("its curve", async () => (await panel().locator(".chart .readout .value").count()) > 0);
  await shot("sweep-running");
});

test("a run of it that stops by itself makes way for the next one, which is drawn too", async () => {
  const [, first] = runFolders();
  const lock = fs.readFileSync(path.join(runsFolder(), first ?? "", "lock"), "utf8");
  process.kill(JSON.parse(lock).pid, "SIGINT");
  await panel()
    .locator(".legend li", { hasText: "temperature 2 · weight 0.9" })
    .locator("input:checked")
    .waitFor();
  assert.equal(lastEvent(first)?.type, "stopped");
  await lens("Stop · run 2 of 4", 1);
});

test("a stop stops the sweep, resuming goes on with what is missing", async () => {
  const [whole, first] = runFolders();
  await vs.press("Control+1");
  await vs.runCommand("distill.stop", "Distillery: Stop");
  await until("the sweep's end", () => lastEvent(whole)?.type === "stopped");
  await treeRow(/of 4 runs · stopped/).waitFor();
  assert.equal(runFolders().length, 3, "the third run was not begun");
  await lens("Resume · stopped with", 1);
  await shot("sweep-stopped");
  const stoppedAt = lastEvent(first)?.step ?? Number.NaN;
  await vs.runCommand("distill.resume", "Distillery: Resume");
  await until("further steps of the first run", () => (lastEvent(first)?.step ?? 0) > stoppedAt);
  await lens("Stop · run 1 of 4", 1);
  await vs.runCommand("distill.stop", "Distillery: Stop");
  await until("the second stop", () => lastEvent(whole)?.type === "stopped");
  await lens("Resume · stopped with", 1);
});

test("deleting a sweep says that its runs go too, and does it", async () => {
  // It is the only one in question: its runs go with it.
  await vs.runCommand("distill.delete", "Distillery: Delete Run");
  await vs.dialog.filter({ hasText: "with its 2 runs" }).waitFor();
  await vs.dialog.getByRole("button", { name: "Move to Trash" }).click();
  const forGood = vs.dialog.getByRole("button", { name: "Delete Permanently" });
  await until("all of them to be gone", async () => {
    if (await forGood.isVisible()) await forGood.click();
    return runFolders().length === 0;
  });
  await vs.page.getByText("No runs yet.").first().waitFor();
});

test("a sweep that comes to its end is told of once", async () => {
  fs.writeFileSync(path.join(vs.folders.workspace, file), swept(2));
  await vs.openFile(file);
  await until("the new text", async () =>
    (await vs.lines(file)).some((line) => line.includes('"epochs": 2,')),
  );
  await vs.runCommand("distill.run", "Distillery: Run");
  await vs.toasts.filter({ hasText: "mnist (4 runs) finished" }).waitFor();
  assert.equal(await vs.toasts.count(), 1, "the sweep is told of, not each of its runs");
  await treeRow("4 of 4 runs").waitFor();
});

test("its runs are compared by what varies, with a heat map of the two", async () => {
  await (await lens("Compare", 1)).click();
  const table = panel().locator("table.compare");
  await table.locator("th", { hasText: "losses[0].temperature" }).waitFor();
  await until("its four rows", async () => (await table.locator("tbody tr").count()) === 4);
  const map = panel().locator("table.heat-map");
  await map.waitFor();
  assert.deepEqual(await map.locator("tbody th").allTextContents(), ["2", "8"]);
  assert.deepEqual(await map.locator("thead th").allTextContents(), ["0.3", "0.9"]);
  const cells = await map.locator("tbody td").allTextContents();
  assert.equal(cells.length, 4);
  for (const cell of cells) assert.match(cell, /^\d\d\.\d\d %$/);
  await shot("sweep-compare");
});

test("the extension logged no error", () => {
  const known = /Channel has been closed|provider FAILED/;
  const errors = vs.hostErrors().filter((entry) => entry.includes(extensionId) && !known.test(entry));
  assert.deepEqual(errors, []);
});
