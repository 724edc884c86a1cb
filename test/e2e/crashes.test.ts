import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { signal } from "../support/signal.ts";
import { loggedEvents } from "./eventLog.ts";
import { endless, mnistExperiment, mnistLinks } from "./mnist.ts";
import { extensionId, packedExtension, screenshots } from "./package.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";
import { forgetTabs, hasStored } from "./workbenchStorage.ts";

/**
 * The language server and the extension host are killed until nobody starts them again by itself: a person is asked,
 * starts them, and finds the run and its curves as they are. What trains takes no notice. It has no end of its own.
 */
const file = "mnist.distill.json";
let vs: VSCode;

before(async () => {
  vs = await VSCode.start({
    vsix: packedExtension(),
    files: { [file]: mnistExperiment({ temperature: 4, epochs: endless }) },
    links: mnistLinks,
  });
  await vs.openFile(file);
});
after(async () => {
  await vs.close();
});

const shot = (name: string) => vs.screenshot(path.join(screenshots, `${name}.png`));
const panel = () => vs.webview(extensionId);
const runsFolder = () => path.join(vs.folders.workspace, ".distill", "runs");
const lastStep = (): number => {
  const [run = ""] = fs.existsSync(runsFolder()) ? fs.readdirSync(runsFolder()) : [];
  const events = loggedEvents<{ type: string; step?: number }>(path.join(runsFolder(), run, "events.jsonl"));
  return events.findLast(({ type }) => type === "step")?.step ?? 0;
};
const ofKind = (words: string) => vs.processes().filter(({ command }) => command.includes(words));
const servers = () => ofKind("server.mjs");
const hosts = () => ofKind("--type=extensionHost");
const trainer = () => ofKind("trainer.mjs")[0]?.pid;
const readout = async () => (await panel().locator(".chart .readout").allTextContents())[0] ?? "";
const toast = () => vs.toasts.filter({ hasText: "crashed 6 times in 3 minutes" });

/** Kills the server as often as it comes back, until the person is asked. */
async function killServers(): Promise<void> {
  await until(
    "the question",
    async () => {
      for (const { pid } of servers()) signal(pid, "SIGKILL");
      return toast().isVisible();
    },
    { every: 200 },
  );
  assert.deepEqual(servers(), []);
}

/** The panel shows the run as it is now. */
async function assertCurve(): Promise<void> {
  const before = await readout();
  await until("the curve to go on", async () => ![before, ""].includes(await readout()));
}

/** So do the status bar and the lens. */
async function assertAlive(): Promise<void> {
  await assertCurve();
  await vs.statusItem(`${extensionId}.distill.progress`).filter({ hasText: "mnist" }).waitFor();
  await vs.waitForCodeLens("Stop");
}

test("an endless run is watched", async () => {
  await vs.runCommand("distill.run", "Distillery: Run");
  await until("steps", () => lastStep() > 0);
  await vs.runCommand("distill.openCharts", "Distillery: Open Charts");
  await panel().locator(".chart h3", { hasText: "Loss" }).waitFor();
  await assertAlive();
});

test("a server that ends again and again is given up, which is said once and mended by a button", async () => {
  const training = trainer();
  await killServers();
  assert.equal(await toast().count(), 1);
  await shot("server-given-up");
  await toast().getByRole("button", { name: "Restart" }).click();
  await until("another server", () => servers().length === 1);
  await assertAlive();
  assert.equal(trainer(), training);
  await shot("server-restarted");
});

test("the log is shown from there; what a person then asks for starts the server again", async () => {
  await killServers();
  await toast().getByRole("button", { name: "Show Log" }).click();
  await vs.page.locator(".panel .monaco-editor .view-line").first().waitFor();
  await vs.runCommand("workbench.action.closePanel", "View: Hide Panel");
  const before = lastStep();
  await vs.press("Control+1");
  await vs.runCommand("distill.check", "Distillery: Check");
  await until("another server", () => servers().length === 1);
  await vs.page.locator(".statusbar-item", { hasText: `${file}: No problems` }).waitFor();
  await assertAlive();
  assert.ok(lastStep() >= before);
});

test("where the editor asks whether to start the extension host again, everything comes back with it", async () => {
  const training = trainer();
  const question = vs.toasts.filter({ hasText: "extension host" });
  await until(
    "the question",
    async () => {
      // One that is killed before it has begun its work counts for nothing.
      const begun = servers().map(({ command }) => Number(/--clientProcessId=(\d+)/.exec(command)?.[1]));
      for (const { pid } of hosts()) if (begun.includes(pid)) signal(pid, "SIGKILL");
      return question.isVisible();
    },
    { every: 500 },
  );
  await shot("host-given-up");
  await question.getByRole("button", { name: /Restart/ }).click();
  await until("another host", () => hosts().length > 0);
  await assertAlive();
  assert.equal(await vs.page.locator(".tab", { hasText: "Distillery Charts" }).count(), 1);
  assert.equal(trainer(), training);
});

