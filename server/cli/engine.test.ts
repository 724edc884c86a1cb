import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { PassThrough } from "node:stream";
import { after, before, test } from "node:test";
import { exit } from "../terminal/terminal.ts";
import { doctor, install, listEngines, remove } from "./engine.ts";

let engines: string;
const given = process.env["DISTILL_ENGINES"];
before(async () => {
  engines = await mkdtemp(path.join(tmpdir(), "engine-command-"));
  process.env["DISTILL_ENGINES"] = engines;
});
after(async () => {
  if (given === undefined) delete process.env["DISTILL_ENGINES"];
  else process.env["DISTILL_ENGINES"] = given;
  await rm(engines, { recursive: true });
});

function terminal() {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const said = (stream: PassThrough) => String(stream.read() ?? "");
  return { out, err, printed: () => said(out), complained: () => said(err) };
}

test("the built-in engine is always listed", async () => {
  const seen = terminal();
  assert.equal(await listEngines({ json: true }, seen), exit.done);
  const [first] = JSON.parse(seen.printed()) as { name: string; state: string; device: string }[];
  assert.deepEqual([first?.name, first?.state, first?.device], ["onnxruntime", "works", "cpu"]);
});

test("the built-in engine is listed with the WebGPU adapter that it finds, or why it finds none", async () => {
  const given = process.env["VK_DRIVER_FILES"];
  process.env["VK_DRIVER_FILES"] = "/nonexistent.json";
  const seen = terminal();
  try {
    assert.equal(await listEngines({}, seen), exit.done);
  } finally {
    if (given === undefined) delete process.env["VK_DRIVER_FILES"];
    else process.env["VK_DRIVER_FILES"] = given;
  }
  // On macOS and Windows drivers are found in another way.
  if (process.platform === "linux")
    assert.match(
      seen.printed(),
      /^onnxruntime +\S+ +webgpu +missing: (There is no adapter|ONNX Runtime has no WebGPU)/m,
    );
  else assert.match(seen.printed(), /^onnxruntime +\S+ +webgpu/m);
});

test("an engine that is broken is listed as such, and the doctor says how to fix it", async () => {
  const folder = path.join(engines, "tensorflow-cpu");
  await mkdir(folder);
  const manifest = { schema: 1, kind: "cpu", tensorflow: "2.21.0", files: { "tfjs_binding.node": 9 } };
  await writeFile(path.join(folder, "engine.json"), JSON.stringify(manifest));
  const seen = terminal();
  assert.equal(await listEngines({}, seen), exit.done);
  assert.match(seen.printed(), /tensorflow-cpu +2\.21\.0 +broken: tfjs_binding\.node is missing/);
  assert.equal(await doctor({}, seen), exit.failed);
  assert.match(seen.printed(), /✗ +tensorflow-cpu +tfjs_binding\.node is missing.*To fix: /s);
  assert.equal(await remove("tensorflow", {}, seen), exit.done);
  assert.match(seen.printed(), /^Removed .*tensorflow-cpu\n$/);
});

test("for programs, what was removed or why not is one line", async () => {
  const folder = path.join(engines, "tensorflow-cpu");
  await mkdir(folder);
  await writeFile(path.join(folder, "engine.json"), JSON.stringify({ schema: 1, kind: "cpu", files: {} }));
  const seen = terminal();
  assert.equal(await remove("tensorflow", { json: true }, seen), exit.done);
  assert.deepEqual(JSON.parse(seen.printed()), { event: "removed", folder });
  assert.equal(await remove("tensorflow", { json: true }, seen), exit.failed);
  assert.equal((JSON.parse(seen.printed()) as { code: string }).code, "not-installed");
});

test("what cannot be removed or installed is said, with code and hint for programs", async () => {
  const seen = terminal();
  assert.equal(await remove("tensorflow", { gpu: true }, seen), exit.failed);
  assert.match(seen.complained(), /There is no engine in .*tensorflow-gpu/);
  assert.equal(await install("pytorch", {}, seen), exit.failed);
  assert.match(
    seen.complained(),
    /no engine "pytorch" to install or remove; there are tensorflow and onnxruntime/,
  );
  await mkdir(path.join(engines, "tensorflow-cpu"));
  await writeFile(path.join(engines, "tensorflow-cpu", "notes.txt"), "mine");
  assert.equal(await install("tensorflow", { json: true }, seen), exit.failed);
  const { event, code, hint } = JSON.parse(seen.printed().trim().split("\n").at(-1) ?? "") as Record<
    string,
    string
  >;
  assert.deepEqual([event, code], ["error", "not-an-engine"]);
  assert.match(hint ?? "", /DISTILL_ENGINES/);
});

test("an engine that a run computes with is not removed, and is once the run has ended", {
  skip: process.platform !== "linux",
}, async () => {
  const folder = path.join(engines, "tensorflow-cpu");
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, "engine.json"), JSON.stringify({ schema: 1, kind: "cpu", files: {} }));
  // A program has loaded its own file as it loads libraries.
  const program = path.join(folder, "library");
  await copyFile("/bin/sleep", program);
  await chmod(program, 0o755);
  const run = path.join(engines, ".distill", "runs", "20260101-000000.000-a-abc");
  const trainer = spawn(program, ["1000"], { argv0: run, stdio: "ignore" });
  try {
    await once(trainer, "spawn");
    const seen = terminal();
    assert.equal(await remove("tensorflow", {}, seen), exit.failed);
    assert.equal(
      seen.complained(),
      `${folder} is in use by the run ${path.basename(run)}.\nWait for its end, or stop it: distill stop ${run}\n`,
    );
    assert.ok(existsSync(program));
  } finally {
    const ended = once(trainer, "exit");
    trainer.kill("SIGKILL");
    await ended;
  }
  const seen = terminal();
  assert.equal(await remove("tensorflow", {}, seen), exit.done);
  assert.deepEqual([seen.printed(), existsSync(folder)], [`Removed ${folder}\n`, false]);
});
