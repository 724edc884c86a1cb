import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { engineFolder, enginesFolder } from "../../server/installedEngines/folders.ts";
import { signal } from "../support/signal.ts";
import { mnistExperiment, mnistLinks, placeOf } from "./mnist.ts";
import { packedExtension, screenshots } from "./package.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";

/**
 * The TensorFlow engine installed, examined and removed from the editor. Nothing is fetched: npm's registry is one that
 * does not answer, and the engine that is then found is the one that this machine's other tests run on.
 */
const file = "mnist.distill.json";
const text = mnistExperiment({ temperature: 4, epochs: 1, engine: "tensorflow" });
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
    files: { [file]: text },
    links: mnistLinks,
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

const toast = (text: string) => vs.toasts.filter({ hasText: text });
const installing = () => toast("Installing TensorFlow for the CPU");
const installers = () =>
  vs.processes().filter(({ command }) => /engine install tensorflow|\bnpm\b.*\bpack\b/.test(command));
const unfinished = () => fs.readdirSync(engines).filter((name) => name.includes(".partial-"));
/** Until npm stands still in the middle of its download. */
async function untilDownloading(): Promise<void> {
  await installing().filter({ hasText: "Downloading node-api-headers" }).waitFor();
  const before = asked.length;
  await until(
    "npm to ask",
    () => asked.length > before || installers().some(({ command }) => command.includes("pack")),
  );
  assert.equal(unfinished().length, 1);
}
const clear = () => vs.runCommand("notifications.clearAll", "Notifications: Clear All Notifications");

test("what can be installed is listed with its size and what this machine has for it", async () => {
  await vs.runCommand("distill.installEngine", "Distillery: Install Engine");
  await row("TensorFlow for the CPU").filter({ hasText: "274 MB to download" }).waitFor();
  const detail = await row("TensorFlow for the CPU").textContent();
  assert.match(detail ?? "", /This machine meets all requirements/);
  await row("TensorFlow for NVIDIA cards").filter({ hasText: "2.9 GB to download" }).waitFor();
  await shot("engine-pick");
  await vs.press("Escape");
});

test("what cannot be installed says why, and what to do", async () => {
  await vs.runCommand("distill.installEngine", "Distillery: Install Engine");
  await row("TensorFlow for NVIDIA cards").filter({ hasText: "libcuda.so.1" }).waitFor();
  await vs.pick("TensorFlow for NVIDIA cards");
  const failure = toast("The NVIDIA driver's libcuda.so.1");
  await failure.filter({ hasText: "Install the driver, or the CPU engine" }).waitFor();
  await failure.getByRole("button", { name: "Try Again" }).waitFor();
  await shot("engine-failed");
  assert.deepEqual(fs.existsSync(engines) ? fs.readdirSync(engines) : [], []);
  await clear();
});

test("Run makes no run for an engine that is not there, and offers it", async () => {
  await vs.pressLens("Run");
  await toast("TensorFlow is not installed on this machine")
    .getByRole("button", { name: "Install Engine" })
    .waitFor();
  await shot("engine-refused");
  assert.equal(fs.existsSync(path.join(vs.folders.workspace, ".distill")), false);
  await clear();
});

test("the quick fix installs it; cancelled in the middle, nothing is left", async () => {
  const fix = vs.page
    .locator(".action-widget .monaco-list-row")
    .filter({ hasText: "Install the TensorFlow engine" });
  const [line, column] = placeOf(text, "tensorflow");
  await until("the quick fix", async () => {
    if (await fix.isVisible()) return true;
    await vs.goTo(line, column + 2);
    await vs.press("Control+.");
    await fix.waitFor({ timeout: 5_000 });
    return true;
  });
  await shot("engine-quick-fix");
  await fix.click();
  await untilDownloading();
  await shot("engine-installing");
  await installing().hover();
  await installing().getByRole("button", { name: "Cancel" }).click();
  await toast("The installation was cancelled; nothing was changed.").waitFor();
  await installing().waitFor({ state: "hidden" });
  assert.deepEqual(fs.readdirSync(engines), ["downloads"]);
  assert.deepEqual(fs.readdirSync(path.join(engines, "downloads")), []);
  assert.deepEqual(installers(), []);
  await vs.page.mouse.move(0, 0);
  await shot("engine-cancelled");
  await clear();
});

