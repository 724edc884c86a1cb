import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { number } from "../../extension/runs/wording.ts";
import { loggedEvents } from "./eventLog.ts";
import { endless, mnistExperiment, mnistLinks } from "./mnist.ts";
import { extensionId, packedExtension, screenshots } from "./package.ts";
import { mark } from "./processes.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";

/** What a person does with runs beside watching them; and runs that the editor did not start. */
const file = "mnist.distill.json";
let vs: VSCode;
let terminal: ChildProcess | undefined;

before(async () => {
  vs = await VSCode.start({
    vsix: packedExtension(),
    files: { [file]: mnistExperiment({ temperature: 4, epochs: endless }) },
    links: mnistLinks,
    settings: {
      "distill.notifications": "failures",
      "terminal.integrated.gpuAcceleration": "off", // else its text is pixels
    },
  });
  await vs.openFile(file);
});
after(async () => {
  terminal?.kill("SIGKILL");
  await vs.close();
});

const shot = (name: string) => vs.screenshot(path.join(screenshots, `${name}.png`));
const panel = () => vs.webview(extensionId);
const runsFolder = () => path.join(vs.folders.workspace, ".distill", "runs");
const runFolders = () => (fs.existsSync(runsFolder()) ? fs.readdirSync(runsFolder()).sort() : []);
const treeRows = () => vs.page.locator(".pane-body .monaco-list-row");

interface LoggedEvent {
  readonly type: string;
  readonly time: number;
  readonly step?: number;
  readonly loss?: number;
  readonly subject?: string;
  readonly mode?: string;
}
function events(): LoggedEvent[] {
  return loggedEvents(path.join(runsFolder(), runFolders().at(-1) ?? "", "events.jsonl"));
}

function distill(...words: readonly string[]): ChildProcess {
  const folder = fs.readdirSync(vs.folders.extensions).find((name) => name.startsWith(extensionId));
  const cli = path.join(vs.folders.extensions, folder ?? "", "dist", "cli.mjs");
  return spawn(process.execPath, [cli, ...words], {
    cwd: vs.folders.workspace,
    stdio: "ignore",
    env: { ...process.env, [mark]: vs.id }, // else its trainer would outlive a test that fails
  });
}

test("a run started from a terminal appears by itself", async () => {
  terminal = distill("run", file, "--json");
  await vs.openRunsView();
  await treeRows().filter({ hasText: "%" }).first().waitFor();
  await vs.statusItem(`${extensionId}.distill.progress`).filter({ hasText: "mnist" }).waitFor();
});

test("from an event to the pixel", async (t) => {
  await vs.runCommand("distill.openCharts", "Distillery: Open Charts");
  await panel().locator(".chart .readout .value").first().waitFor();
  await panel()
    .locator("body")
    .evaluate(`
    globalThis.seen = [];
    const readout = document.querySelector(".chart .readout");
    let last = readout.textContent;
    new MutationObserver(() => {
      const text = readout.textContent;
      if (text === last) return; // Drawn again for another reason than a new value.
      last = text;
      // Drawn with the next frame.
      requestAnimationFrame(() => globalThis.seen.push([Date.now(), text]));
    }).observe(readout, { childList: true, subtree: true, characterData: true });`);
  const begun = Date.now();
  const seen = await until("enough changes", async () => {
    const all = (await panel().locator("body").evaluate("globalThis.seen")) as [number, string][];
    // A busy machine may draw one a second, and some values are drawn twice.
    const enough = Date.now() - begun < 60_000 ? 40 : 15;
    return all.length >= enough ? all : undefined;
  });
  const told = events().filter(
    ({ type, subject }) => type === "step" && (subject ?? "student") === "student",
  );
  const delays = seen.flatMap(([at, text]) => {
    const event = told.findLast(
      ({ time, loss }) => time <= at && loss !== undefined && number(loss) === text,
    );
    return event === undefined ? [] : [at - event.time];
  });
  delays.sort((a, b) => a - b);
  // How long it takes depends on what else the machine does, so it is said and not asserted.
  const p95 = delays[Math.floor(delays.length * 0.95)] ?? Number.NaN;
  t.diagnostic(`p95 ${p95} ms, median ${delays[delays.length >> 1]} ms of ${delays.length}`);
  assert.ok(
    2 * delays.length >= seen.length,
    `only ${delays.length} of ${seen.length} values were found in the log`,
  );
});

test("a trainer that is killed is an interrupted run, told once, and can be resumed", async () => {
  const lock = JSON.parse(
    fs.readFileSync(path.join(runsFolder(), runFolders().at(-1) ?? "", "lock"), "utf8"),
  );
  process.kill(lock.pid, "SIGKILL");
  const toast = vs.toasts.filter({ hasText: "was interrupted" });
  await toast.hover(); // It stays as long as the mouse is over it.
  assert.equal(await toast.count(), 1);
  await treeRows().filter({ hasText: "interrupted" }).first().waitFor();
  await shot("interrupted");
  await toast.getByRole("button", { name: "Show Log" }).waitFor();
  await toast.getByRole("button", { name: "Resume" }).click();
  const { step: resumedAt = 0 } = await until("the run to begin again", () =>
    events().find(({ type, mode }) => type === "started" && mode === "resume"),
  );
  // What is exported below is the best that was found, so there has to be one.
  await until("steps and an evaluation", () =>
    events()
      .slice(events().findLastIndex(({ type }) => type === "started"))
      .some(
        ({ type, subject, step = 0 }) => type === "evaluation" && subject === undefined && step > resumedAt,
      ),
  );
  await vs.runCommand("distill.stop", "Distillery: Stop");
  await until("the resumed run's end", () => events().at(-1)?.type === "stopped");
});

