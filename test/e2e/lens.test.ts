import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { metricText } from "../../server/tasks/metricText.ts";
import { loggedEvents } from "./eventLog.ts";
import { endless, mnistExperiment, mnistLinks } from "./mnist.ts";
import { extensionId, packedExtension, screenshots } from "./package.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";

/** What stands above an experiment and its teacher is pressed, and follows the runs as they begin, end and go. */
const file = "mnist.distill.json";
const text = mnistExperiment({ temperature: 4, epochs: endless });
const fromFile = "file.distill.json";
const teacherInFile = /"teacher": \{.*?\n {2}\}/s;
let vs: VSCode;

before(async () => {
  vs = await VSCode.start({
    vsix: packedExtension(),
    files: {
      [file]: text,
      [fromFile]: text.replace(
        teacherInFile,
        '"teacher": { "type": "onnx", "path": "teacher/teacher.onnx" }',
      ),
    },
    links: {
      ...mnistLinks,
      teacher: fileURLToPath(new URL("../../examples/mnist/teacher", import.meta.url)),
    },
    settings: { "terminal.integrated.gpuAcceleration": "off" }, // else its text is pixels
  });
  await vs.openFile(file);
});
after(async () => {
  await vs.close();
});

const shot = (name: string) => vs.screenshot(path.join(screenshots, `${name}.png`));
const runsFolder = () => path.join(vs.folders.workspace, ".distill", "runs");
const runFolders = () => (fs.existsSync(runsFolder()) ? fs.readdirSync(runsFolder()).sort() : []);

interface LoggedEvent {
  readonly type: string;
  readonly step?: number;
  readonly summary?: { readonly test?: { readonly accuracy: number } };
}
const events = (run = runFolders().at(-1)): LoggedEvent[] =>
  run === undefined ? [] : loggedEvents(path.join(runsFolder(), run, "events.jsonl"));

/** The lenses on the screen, from top to bottom; how far a run is and where it stopped changes, and is left out. */
const lenses = async (): Promise<string[]> =>
  (await vs.page.locator(".codelens-decoration a").allTextContents()).map(
    (title) => title.split(" · ")[0] ?? "",
  );
const untilLenses = (...titles: string[]) =>
  until(`the lenses ${titles.join(" | ")}`, async () => (await lenses()).join() === titles.join());

/** Presses Run, and waits until the run has made a step. */
async function run(): Promise<void> {
  const before = runFolders().length;
  await vs.pressLens("Run");
  await until("a run", () => runFolders().length > before);
  await until("steps", () => (events().at(-1)?.step ?? 0) > 0);
}

/** The accuracy that the terminal shows for this model on the test data. */
const measured = (model: string): Promise<string> =>
  until(`the accuracy of ${model} in the terminal`, async () => {
    const rows = await vs.page.locator(".terminal-wrapper.active .xterm-rows > div").allTextContents();
    const lines = rows.map((row) => row.replaceAll("\u00a0", " ").trim());
    const head = lines.findIndex((line) => line.includes(`${model} on test`));
    const own = head < 0 ? undefined : lines.slice(head).find((line) => line.startsWith("accuracy"));
    return own?.replace(/^accuracy +/, "");
  });

test("where the keyboard leaves a text as soon as it is open, its lenses come all the same", async () => {
  await vs.runCommand("workbench.action.closeActiveEditor", "View: Close Editor");
  await vs.openFile(file);
  await vs.press("Control+0"); // Into the side bar.
  await untilLenses("Run", "Check", "Compare", "Train teacher");
});

test("a teacher of layers can be trained, not yet evaluated", async () => {
  await vs.waitForCodeLens("Train teacher");
  assert.deepEqual(await lenses(), ["Run", "Check", "Compare", "Train teacher"]);
});

test("Train teacher trains the teacher alone, and says what it reaches", async () => {
  await vs.pressLens("Train teacher");
  await until("a run", () => runFolders().length === 1);
  assert.match(runFolders()[0] ?? "", /-mnist-teacher-/);
  const toast = vs.toasts.filter({ hasText: /mnist \(teacher\) · .* finished in/ });
  await toast.waitFor();
  const accuracy = events().at(-1)?.summary?.test?.accuracy;
  assert.ok(accuracy !== undefined && accuracy > 0.8, `the teacher reaches ${accuracy}`);
  const words = metricText("test.accuracy", accuracy);
  await toast.filter({ hasText: `${words} test` }).waitFor();
  assert.equal(await toast.count(), 1);
  await vs.openRunsView();
  await vs.page
    .locator(".pane-body .monaco-list-row")
    .filter({ hasText: `teacher · ${words} test` })
    .waitFor();
  await untilLenses("Run", "Check", "Compare", "Train teacher", "Evaluate teacher");
  await shot("teacher-trained");
});

test("Evaluate teacher measures it, and finds what its training said", async () => {
  await vs.press("Control+1");
  await vs.pressLens("Evaluate teacher");
  const accuracy = events().at(-1)?.summary?.test?.accuracy ?? Number.NaN;
  assert.equal(await measured("the teacher of mnist.distill.json"), metricText("test.accuracy", accuracy));
  await shot("teacher-evaluated");
  assert.equal(runFolders().length, 1, "measuring is no run");
});

