import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { signal } from "../support/signal.ts";
import { loggedEvents } from "./eventLog.ts";
import { endless, mnistExperiment, mnistLinks, placeOf } from "./mnist.ts";
import { extensionId, packedExtension, screenshots } from "./package.ts";
import { treeRows } from "./treeRows.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";

/**
 * A person starts a sweep from its lens and stops and resumes it and one of its runs by the buttons and menus of their
 * rows; then sweeps temperature and weight, and compares the four runs. Runs that are to be stopped have no end of
 * their own.
 */
const goesOn = "endless.distill.json";
const ends = "finite.distill.json";
const withSweep = (experiment: string, parameters: string) =>
  experiment.replace(
    /\n\}\n$/,
    `,\n  "jobs": 1,\n  "sweep": {\n    "parameters": {\n${parameters}\n    }\n  }\n}\n`,
  );
const endlessText = withSweep(
  mnistExperiment({ name: "endless", temperature: 4, epochs: 2 }),
  `      "training.epochs": [2, ${endless}, ${endless + 1}]`,
);
const finiteText = withSweep(
  mnistExperiment({ temperature: 4, epochs: 4 }),
  '      "losses[0].temperature": [2, 8],\n      "losses[0].weight": [0.3, 0.9]',
);
/** What the row of the second run begins with. */
const second = `${endless}`;
let vs: VSCode;

