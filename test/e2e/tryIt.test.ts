import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { loggedEvents } from "./eventLog.ts";
import { extensionId, packedExtension, screenshots } from "./package.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";

/** A person who has nothing yet: an empty folder, then a window without a folder. One click leads to a finished run. */
let vs: VSCode;
before(async () => {
  vs = await VSCode.start({ vsix: packedExtension() });
});
after(async () => {
  await vs.close();
});

const shot = (name: string) => vs.screenshot(path.join(screenshots, `${name}.png`));
const runsOf = (folder: string): string[] => {
  const runs = path.join(folder, ".distill", "runs");
  return fs.existsSync(runs)
    ? fs
        .readdirSync(runs)
        .filter((name) => !name.startsWith("."))
        .map((name) => path.join(runs, name))
    : [];
};
const isOver = (run: string | undefined): boolean =>
  run !== undefined &&
  loggedEvents<{ type: string }>(path.join(run, "events.jsonl")).some(({ type }) => type === "completed");
const tryItNow = () => vs.page.getByRole("button", { name: "Try It Now" }).first();

test("in an empty folder, one click makes an experiment, runs it and draws its curves", async (context) => {
  const folder = path.join(vs.folders.workspace, "digits");
  await vs.openRunsView();
  await tryItNow().waitFor();
  await shot("try-it-welcome");
  const start = Date.now();
  await tryItNow().click();
  await vs.webview(extensionId).locator(".chart h3", { hasText: "Loss" }).waitFor();
  context.diagnostic(`a curve after ${Date.now() - start} ms`);
  await shot("try-it-curves");
  await until("its end", () => isOver(runsOf(folder)[0]));
  context.diagnostic(`over after ${Date.now() - start} ms`);
  await vs.toasts.filter({ hasText: "digits" }).first().waitFor();
  await shot("try-it-over");
  assert.deepEqual(fs.readdirSync(folder).sort(), [
    ".distill",
    "ORIGIN.md",
    "digits.distill.json",
    "images.idx.gz",
    "labels.idx.gz",
  ]);
});

test("chosen again in New Experiment, it runs the experiment that is there", async () => {
  await vs.runCommand("distill.newExperiment", "Distillery: New Experiment");
  await vs.pick("Try it now");
  await until("a second run", () => runsOf(path.join(vs.folders.workspace, "digits")).length === 2);
  assert.deepEqual(
    fs.readdirSync(vs.folders.workspace).filter((name) => name.startsWith("digits")),
    ["digits"],
  );
  await vs.runCommand("distill.stop", "Distillery: Stop");
});

test("a window without a folder asks where, opens the new folder and goes on there", async () => {
  await vs.close();
  vs = await VSCode.start({ vsix: packedExtension(), isEmpty: true });
  await vs.openRunsView();
  await tryItNow().click();
  const folder = path.join(vs.folders.workspace, "digits");
  // The dialog writes the folder that it begins with when it has read it, over what was typed by then.
  await until(
    "the folder",
    async () => {
      if (fs.existsSync(folder)) return true;
      if ((await vs.quickInput.inputValue()) === `${vs.folders.workspace}/`)
        await vs.page.getByRole("button", { name: "Make It Here" }).click({ timeout: 1_000 });
      else await vs.quickInput.fill(`${vs.folders.workspace}/`, { timeout: 1_000 });
      return false;
    },
    { every: 500 },
  );
  await until("a run", () => runsOf(folder).length === 1);
  await vs.webview(extensionId).locator("h2, .chart h3").first().waitFor();
  await shot("try-it-empty-window");
  await vs.page.locator(".tab", { hasText: "digits.distill.json" }).waitFor();
  await vs.runCommand("distill.stop", "Distillery: Stop");
});