test("a teacher in a file can be evaluated, and needs no training", async () => {
  await vs.runCommand("workbench.action.closePanel", "View: Hide Panel");
  await vs.openFile(fromFile);
  await untilLenses("Run", "Check", "Compare", "Evaluate teacher");
  await vs.pressLens("Evaluate teacher");
  const accuracy = Number.parseFloat(await measured("teacher.onnx"));
  assert.ok(accuracy > 95, `the teacher in the file reaches ${accuracy} %`);
  await shot("teacher-file-evaluated");
});

test("while it trains there is Stop; stopped, there is Resume; deleted, neither", async (t) => {
  await vs.runCommand("workbench.action.closePanel", "View: Hide Panel");
  await vs.runCommand("workbench.action.closeActiveEditor", "View: Close Editor");
  await vs.openFile(file);
  await vs.waitForCodeLens("Run");
  await run();
  await untilLenses("Stop", "Show Charts");
  await until("the step in the lens", async () =>
    /Stop.*step [1-9]/.test((await vs.page.locator(".codelens-decoration").first().textContent()) ?? ""),
  );
  await vs.pressLens("Stop");
  const place = await vs.page.locator(".codelens-decoration").first().boundingBox();
  await until("the end", () => events().at(-1)?.type === "stopped");
  const before = runFolders().length;
  if (place) await vs.page.mouse.dblclick(place.x + 10, place.y + place.height / 2); // A hand that goes on pressing.
  assert.equal(runFolders().length, before);
  const ended = performance.now();
  await untilLenses("Run", "Resume", "Check", "Compare", "Train teacher", "Evaluate teacher");
  t.diagnostic(`the lenses follow the end after ${Math.round(performance.now() - ended)} ms`);
  const stopped = events().findLast(({ step }) => step !== undefined)?.step ?? 0;
  const said = /([\d,]+)\//.exec((await vs.codeLens("Resume").textContent()) ?? "");
  assert.equal(Number(said?.[1]?.replaceAll(",", "")), stopped);
  await shot("lens-resume");
  const folder = path.join(runsFolder(), runFolders().at(-1) ?? "");
  fs.rmSync(folder, { recursive: true, maxRetries: 5 }); // its trainer has said its last word, and gives up its lock
  const gone = performance.now();
  await untilLenses("Run", "Check", "Compare", "Train teacher", "Evaluate teacher");
  t.diagnostic(`the lenses follow the deletion after ${Math.round(performance.now() - gone)} ms`);
});

test("an end that comes while the keyboard leaves the text is shown all the same", async () => {
  await run();
  await untilLenses("Stop", "Show Charts");
  await vs.pressLens("Stop");
  await until("the end", () => events().at(-1)?.type === "stopped", { every: 5 });
  // VS Code waits this long before it asks for what it was told of, and asks nothing when the keyboard goes meanwhile.
  await new Promise((resolve) => setTimeout(resolve, 200));
  await vs.press("F1");
  await untilLenses("Run", "Resume", "Check", "Compare", "Train teacher", "Evaluate teacher");
  await vs.press("Escape");
});

test("a trainer that is killed leaves Resume, which goes on", async (t) => {
  await run();
  await untilLenses("Stop", "Show Charts"); // until then there is the Resume of the run before
  const lock = JSON.parse(
    fs.readFileSync(path.join(runsFolder(), runFolders().at(-1) ?? "", "lock"), "utf8"),
  );
  process.kill(lock.pid, "SIGKILL");
  const killed = performance.now();
  await untilLenses("Run", "Resume", "Check", "Compare", "Train teacher", "Evaluate teacher");
  t.diagnostic(`the lenses follow the death after ${Math.round(performance.now() - killed)} ms`);
  assert.match((await vs.codeLens("Resume").textContent()) ?? "", /interrupted at step/);
  await vs.pressLens("Resume");
  await untilLenses("Stop", "Show Charts");
  await vs.statusItem(`${extensionId}.distill.progress`).filter({ hasText: "mnist" }).waitFor();
});

test("an experiment without a file is saved by Run, and runs", async () => {
  await vs.runCommand("distill.stop", "Distillery: Stop");
  await until("the end", () => events().at(-1)?.type === "stopped");
  const before = runFolders().length;
  await vs.runCommand("workbench.action.files.newUntitledFile", "File: New Untitled Text File");
  await vs.runCommand("workbench.action.editor.changeLanguageMode", "Change Language Mode");
  await vs.pick("Distillery Experiment");
  await vs.page.locator(".monaco-editor.focused").first().waitFor();
  await vs.page.keyboard.insertText(text);
  await untilLenses("Run", "Check", "Compare", "Train teacher");
  await vs.runCommand("distill.run", "Distillery: Run");
  await until("the dialog", async () =>
    (await vs.quickInput.inputValue({ timeout: 500 })).includes(".distill.json"),
  );
  const written = path.join(vs.folders.workspace, "written.distill.json");
  await vs.quickInput.fill(written);
  await vs.saveAs(written);
  await until("a run of it", () => runFolders().length > before);
  await vs.statusItem(`${extensionId}.distill.progress`).filter({ hasText: "mnist" }).waitFor();
});
