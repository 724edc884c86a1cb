import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineFailure, InstallableEngine, InstallLine } from "../../server/protocol.ts";
import {
  actionsOf,
  brokenInstaller,
  failureMessage,
  installableRow,
  progressMessage,
  readyMessage,
  size,
} from "./wording.ts";

test("sizes", () => {
  assert.deepEqual([274e6, 994e6, 999e6, 2.9e9].map(size), ["274 MB", "994 MB", "1.0 GB", "2.9 GB"]);
});

const cpu: InstallableEngine = {
  kind: "cpu",
  tensorflow: "2.21.0",
  download: 274e6,
  installed: 853e6,
  needed: 1.53e9,
  state: "missing",
  obstacles: [],
  files: [],
};

test("a row says size and needs, or the first thing that is in the way", () => {
  assert.deepEqual(installableRow(cpu), {
    label: "TensorFlow for the CPU",
    description: "2.21.0 · 274 MB to download, 853 MB on disk",
    detail: "$(check) This machine meets all requirements. The installation needs 1.5 GB of disk space.",
  });
  const obstacles = ["The NVIDIA driver was not found.", "No compiler."];
  const gpu = installableRow({ ...cpu, kind: "gpu", state: "installed", obstacles });
  assert.equal(gpu.label, "TensorFlow for NVIDIA cards");
  assert.match(gpu.description, / · installed$/);
  assert.equal(gpu.detail, "$(warning) The NVIDIA driver was not found.");
});

test("each step has its words", () => {
  const says = (line: Omit<Extract<InstallLine, { event: "progress" }>, "event">) =>
    progressMessage({ event: "progress", ...line });
  assert.equal(says({ step: "check", what: "examining this machine" }), "Examining this machine");
  assert.equal(
    says({ step: "fetch", what: "tensorflow, 274 MB", done: 0.374 }),
    "Downloading tensorflow, 274 MB (37 %)",
  );
  assert.equal(says({ step: "unpack", what: "tensorflow" }), "Unpacking tensorflow");
  assert.equal(says({ step: "compile", what: "g++ 12" }), "Compiling with g++ 12");
  assert.equal(says({ step: "probe", what: "loading it" }), "Testing it");
});

const ready = {
  event: "ready",
  kind: "cpu",
  folder: "/e",
  tensorflow: "2.21.0",
  unchanged: false,
  gpu: false,
  choice: "onnxruntime on the CPU: there is no NVIDIA card.",
} as const;

test("what was installed, and what a run picks from now on", () => {
  assert.equal(
    readyMessage(ready),
    'TensorFlow 2.21.0 is installed and works on the CPU. With "engine": "auto" a run trains with onnxruntime on the CPU: there is no NVIDIA card. With "engine": "tensorflow" it trains with this one.',
  );
  assert.match(readyMessage({ ...ready, unchanged: true }), /was already installed and works/);
  const choice = "TensorFlow on gpu:0 (NVIDIA L4), a card that works.";
  assert.equal(
    readyMessage({ ...ready, kind: "gpu", gpu: true, card: "NVIDIA L4, 20480 MB", choice }),
    `TensorFlow 2.21.0 is installed and works on the GPU NVIDIA L4, 20480 MB. With "engine": "auto" a run trains with ${choice}`,
  );
  assert.match(
    readyMessage({ ...ready, kind: "gpu", whyNoGpu: "No GPU is visible." }),
    /works on the CPU\. No GPU is visible\. With "engine": "auto"/,
  );
});

const failure = (changed: Partial<EngineFailure>): EngineFailure => ({
  event: "error",
  code: "compile-failed",
  message: "The addon could not be compiled.",
  hint: "",
  detail: "",
  ...changed,
});

test("a failure says what happened and what to do", () => {
  assert.equal(failureMessage(failure({})), "The addon could not be compiled.");
  assert.equal(
    failureMessage(failure({ hint: "Try again." })),
    "The addon could not be compiled. Try again.",
  );
});

test("what can be pressed goes with the failure", () => {
  const actions = (changed: Partial<EngineFailure>) => actionsOf(failure(changed));
  assert.deepEqual(actions({ detail: "error: x" }), ["again", "details"]);
  assert.deepEqual(actions({ code: "no-compiler", command: "sudo apt install g++" }), ["copy", "again"]);
  assert.deepEqual(actions({ code: "offline", detail: "x" }), ["folder", "again", "details"]);
  assert.deepEqual(actions({ code: "no-avx" }), []);
});

test("an installer that ends without a word is no success", () => {
  const { code, message, detail } = brokenInstaller("SIGKILL", "Killed");
  assert.deepEqual(
    [code, message, detail],
    ["internal", "The installer ended unexpectedly (SIGKILL).", "Killed"],
  );
});
