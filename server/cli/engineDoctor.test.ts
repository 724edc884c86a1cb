import assert from "node:assert/strict";
import { test } from "node:test";
import { EngineError } from "../engineError.ts";
import { diagnose as diagnoseTensorflow, type ExaminedEngine } from "../engineInstaller/diagnosis.ts";
import { driverProblem } from "../engineInstaller/driverProblem.ts";
import type { Examination } from "../engineInstaller/installer.ts";
import type { EngineReport } from "../protocol.ts";
import { report, type Webgpu } from "./engineDoctor.ts";

type Facts = Examination["facts"] & { readonly webgpu: Webgpu };

function diagnose({ webgpu, ...facts }: Facts): EngineReport {
  return report({ facts, diagnosis: diagnoseTensorflow(facts) }, webgpu);
}

const l4 = { index: 0, name: "NVIDIA L4", memory: 23034, freeMemory: 22500, computeCapability: "8.9" };
const libraries = ["libcuda.so.1", "libnvidia-ml.so.1"];
const cpu: ExaminedEngine = {
  engine: { kind: "cpu", source: "folder", folder: "/engines/tensorflow-cpu", addon: "" },
  outcome: { tensorflow: "2.21.0", gpu: false },
};
const gpu: ExaminedEngine = {
  engine: { kind: "gpu", source: "folder", folder: "/engines/tensorflow-gpu", addon: "" },
  outcome: { tensorflow: "2.21.0", gpu: true, card: "NVIDIA L4, 20480 MB, compute capability 8.9" },
};
const facts: Facts = {
  machine: { platform: "linux", architecture: "x64", glibc: "2.41", cpuFlags: "avx" },
  driver: { version: "550.54.14", found: libraries, missing: [], cards: [l4] },
  engines: [gpu],
  tools: { compiler: "g++ 12", python: "python3", npm: "npm" },
  packageManager: "apt",
  webgpu: { name: "AMD Radeon RX 7600 (RADV NAVI33)", software: false },
};
const noDriver: Facts["driver"] = { found: [], missing: libraries, cards: [] };
const noCompiler = new EngineError("no-compiler", "No working C++17 compiler was found.", "Install one.");
const noPip = new EngineError("no-pip", "python3 3.11 has no pip.", "Install it.");

function check(changed: Partial<Facts>, fix: string | undefined): void {
  assert.equal(diagnose({ ...facts, ...changed }).fix, fix);
}

test("driver, card, memory, libraries, engines and tools are printed", () =>
  assert.deepEqual(
    diagnose(facts).findings.map(({ name, state, text }) => `${name} ${state} ${text}`),
    [
      "machine fine linux x64, glibc 2.41",
      "driver fine NVIDIA 550.54.14; libcuda.so.1, libnvidia-ml.so.1",
      "gpu:0 fine NVIDIA L4, 23034 MiB, 22500 MiB free, compute capability 8.9",
      "tensorflow-gpu fine TensorFlow 2.21.0 works on the GPU NVIDIA L4, 20480 MB, compute capability 8.9 (/engines/tensorflow-gpu)",
      "tensorflow-cpu missing not installed",
      "webgpu fine the built-in engine works on AMD Radeon RX 7600 (RADV NAVI33)",
      "compiler fine g++ 12",
      "python fine python3",
      "npm fine npm",
    ],
  ));

test("each trouble has what fixes it, and nothing else has", () => {
  const tools = { compiler: noCompiler, python: noPip, npm: "npm" };
  const outcome = new EngineError("damaged", "A library is cut short.", "Install the engine again.");
  const { findings } = diagnose({ ...facts, driver: noDriver, engines: [{ ...cpu, outcome }], tools });
  assert.deepEqual(
    findings.map(({ name, state, fix }) => [name, state, fix]),
    [
      ["machine", "fine", undefined],
      ["driver", "missing", driverProblem(noDriver)?.hint],
      ["card", "missing", undefined],
      ["tensorflow-cpu", "broken", "distill engine install tensorflow"],
      ["tensorflow-gpu", "missing", "distill engine install tensorflow --gpu"],
      ["webgpu", "fine", undefined],
      ["compiler", "missing", "sudo apt install g++"],
      ["python", "missing", "sudo apt install python3-pip"],
      ["npm", "fine", undefined],
    ],
  );
});