before(async () => {
  vs = await VSCode.start({
    vsix: packedExtension(),
    files: { [goesOn]: endlessText, [ends]: finiteText },
    links: mnistLinks,
    // A row's tooltip opens under the mouse, over the row's buttons.
    settings: { "workbench.hover.delay": 600_000 },
  });
  await vs.openFile(goesOn);
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
const trainers = () => vs.processes().filter(({ command }) => command.includes("trainer.mjs"));

/** The folder of the sweep, or of one of its runs by its number; the names of its runs begin with its own. */
const folderOf = (run?: number): string => {
  const [sweep = ""] = runFolders();
  return runFolders().find((name) => name === (run === undefined ? sweep : `${sweep}-0${run}`)) ?? "none";
};
const eventsOf = (run?: number): { type: string; step?: number }[] =>
  loggedEvents(path.join(runsFolder(), folderOf(run), "events.jsonl"));
const stepOf = (run: number): number => eventsOf(run).findLast(({ type }) => type === "step")?.step ?? 0;
const startsOf = (run: number): number => eventsOf(run).filter(({ type }) => type === "started").length;

/** The lens with these words on the screen; the same words may stand over another line that is scrolled away. */
async function lens(words: string, line: number) {
  await vs.press("Control+1");
  await vs.goTo(line);
  const all = vs.page.locator(".codelens-decoration :is(a, span)").filter({ hasText: words });
  return until(`the lens "${words}"`, async () => {
    await vs.press("Control+1"); // The editor asks for lenses when it gets the keyboard.
    for (const found of await all.all()) if (await found.isVisible()) return found;
    return undefined;
  });
}

async function pressLens(words: string, line: number): Promise<void> {
  await lens(words, line);
  await vs.pressLens(words);
}

const { press, choose } = treeRows(() => vs);

test("hovering a sweep says how many experiments it is", async () => {
  await vs.hover(...placeOf(endlessText, '"sweep"'), "3 experiments");
  await vs.press("Escape");
});

test("run from its lens, a sweep is one row of the tree, with its runs below", async () => {
  await vs.openRunsView();
  await pressLens("Run 3 experiments", placeOf(endlessText, '"sweep"')[0]);
  await treeRow("1 of 3 runs").waitFor();
  await treeRow(/^2.*% val.*epochs/).waitFor();
  await lens("run 2 of 3", 1);
  await vs.statusItem(`${extensionId}.distill.progress`).filter({ hasText: "endless (3 runs)" }).waitFor();
  await vs.runCommand("distill.openCharts", "Distillery: Open Charts");
  await panel().locator(".chart h3", { hasText: "Loss" }).waitFor();
  await until("its curve", async () => (await panel().locator(".chart .readout .value").count()) > 0);
  await shot("sweep-running");
});

test("a stop on the row of one of its runs stops that one, and the next one begins and is drawn", async () => {
  await until("steps of the second run", () => stepOf(2) > 0);
  await press(second, "Stop");
  await treeRow(new RegExp(`${second}.*stopped at`)).waitFor();
  await until("steps of the third run", () => stepOf(3) > 0);
  await panel()
    .locator(".legend li", { hasText: `epochs ${endless + 1}` })
    .locator("input:checked")
    .waitFor();
  await treeRow("1 of 3 runs").waitFor();
});

test("a stop on the sweep's row stops the sweep", async () => {
  await press("1 of 3 runs", "Stop");
  await treeRow(/1 of 3 runs · stopped/).waitFor();
  await until("its trainers to end", () => trainers().length === 0);
  assert.deepEqual(
    [eventsOf(), eventsOf(2), eventsOf(3)].map((events) => events.at(-1)?.type),
    ["stopped", "stopped", "stopped"],
  );
  await lens("Resume · stopped with", 1);
  await shot("sweep-stopped");
});

test("resume on its row goes on with what is missing, from its checkpoints", async () => {
  const stoppedAt = stepOf(2);
  await press("1 of 3 runs", "Resume");
  await vs.page.locator(".statusbar-item", { hasText: "continues with its remaining 2 runs" }).waitFor();
  await until("further steps of the second run", () => stepOf(2) > stoppedAt);
  assert.equal(eventsOf(2).findLast(({ type }) => type === "started")?.step, stoppedAt);
  assert.deepEqual([startsOf(1), startsOf(2), startsOf(3)], [1, 2, 1]);
  await treeRow(/1 of 3 runs(?!.*stopped)/).waitFor();
});

test("its menu stops and resumes it, too", async () => {
  await choose("1 of 3 runs", "Stop");
  await treeRow(/1 of 3 runs · stopped/).waitFor();
  await until("its trainers to end", () => trainers().length === 0);
  const stoppedAt = stepOf(2);
  await choose("1 of 3 runs", "Resume");
  await until("further steps of the second run", () => stepOf(2) > stoppedAt);
});

test("stopped from the palette, its menu sends it to another engine, and its runs with it", async () => {
  await vs.press("Control+1");
  await vs.runCommand("distill.stop", "Distillery: Stop");
  await treeRow(/1 of 3 runs · stopped/).waitFor();
  await until("its trainers to end", () => trainers().length === 0);
  const stoppedAt = stepOf(2);
  await until("the place to be picked", async () => {
    await choose("1 of 3 runs", "Resume on Another Engine");
    await vs.pick("onnxruntime on the CPU");
    return true;
  });
  await until("further steps of the second run", () => stepOf(2) > stoppedAt);
  const experiment = path.join(runsFolder(), folderOf(2), "experiment.json");
  const { engine, device } = JSON.parse(fs.readFileSync(experiment, "utf8"));
  assert.deepEqual([engine, device], ["onnxruntime", "cpu"]);
});

test("stopped while its trainers are suspended, it says so, and is ended from there", async () => {
  await treeRow(/1 of 3 runs(?!.*stopped)/).waitFor();
  const frozen = await until("both trainers", () => (trainers().length === 2 ? trainers() : undefined));
  for (const { pid } of frozen) signal(pid, "SIGSTOP");
  const suspended = vs.toasts.filter({ hasText: "The trainer is suspended (state T)" });
  await press("1 of 3 runs", "Stop");
  await suspended.getByRole("button", { name: /^Clear Notification/ }).click();
  await press("1 of 3 runs", "Stop");
  await suspended.waitFor();
  await shot("sweep-end-now");
  await suspended.getByRole("button", { name: "End Now" }).click();
  await until("its trainers to end", () => trainers().length === 0);
  await treeRow(/1 of 3 runs · interrupted/).waitFor();
  await treeRow(new RegExp(`${second}.*interrupted`)).waitFor();
  await vs.toasts.filter({ hasText: /endless \(3 runs\) · .* was interrupted/ }).waitFor();
});

test("deleting it from its row says that its runs go too, and does it", async () => {
  await choose("1 of 3 runs", "Delete Run");
  await vs.dialog.filter({ hasText: "with its 3 runs" }).waitFor();
  await vs.dialog.getByRole("button", { name: "Move to Trash" }).click();
  const forGood = vs.dialog.getByRole("button", { name: "Delete Permanently" });
  await until("all of them to be gone", async () => {
    if (await forGood.isVisible()) await forGood.click();
    return runFolders().length === 0;
  });
  await vs.page.getByText("No runs yet.").first().waitFor();
});

test("a sweep that is through is told of once", async () => {
  await vs.runCommand("notifications.clearAll", "Notifications: Clear All Notifications");
  await vs.press("Control+1"); // Beside the panel, not over it.
  await vs.openFile(ends);
  await pressLens("Run 4 experiments", placeOf(finiteText, '"sweep"')[0]);
  await treeRow("4 of 4 runs").waitFor();
  await vs.toasts.filter({ hasText: /mnist \(4 runs\) · .* finished/ }).waitFor();
  assert.equal(await vs.toasts.count(), 1, "the sweep is told of, not each of its runs");
});

test("its runs are compared by what varies, with a heat map of the two", async () => {
  // The list of lenses has just been replaced, with the end of the sweep.
  await pressLens("Compare", 1);
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
  await map.locator("caption", { hasText: "validation accuracy of 4 runs" }).waitFor();
  // Chosen by validation, which comes first; the test split was read for the chosen one alone.
  const heads = await table.locator("thead th").allTextContents();
  const at = (head: string) => heads.indexOf(head);
  assert.ok(at("val accuracy") > 0 && at("val accuracy") < at("test accuracy"), heads.join());
  const rows = await table.locator("tbody tr").all();
  const tested = await Promise.all(
    rows.map((row) => row.locator("th, td").nth(at("test accuracy")).textContent()),
  );
  assert.equal(tested.filter((text) => text !== "–").length, 1, tested.join());
  await shot("sweep-compare");
});

test("the extension logged no error", () => {
  const known = /Channel has been closed|provider FAILED/;
  const errors = vs.hostErrors().filter((entry) => entry.includes(extensionId) && !known.test(entry));
  assert.deepEqual(errors, []);
});