test("an export waits for a server that is busy, says so, and can be cancelled meanwhile", async () => {
  const csv = path.join(vs.folders.workspace, "mnist-charts.csv");
  const [server] = await until("the server", () => (servers().length > 0 ? servers() : undefined));
  assert.ok(server);
  await panel().getByRole("button", { name: "CSV" }).click();
  await until("the name", async () => (await vs.quickInput.inputValue()) === csv);
  signal(server.pid, "SIGSTOP");
  const exporting = vs.toasts.filter({ hasText: "Exporting" });
  await until("the progress", async () => {
    if (await vs.quickInput.isVisible()) await vs.quickInput.press("Enter");
    return exporting.isVisible();
  });
  await shot("exporting");
  await exporting.getByRole("button", { name: "Cancel" }).click();
  await vs.page.locator(".statusbar-item", { hasText: "nothing was written" }).waitFor();
  signal(server.pid, "SIGCONT");
  await exporting.waitFor({ state: "hidden" });
  assert.equal(fs.existsSync(csv), false);
  await assertAlive();

  await vs.saveAs(csv, () => panel().getByRole("button", { name: "CSV" }).click());
  const lines = await until("the whole file", () => {
    const text = fs.readFileSync(csv, "utf8");
    return text.endsWith("\n") ? text.trimEnd().split("\n") : undefined;
  });
  assert.match(lines[0] ?? "", /^run,id,step,epoch,seconds,.*\bloss\b/);
  assert.ok(lines.length > 10, `${lines.length} lines`);
});

test("a panel that the editor has not written down comes back once, set as it was", async () => {
  const log = () => panel().locator("label", { hasText: "Log" }).locator("input");
  await log().check();
  await until("the extension to keep it", () => hasStored(vs.page, /"logScale":true/));
  await forgetTabs(vs.page);
  await vs.page.reload();
  await panel().locator(".chart h3", { hasText: "Loss" }).waitFor();
  assert.ok(await log().isChecked());
  const tabs = vs.page.locator(".tab", { hasText: "Distillery Charts" });
  assert.equal(await tabs.count(), 1);
  await assertCurve();

  // Written down, it is the editor that brings it back, and the extension leaves it at that.
  await until("the tab to be written", () => hasStored(vs.page, /logScale\\+":true/));
  await vs.page.reload();
  await panel().locator(".chart h3", { hasText: "Loss" }).waitFor();
  await assertCurve();
  assert.equal(await tabs.count(), 1);

  // One that is closed is forgotten.
  await vs.page.locator(".tab", { hasText: "Distillery Charts" }).click();
  await vs.runCommand("workbench.action.closeActiveEditor", "View: Close Editor");
  await tabs.waitFor({ state: "hidden" });
  await until("the extension to forget it", async () => !(await hasStored(vs.page, /"logScale":true/)));
  await vs.openFile(file);
});

test("the run is stopped from its lens as if nothing had been", async () => {
  await vs.pressLens("Stop");
  await until("the trainer's end", () => trainer() === undefined);
  await vs.waitForCodeLens("Resume");
});

test("a trainer that stands still is told of each time it is stopped, and ended there", async () => {
  await vs.runCommand("distill.run", "Distillery: Run");
  const pid = await until("another trainer", trainer);
  await vs.waitForCodeLens("Stop");
  const suspended = vs.toasts.filter({ hasText: `The trainer is suspended (state T): process ${pid}` });
  signal(pid, "SIGSTOP");
  for (const name of ["suspended", "suspended-again"]) {
    await vs.runCommand("distill.stop", "Distillery: Stop");
    await suspended.waitFor();
    await shot(name);
    if (name === "suspended") await suspended.getByRole("button", { name: /^Clear Notification/ }).click();
    else await suspended.getByRole("button", { name: "End Now" }).click();
    await suspended.waitFor({ state: "hidden" });
  }
  await until("the trainer's end", () => trainer() === undefined);
});

test("a run that is moved while it trains is told of, and does not come back", async () => {
  const before = fs.readdirSync(runsFolder());
  await vs.runCommand("distill.run", "Distillery: Run");
  const name = await until("another run", () =>
    fs.readdirSync(runsFolder()).find((found) => !before.includes(found)),
  );
  const run = path.join(runsFolder(), name);
  await until("its first checkpoint", () => fs.existsSync(path.join(run, "checkpoints")));
  fs.renameSync(run, path.join(vs.folders.workspace, "moved"));
  await vs.toasts.filter({ hasText: "was moved or deleted while it trained" }).waitFor();
  await shot("moved");
  await until("the trainer's end", () => trainer() === undefined);
  assert.equal(fs.existsSync(run), false);
});