test("a window that closes in the middle ends the installation and leaves nothing", async () => {
  await vs.runCommand("distill.installEngine", "Distillery: Install Engine");
  await row("TensorFlow for the CPU").waitFor();
  await vs.pick("TensorFlow for the CPU");
  await untilDownloading();
  await vs.reload();
  await until("the installer to end", () => installers().length === 0);
  assert.deepEqual(unfinished(), []);
});

test("what an installer that is killed leaves goes with the next installation", async () => {
  await vs.runCommand("distill.installEngine", "Distillery: Install Engine");
  await row("TensorFlow for the CPU").waitFor();
  await vs.pick("TensorFlow for the CPU");
  await untilDownloading();
  for (const { pid } of installers()) signal(pid, "SIGKILL");
  await toast("The installer ended unexpectedly (SIGKILL)").waitFor();
  const left = unfinished();
  assert.equal(left.length, 1);
  await shot("engine-killed");
  await toast("The installer ended unexpectedly").getByRole("button", { name: "Try Again" }).click();
  await installing().filter({ hasText: "Downloading node-api-headers" }).waitFor();
  await until("what was left to go", () => !unfinished().includes(left[0] ?? ""));
  await installing().hover();
  await installing().getByRole("button", { name: "Cancel" }).click();
  await toast("The installation was cancelled").waitFor();
  assert.deepEqual(unfinished(), []);
});

test("an installation says what is there and what a run picks from now on", async () => {
  fs.symlinkSync(built, path.join(engines, "tensorflow-cpu"));
  assert.ok((await vs.problems()).some((problem) => problem.includes("TensorFlow is not installed")));
  await clear();
  await vs.runCommand("distill.installEngine", "Distillery: Install Engine");
  await row("TensorFlow for the CPU").filter({ hasText: "installed" }).waitFor();
  await vs.pick("TensorFlow for the CPU");
  const toast = vs.toasts.filter({ hasText: "was already installed and works on the CPU" });
  await toast.waitFor();
  assert.match(
    (await toast.textContent()) ?? "",
    /With "engine": "auto" a run trains with onnxruntime on the CPU/,
  );
  await shot("engine-installed");
});

for (const theme of ["Dark", "Light"] as const) {
  test(`the doctor's report opens as a document (${theme})`, async () => {
    vs.writeWorkspaceSettings({ "workbench.colorTheme": `Default ${theme} Modern` });
    await clear();
    await vs.runCommand("distill.engineDoctor", "Distillery: Engine Doctor");
    await vs.page.locator('.tab.active[aria-label*="Engine Doctor"]').waitFor();
    const report = vs.webview("vscode.markdown-language-features").locator("body");
    await report.getByText("Engine of a Run").waitFor();
    const text = (await report.textContent()) ?? "";
    assert.match(text, /TensorFlow 2\.\d+\.\d+ works on the CPU/);
    assert.match(text, /distill engine install tensorflow --gpu/);
    if (!process.env["DISTILL_WITHOUT"]?.includes("webgpu"))
      assert.match(text, /webgpu\s*the built-in engine works on \S/, "by what the package holds");
    await shot(`engine-doctor-${theme.toLowerCase()}`);
    await vs.runCommand("workbench.action.closeActiveEditor", "View: Close Editor");
  });
}

test("the list, the notification and the squiggle are legible in the light theme", async () => {
  await vs.openFile(file);
  await vs.runCommand("distill.installEngine", "Distillery: Install Engine");
  await row("TensorFlow for the CPU").filter({ hasText: "installed" }).waitFor();
  await shot("engine-pick-light");
  await vs.pick("TensorFlow for the CPU");
  await toast("was already installed").waitFor();
  await shot("engine-installed-light");
});

test("the engine is removed after a question, and only the engine", async () => {
  await vs.runCommand("distill.removeEngine", "Distillery: Remove Engine");
  await vs.pick("TensorFlow for the CPU");
  await vs.dialog.filter({ hasText: "Remove TensorFlow for the CPU?" }).waitFor();
  await shot("engine-remove");
  await vs.dialog.getByRole("button", { name: "Remove", exact: true }).click();
  await toast("TensorFlow for the CPU was removed.").waitFor();
  assert.deepEqual(fs.readdirSync(engines), []);
  assert.ok(fs.existsSync(path.join(built, "engine.json")), "what the link led to is gone");
});
