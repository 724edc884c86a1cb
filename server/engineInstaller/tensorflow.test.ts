import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { EngineError } from "../engineError.ts";
import { engineFolder, enginesFolder } from "../installedEngines/folders.ts";
import { checkFiles, type Manifest, readManifest, writeManifest } from "../installedEngines/manifest.ts";
import { findEngines } from "../installedEngines/tensorflow.ts";
import { bytesNeeded, engineParts } from "./pinned.ts";
import { installTensorflow, removeTensorflow, type TensorflowOptions } from "./tensorflow.ts";

let engines: string;
beforeEach(async () => {
  engines = await mkdtemp(path.join(tmpdir(), "engines-"));
});
afterEach(() => rm(engines, { recursive: true }));

const fit = { platform: "linux", architecture: "x64", glibc: "2.41", cpuFlags: "avx" };
const install = (options: Partial<TensorflowOptions> = {}) =>
  installTensorflow({ kind: "cpu", engines, machine: fit, probe: broken, ...options });
const broken = () => Promise.reject(new EngineError("incomplete", "A file of the engine is missing."));

const manifest: Manifest = {
  schema: 1,
  kind: "cpu",
  package: "@tensorflow/tfjs-node",
  tfjs: "4.22.0",
  tensorflow: "2.21.0",
  napi: 8,
  archives: engineParts.cpu.archives.map(({ sha256 }) => sha256),
  built: { at: "", glibc: "", compiler: "" },
  files: { "lib/one.so": 3 },
};

async function fakeEngine(content = "one"): Promise<string> {
  const folder = engineFolder("cpu", engines);
  await mkdir(path.join(folder, "lib"), { recursive: true });
  await writeFile(path.join(folder, "lib", "one.so"), content);
  await writeManifest(folder, manifest);
  return folder;
}

test("a machine that cannot use it: nothing is made", async () => {
  await assert.rejects(install({ machine: { ...fit, platform: "win32" } }), { code: "unsupported-platform" });
  await assert.rejects(
    install({ kind: "gpu", driver: { found: [], missing: ["libcuda.so.1"], cards: [] } }),
    { code: "no-gpu-driver" },
  );
  assert.deepEqual(await readdir(engines), []);
});

test("a folder that holds something else is left alone", async () => {
  const folder = engineFolder("cpu", engines);
  await mkdir(folder);
  await writeFile(path.join(folder, "thesis.txt"), "years of work");
  await assert.rejects(install(), { code: "not-an-engine", message: /exists, but is no engine/ });
  await assert.rejects(removeTensorflow("cpu", engines), { code: "not-an-engine" });
  assert.equal(await readFile(path.join(folder, "thesis.txt"), "utf8"), "years of work");
});

test("a folder to take files from that is none: nothing is fetched", async () => {
  const from = path.join(engines, "archives");
  await assert.rejects(install({ from }), { code: "no-folder", message: `There is no folder ${from}.` });
  await writeFile(from, "");
  await assert.rejects(install({ from }), { code: "no-folder", message: `${from} is not a folder.` });
  assert.deepEqual(await readdir(engines), ["archives"]);
});

test("a cancelled installation leaves no folder", async () => {
  await assert.rejects(install({ signal: AbortSignal.abort() }), {
    code: "cancelled",
    message: /nothing was changed/,
  });
  assert.deepEqual(await readdir(engines), []);
});

test("a place that cannot be written to", async () => {
  const file = path.join(engines, "file");
  await writeFile(file, "");
  await assert.rejects(install({ engines: path.join(file, "below") }), {
    code: "not-writable",
    hint: /DISTILL_ENGINES/,
  });
});

test("what killed installations left is removed, what running ones write is not", async () => {
  const dead = `${engineFolder("cpu", engines)}.partial-999999999-abc`;
  const running = `${engineFolder("cpu", engines)}.partial-${process.pid}-abc`;
  await Promise.all([dead, running].map((folder) => mkdir(folder)));
  await assert.rejects(install({ machine: { ...fit, cpuFlags: "sse" } }), { code: "no-avx" });
  assert.deepEqual(await readdir(engines), [path.basename(running)]);
});

test("a dead installer whose parent has not noticed is as good as gone", {
  skip: process.platform !== "linux" && "such processes are known on Linux alone",
}, async () => {
  // The shell's child ends, and the long sleep that takes the shell's place never asks for it.
  const parent = spawn("sh", ["-c", "sleep 0.1 & echo $!; exec sleep 60"]);
  const [text] = await once(parent.stdout, "data");
  const pid = String(text).trim();
  while (!/\) Z/.test(await readFile(`/proc/${pid}/stat`, "utf8"))) await setTimeout(10);
  await mkdir(`${engineFolder("cpu", engines)}.partial-${pid}-abc`);
  await assert.rejects(install({ machine: { ...fit, platform: "win32" } }), { code: "unsupported-platform" });
  parent.kill();
  assert.deepEqual(await readdir(engines), []);
});

