import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { loggedEvents } from "./eventLog.ts";
import { mnistExperiment, mnistLinks } from "./mnist.ts";
import { extensionId, packedExtension, screenshots } from "./package.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";

/** A run that fails for want of a card goes on without one. */
const file = "mnist.distill.json";
let vs: VSCode;

before(async () => {
  vs = await VSCode.start({
    vsix: packedExtension(),
    files: { [file]: mnistExperiment({ temperature: 4, epochs: 2 }).replace("{", '{\n  "device": "gpu:7",') },
    links: mnistLinks,
  });
  await vs.openFile(file);
});
after(async () => {
  await vs.close();
});

const shot = (name: string) => vs.screenshot(path.join(screenshots, `${name}.png`));
const runsFolder = () => path.join(vs.folders.workspace, ".distill", "runs");
const runFolder = () => path.join(runsFolder(), fs.readdirSync(runsFolder())[0] ?? "");
const row = (label: string) =>
  vs.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: label });

test("a failure for want of an engine offers the others, and says what speaks against each", async () => {
  await vs.runCommand("distill.run", "Distillery: Run");
  const toast = vs.toasts.filter({ hasText: /mnist · .* failed/ });
  await toast.waitFor();
  await until("the list", async () => {
    // It closes when the keyboard goes elsewhere meanwhile; the message is then in the list of messages.
    if (await toast.isVisible()) await toast.getByRole("button", { name: "Another Engine…" }).click();
    else await vs.runCommand("distill.resumeElsewhere", "Distillery: Resume on Another Engine");
    await row("onnxruntime on the CPU").waitFor();
    return true;
  });
  await row("Automatic").filter({ hasText: "A working NVIDIA card where there is one" }).waitFor();
  await shot("another-engine");
  await vs.press("Escape");
});

test("from the palette, it goes on where it is sent, to its end", async () => {
  await until("the place to be picked", async () => {
    await vs.runCommand("distill.resumeElsewhere", "Distillery: Resume on Another Engine");
    await vs.pick("onnxruntime on the CPU");
    return true;
  });
  const log = path.join(runFolder(), "events.jsonl");
  await until("its end", () => loggedEvents<{ type: string }>(log).at(-1)?.type === "completed");
  const { engine, device } = JSON.parse(fs.readFileSync(path.join(runFolder(), "experiment.json"), "utf8"));
  assert.deepEqual([engine, device], ["onnxruntime", "cpu"]);
  assert.equal(fs.readdirSync(runsFolder()).length, 1, "it is the same run");
  await vs.toasts.filter({ hasText: /mnist · .* finished/ }).waitFor();
});

test("the extension logged no error", () => {
  const errors = vs.hostErrors().filter((entry) => entry.includes(extensionId));
  assert.deepEqual(errors, []);
});