test("the student is exported, and the file is there", async () => {
  // The log is ahead of what the editor has heard by a moment.
  await vs.statusItem(`${extensionId}.distill.progress`).waitFor({ state: "hidden" });
  // A pick closes when the window's focus moves, as it does when a notification comes: then the command is given again.
  await until("the format to be picked", async () => {
    await vs.runCommand("distill.export", "Distillery: Export Student");
    await vs.pick("ONNX", { timeout: 10_000 });
    return true;
  });
  const exported = path.join(vs.folders.workspace, "mnist-student.onnx");
  await vs.saveAs(exported);
  await until("the exported student", () => fs.statSync(exported).size > 10_000);
  await shot("exported");
});

test("a page with the student is exported as one file", async () => {
  await until("the format to be picked", async () => {
    await vs.runCommand("distill.export", "Distillery: Export Student");
    await vs.quickInput.fill("Page");
    await vs.pick("Page", { timeout: 10_000 });
    return true;
  });
  const page = path.join(vs.folders.workspace, "mnist-page.html");
  await vs.saveAs(page);
  await until("the page", () => fs.statSync(page).size > 1_000_000);
});

test("the student is evaluated in a terminal", async () => {
  await vs.press("Control+1");
  await vs.runCommand("distill.evaluate", "Distillery: Evaluate");
  await until("the measures", async () => {
    const rows = await vs.page.locator(".terminal-wrapper.active .xterm-rows").allTextContents();
    return /accuracy/.test(rows.join(" "));
  });
  await shot("evaluated");
});

test("a run that a terminal resumes while the editor asks about it is not deleted", async () => {
  const training = vs.statusItem(`${extensionId}.distill.progress`);
  await vs.runCommand("distill.delete", "Distillery: Delete Run");
  await vs.dialog.waitFor();
  distill("resume", "latest", "--detach");
  await training.waitFor();
  await vs.dialog.getByRole("button", { name: "Move to Trash" }).click();
  await vs.toasts.filter({ hasText: "is running. Stop it before you delete it." }).first().waitFor();
  assert.equal(await vs.dialog.count(), 0);
  await vs.runCommand("distill.stop", "Distillery: Stop");
  await training.waitFor({ state: "hidden" });
  assert.equal(events().at(-1)?.type, "stopped");
});

test("deleting asks first, says what goes, and does it", async () => {
  await vs.runCommand("distill.delete", "Distillery: Delete Run");
  await vs.dialog.filter({ hasText: "This deletes its weights, checkpoints, curves and log" }).waitFor();
  await shot("delete");
  await vs.dialog.getByRole("button", { name: "Move to Trash" }).click();
  // There is no trash on a server: that is another question.
  const forGood = vs.dialog.getByRole("button", { name: "Delete Permanently" });
  await until("the run to be gone", async () => {
    if (await forGood.isVisible()) await forGood.click();
    return runFolders().length === 0;
  });
  await vs.page.getByText("No runs yet.").first().waitFor();
  await shot("no-runs");
});

test("one experiment alone has none to be held against, and that is said", async () => {
  await vs.runCommand("distill.compareFiles", "Distillery: Compare Experiment Files");
  await vs.toasts
    .filter({ hasText: `no other experiment in this workspace to compare ${file} with` })
    .waitFor();
});

test("a new experiment is a file of its own, from a starting point", async () => {
  await vs.runCommand("distill.newExperiment", "Distillery: New Experiment");
  await vs.pick("Train a teacher, then distil it");
  await until("the name", async () => (await vs.quickInput.inputValue()) === "experiment.distill.json");
  await vs.press("Enter");
  await vs.editor("experiment.distill.json").locator(".view-line").first().waitFor();
  assert.match(
    fs.readFileSync(path.join(vs.folders.workspace, "experiment.distill.json"), "utf8"),
    /"teacher"/,
  );
});

test("the experiment that is open is held against the only other one, without a question: what differs is what they say", async () => {
  const other = JSON.parse(mnistExperiment({ temperature: 5, epochs: endless }));
  fs.writeFileSync(path.join(vs.folders.workspace, "experiment.distill.json"), JSON.stringify(other));
  await until("the other text", async () => (await vs.lines("experiment.distill.json")).length === 1);
  await vs.runCommand("distill.compareFiles", "Distillery: Compare Experiment Files");
  await vs.page.locator(".tab", { hasText: `experiment.distill.json ↔ ${file}` }).waitFor();
  const changed = vs.page.locator(".monaco-diff-editor .editor.modified .insert-sign");
  await changed.first().waitFor();
  assert.equal(await changed.count(), 1);
  // What stands there is no file that could be run.
  assert.equal(await vs.page.locator('.editor-actions .action-label[aria-label^="Run"]').count(), 0);
  await shot("diff");
});