test("an engine whose replacement was killed between its two steps gets its place back", async () => {
  const folder = await fakeEngine();
  await rename(folder, `${folder}.old-999999999`);
  await assert.rejects(install({ machine: { ...fit, platform: "win32" } }), { code: "unsupported-platform" });
  assert.deepEqual(await readdir(engines), [path.basename(folder)]);
  assert.ok(await readManifest(folder));
  // Where the new engine is already in place, the old one is removed.
  await mkdir(`${folder}.old-999999999`);
  await assert.rejects(install({ machine: { ...fit, platform: "win32" } }), { code: "unsupported-platform" });
  assert.deepEqual(await readdir(engines), [path.basename(folder)]);
});

test("a library that was cut short or is gone is found before it is loaded", async () => {
  const folder = await fakeEngine("on");
  await assert.rejects(checkFiles(folder, manifest), {
    code: "damaged",
    message: /2 bytes where 3 were installed/,
  });
  await rm(path.join(folder, "lib"), { recursive: true });
  await assert.rejects(checkFiles(folder, manifest), { code: "damaged", message: /lib\/one\.so is missing/ });
});

test("an engine without its manifest, or with a damaged one, is none", async () => {
  const folder = await fakeEngine();
  const kinds = async () =>
    (await findEngines(engines)).filter(({ source }) => source === "folder").map(({ kind }) => kind);
  assert.deepEqual(await kinds(), ["cpu"]);
  await writeFile(path.join(folder, "engine.json"), '{"schema": 1, "ki');
  assert.equal(await readManifest(folder), undefined);
  assert.deepEqual(await kinds(), []);
});

test("an npm package with its binary comes before what was built, one without is none", async () => {
  await fakeEngine();
  const project = pathToFileURL(path.join(engines, "project", "index.js")).href;
  const library = path.join(engines, "project", "node_modules", "@tensorflow", "tfjs-node", "lib", "napi-v8");
  await mkdir(library, { recursive: true });
  await writeFile(path.join(library, "..", "..", "package.json"), '{"name": "@tensorflow/tfjs-node"}');
  const sources = async () => (await findEngines(engines, project)).map(({ source }) => source);
  assert.deepEqual(await sources(), ["folder"]);
  await writeFile(path.join(library, "tfjs_binding.node"), "");
  assert.deepEqual(await sources(), ["package", "folder"]);
});

test("npm's tfjs-node-gpu, installed beside this package, is found from its bundle and comes first of all", async () => {
  await fakeEngine();
  const modules = path.join(engines, "project", "node_modules");
  const bundle = pathToFileURL(path.join(modules, "distillery", "dist", "chunks", "engines.mjs")).href;
  const folders: Record<string, string> = {};
  for (const name of ["tfjs-node", "tfjs-node-gpu"]) {
    const folder = path.join(modules, "@tensorflow", name);
    await mkdir(path.join(folder, "lib", "napi-v8"), { recursive: true });
    // As on npm: a main file and no "exports", which would hide package.json.
    await writeFile(
      path.join(folder, "package.json"),
      `{"name": "@tensorflow/${name}", "main": "dist/index.js"}`,
    );
    await writeFile(path.join(folder, "lib", "napi-v8", "tfjs_binding.node"), "");
    folders[name] = folder;
  }
  const found = (await findEngines(engines, bundle)).map(({ kind, source, folder }) => [
    kind,
    source,
    folder,
  ]);
  assert.deepEqual(found, [
    ["gpu", "package", folders["tfjs-node-gpu"]],
    ["cpu", "package", folders["tfjs-node"]],
    ["cpu", "folder", engineFolder("cpu", engines)],
  ]);
  await rm(path.join(folders["tfjs-node-gpu"] ?? "", "lib"), { recursive: true });
  assert.deepEqual(
    (await findEngines(engines, bundle)).map(({ source }) => source),
    ["package", "folder"],
    "npm leaves the package without its binary where that could not be fetched",
  );
});

test("an engine is removed with what is left of downloads, once", async () => {
  const folder = await fakeEngine();
  await mkdir(path.join(engines, "downloads"));
  assert.equal(await removeTensorflow("cpu", engines), folder);
  assert.deepEqual(await readdir(engines), []);
  await assert.rejects(removeTensorflow("cpu", engines), {
    code: "not-installed",
    message: /There is no engine in/,
  });
});

test("where a user's engines are", () => {
  const home = { HOME: "/home/u" };
  assert.equal(enginesFolder({ ...home, DISTILL_ENGINES: "/data/engines" }), "/data/engines");
  if (process.platform !== "linux") return;
  assert.equal(enginesFolder({ ...home, XDG_DATA_HOME: "/data" }), "/data/distillery/engines");
  assert.equal(
    enginesFolder({ ...home, XDG_DATA_HOME: "relative" }),
    "/home/u/.local/share/distillery/engines",
  );
  assert.equal(enginesFolder(home), "/home/u/.local/share/distillery/engines");
});

test("every file is pinned, and the room for all of them is asked for", () => {
  for (const parts of Object.values(engineParts))
    for (const { sha256, file, version } of parts.archives) {
      assert.match(sha256, /^[0-9a-f]{64}$/);
      assert.ok(file.includes(version));
    }
  assert.ok(bytesNeeded(engineParts.cpu) > 1.4e9);
  assert.ok(bytesNeeded(engineParts.gpu) > 7e9);
});
