import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { engineFolder, enginesFolder } from "../../server/engine/native/tensorflow/folders.ts";
import { packedExtension, screenshots } from "./package.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";

/**
 * The TensorFlow engine installed, examined and removed from the editor. Nothing is fetched: npm's registry is one that
 * does not answer, and the engine that is then found is the one that this machine's other tests run on.
 */
const file = "mnist.distill.json";
const built = engineFolder("cpu", enginesFolder());
const root = fs.mkdtempSync(path.join(os.tmpdir(), "distillery-engines-"));
const engines = path.join(root, "engines");
const asked: string[] = [];
const registry = http.createServer(({ url }) => asked.push(url ?? ""));
const variables = ["DISTILL_ENGINES", "npm_config_registry"] as const;
const given = variables.map((name) => [name, process.env[name]] as const);
let vs: VSCode;

before(async () => {
  assert.ok(
    fs.existsSync(path.join(built, "engine.json")),
    `there is no engine in ${built}: npm run setup:tensorflow`,
  );
  await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
  const { port } = registry.address() as AddressInfo;
  process.env["npm_config_registry"] = `http://127.0.0.1:${port}/`;
  process.env["DISTILL_ENGINES"] = engines;
  vs = await VSCode.start({
    vsix: packedExtension(),
    files: { [file]: '{\n  "engine": "tensorflow"\n}\n' },
  });
  await vs.openFile(file);
});
after(async () => {
  await vs?.close();
  registry.closeAllConnections();
  registry.close();
  for (const [name, value] of given) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  fs.rmSync(root, { recursive: true });
});

const shot = (name: string) => vs.screenshot(path.join(screenshots, `${name}.png`));
const row = (label: string) =>
  vs.page.locator(".quick-input-list .monaco-list-row").filter({
    has: vs.page.locator(".label-name", { hasText: label }),
  });

test("what can be installed is listed with its size and what this machine has for it", async () => {
  await vs.runCommand("distill.installEngine", "Distillery: Install Engine");
  await row("TensorFlow for the CPU").filter({ hasText: "274 MB to fetch" }).waitFor();
  const detail = await row("TensorFlow for the CPU").textContent();
  assert.match(detail ?? "", /This machine has what it needs/);
  await row("TensorFlow for NVIDIA cards").filter({ hasText: "2.9 GB to fetch" }).waitFor();
  await shot("engine-pick");
});

test("an installation is cancelled in the middle, and nothing is left of it", async () => {
  await vs.pick("TensorFlow for the CPU");
  const toast = vs.toasts.filter({ hasText: "Installing TensorFlow for the CPU" });
  await toast.filter({ hasText: "Fetching node-api-headers" }).waitFor();
  const npm = () => vs.processes().filter(({ command }) => /\bnpm\b.*\bpack\b/.test(command));
  await until("npm to ask", () => asked.length > 0);
  assert.ok(npm().length > 0);
  assert.ok(fs.readdirSync(engines).some((name) => name.startsWith("tensorflow-cpu.partial-")));
  await shot("engine-installing");
  await toast.hover();
  await toast.getByRole("button", { name: "Cancel" }).click();
  await vs.toasts.filter({ hasText: "The installation was cancelled; nothing was changed." }).waitFor();
  await toast.waitFor({ state: "hidden" });
  assert.deepEqual(
    fs.readdirSync(engines).filter((name) => name !== "downloads"),
    [],
  );
  assert.deepEqual(fs.readdirSync(path.join(engines, "downloads")), []);
  assert.deepEqual(npm(), []);
  await shot("engine-cancelled");
});

test("an installation says what is there and what a run picks from now on", async () => {
  fs.symlinkSync(built, path.join(engines, "tensorflow-cpu"));
  await vs.runCommand("notifications.clearAll", "Notifications: Clear All Notifications");
  await vs.runCommand("distill.installEngine", "Distillery: Install Engine");
  await row("TensorFlow for the CPU").filter({ hasText: "installed" }).waitFor();
  await vs.pick("TensorFlow for the CPU");
  const toast = vs.toasts.filter({ hasText: "was installed already and works on the CPU" });
  await toast.waitFor();
  assert.match(
    (await toast.textContent()) ?? "",
    /With "engine": "auto" a run trains with onnxruntime on the CPU/,
  );
  await shot("engine-installed");
});

test("the doctor's report opens as a document", async () => {
  await vs.runCommand("notifications.clearAll", "Notifications: Clear All Notifications");
  await vs.runCommand("distill.engineDoctor", "Distillery: Engine Doctor");
  await vs.page.locator('.tab.active[aria-label*="Engine Doctor"]').waitFor();
  const report = vs.webview("vscode.markdown-language-features").locator("body");
  await report.getByText("What a Run Trains With").waitFor();
  const text = await report.textContent();
  assert.match(text ?? "", /TensorFlow 2\.\d+\.\d+ works on the CPU/);
  assert.match(text ?? "", /distill engine install tensorflow --gpu/);
  await shot("engine-doctor");
});

test("the engine is removed after a question, and only the engine", async () => {
  await vs.runCommand("distill.removeEngine", "Distillery: Remove Engine");
  await vs.pick("TensorFlow for the CPU");
  await vs.dialog.filter({ hasText: "Remove TensorFlow for the CPU?" }).waitFor();
  await shot("engine-remove");
  await vs.dialog.getByRole("button", { name: "Remove", exact: true }).click();
  await vs.toasts.filter({ hasText: "TensorFlow for the CPU was removed." }).waitFor();
  assert.deepEqual(fs.readdirSync(engines), []);
  assert.ok(fs.existsSync(path.join(built, "engine.json")), "what the link led to is gone");
});