test("what can be installed, how large it is and what stands in its way", () => {
  const tools = { ...facts.tools, compiler: noCompiler };
  const { installable } = diagnose({ ...facts, driver: noDriver, engines: [cpu], tools });
  assert.deepEqual(
    installable.map(({ kind, state, folder, obstacles }) => [kind, state, folder, obstacles]),
    [
      ["cpu", "installed", cpu.engine.folder, [noCompiler.message]],
      ["gpu", "missing", undefined, [driverProblem(noDriver)?.message, noCompiler.message]],
    ],
  );
  for (const { download, installed, needed } of installable) {
    assert.ok(download > 2e8 && installed > download && needed > download + installed);
  }
});

test("what a run trains with that leaves the choice to the engine", () => {
  assert.equal(diagnose(facts).choice, "TensorFlow on gpu:0 (NVIDIA L4), a card that works.");
  assert.match(
    diagnose({ ...facts, engines: [cpu] }).choice,
    /^onnxruntime on the CPU: the engine for NVIDIA L4/,
  );
});

test("nothing is to be fixed where the card's engine works", () => check({}, undefined));
test("a card without an engine for it", () =>
  check({ engines: [cpu] }, "distill engine install tensorflow --gpu"));
test("no card and no engine", () =>
  check({ driver: noDriver, engines: [] }, "distill engine install tensorflow"));
test("no card, and the CPU engine works", () => check({ driver: noDriver, engines: [cpu] }, undefined));

test("tools come before what they build, in the system's words", () => {
  const tools = { compiler: noCompiler, python: noPip, npm: "npm" };
  check({ engines: [], tools }, "sudo apt install g++ python3-pip");
  check({ engines: [], tools, packageManager: "dnf" }, "sudo dnf install gcc-c++ python3-pip");
  const { packageManager: _, ...unknown } = facts;
  assert.equal(diagnose({ ...unknown, engines: [], tools }).fix, "Install one.");
});

test("tools that nothing needs are not asked for", () =>
  check({ tools: { compiler: noCompiler, python: noPip, npm: "npm" } }, undefined));

test("a broken engine is built again, or its package is", () => {
  const outcome = new EngineError(
    "damaged",
    "A library of TensorFlow is truncated.",
    "Install the engine again.",
  );
  check({ driver: noDriver, engines: [{ ...cpu, outcome }] }, "distill engine install tensorflow");
  check({ engines: [{ ...gpu, outcome }] }, "distill engine install tensorflow --gpu");
  const engine = { ...gpu.engine, source: "package" } as const;
  check({ engines: [{ engine, outcome }] }, "npm rebuild @tensorflow/tfjs-node-gpu");
});

test("a driver that is not whole comes before the engine", () => {
  const driver = { ...facts.driver, found: ["libcuda.so.1"], missing: ["libnvidia-ml.so.1"] };
  const outcome = { tensorflow: "2.21.0", gpu: false, whyNoGpu: "No GPU is visible." };
  const diagnosis = diagnose({ ...facts, driver, engines: [{ ...gpu, outcome }] });
  assert.match(diagnosis.fix ?? "", /"utility"/);
  assert.deepEqual(
    diagnosis.findings.filter(({ state }) => state === "broken").map(({ name }) => name),
    ["driver", "tensorflow-gpu"],
  );
});

test("a machine that cannot run TensorFlow needs the built-in engine", () =>
  check(
    { machine: { platform: "darwin", architecture: "arm64" }, engines: [] },
    "Use the built-in engine, onnxruntime.",
  ));

test("what stands in the way of WebGPU has what fixes it, and is no trouble for anything else", () => {
  const found = (webgpu: Facts["webgpu"]) => {
    const { findings, fix } = diagnose({ ...facts, webgpu });
    const { state, text, fix: own } = findings.find(({ name }) => name === "webgpu") ?? assert.fail();
    return { state, text, own, fix };
  };
  const none = new EngineError("no-adapter", "There is no adapter.", "sudo apt install mesa-vulkan-drivers");
  assert.deepEqual(found(none), {
    state: "missing",
    text: "There is no adapter.",
    own: "sudo apt install mesa-vulkan-drivers",
    fix: undefined,
  });
  const crashed = new EngineError("crashed", "It ended with SIGSEGV.", "Update the graphics driver.");
  assert.partialDeepStrictEqual(found(crashed), { state: "broken", own: "Update the graphics driver." });
  assert.deepEqual(
    found({ name: "llvmpipe", software: true }).text,
    "the built-in engine works on llvmpipe, in software",
  );
});
