import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseEngine, type EngineMachine, type EngineRequest, type InstalledEngine } from "./choose.ts";

const cpu: InstalledEngine = { kind: "cpu", addon: "/cpu", gpu: false };
const gpu: InstalledEngine = { kind: "gpu", addon: "/gpu", gpu: true };
const blind: InstalledEngine = {
  kind: "gpu",
  addon: "/gpu",
  gpu: false,
  whyNoGpu: "The NVIDIA driver (libcuda.so.1) was not found.",
};
const broken: InstalledEngine = {
  kind: "cpu",
  addon: "/cpu",
  gpu: false,
  problem: "A library of TensorFlow is truncated.",
};
const none = { cards: [] };
const two = {
  cards: [
    { index: 0, name: "NVIDIA L4" },
    { index: 1, name: "NVIDIA T4" },
  ],
};

type Machine = EngineMachine;

function check(
  wish: EngineRequest,
  installed: readonly InstalledEngine[],
  machine: Machine,
  expected: string,
): void {
  const choice = chooseEngine(wish, installed, machine);
  const found =
    "problem" in choice
      ? `${choice.problem.code}: ${choice.problem.message} → ${choice.problem.hint}`
      : `${choice.engine} ${choice.device}: ${choice.reason}`;
  assert.equal(found, expected);
}

test("without a card the built-in engine trains, and the reason says why", () => {
  check({}, [], none, "onnxruntime cpu: onnxruntime on the CPU: there is no NVIDIA card.");
  check({}, [cpu], none, "onnxruntime cpu: onnxruntime on the CPU: there is no NVIDIA card.");
  check(
    { engine: "auto", device: "auto" },
    [cpu],
    two,
    "onnxruntime cpu: onnxruntime on the CPU: the engine for NVIDIA L4 is not installed (distill engine install tensorflow --gpu).",
  );
  check(
    {},
    [blind],
    none,
    "onnxruntime cpu: onnxruntime on the CPU: the NVIDIA driver (libcuda.so.1) was not found.",
  );
});

test("bfloat16 is TensorFlow's, and never replaced by float32", () => {
  const precision = "bfloat16";
  check(
    { precision },
    [cpu],
    none,
    "tensorflow cpu: TensorFlow on the CPU: the built-in engine has no bfloat16.",
  );
  check(
    { precision, device: "cpu" },
    [cpu, gpu],
    two,
    "tensorflow cpu: TensorFlow on the CPU: the built-in engine has no bfloat16.",
  );
  check(
    { precision },
    [cpu, gpu],
    two,
    "tensorflow gpu:0: TensorFlow on gpu:0 (NVIDIA L4), a card that works.",
  );
  check(
    { precision, engine: "onnxruntime" },
    [cpu],
    none,
    'engine-has-no-bfloat16: onnxruntime does not multiply in bfloat16, which training.precision asks for. → Set "engine" to "tensorflow", or "training.precision" to "float32".',
  );
  check(
    { precision, device: "webgpu" },
    [cpu],
    none,
    'engine-has-no-bfloat16: onnxruntime does not multiply in bfloat16, which training.precision asks for. → Set "engine" to "tensorflow" and "device" to "auto", or "training.precision" to "float32".',
  );
  check(
    { precision },
    [],
    none,
    'engine-missing: TensorFlow is not installed. No other engine multiplies in bfloat16, which training.precision asks for. → distill engine install tensorflow, or set "training.precision" to "float32".',
  );
  check(
    { precision: "float32" },
    [cpu],
    none,
    "onnxruntime cpu: onnxruntime on the CPU: there is no NVIDIA card.",
  );
});

test("a card that works is taken", () => {
  check({}, [gpu, cpu], two, "tensorflow gpu:0: TensorFlow on gpu:0 (NVIDIA L4), a card that works.");
  check(
    { engine: "tensorflow" },
    [gpu, cpu],
    two,
    "tensorflow gpu:0: TensorFlow on gpu:0 (NVIDIA L4), a card that works.",
  );
  // A card that nvidia-smi does not show: TensorFlow's word counts.
  check({}, [gpu], none, "tensorflow gpu:0: TensorFlow on gpu:0, a card that works.");
});

test("a device that is asked for is used or refused, never replaced", () => {
  check(
    { device: "cpu" },
    [gpu],
    two,
    "onnxruntime cpu: onnxruntime on the CPU, the engine that is built in.",
  );
  check(
    { device: "gpu" },
    [gpu],
    two,
    "tensorflow gpu:0: TensorFlow on gpu:0 (NVIDIA L4), as the experiment asks.",
  );
  check(
    { device: "gpu:1" },
    [gpu],
    two,
    "tensorflow gpu:1: TensorFlow on gpu:1 (NVIDIA T4), as the experiment asks.",
  );
  check(
    { device: "gpu:2" },
    [gpu],
    two,
    "no-such-gpu: There is no device gpu:2; found gpu:0 (NVIDIA L4), gpu:1 (NVIDIA T4). → Choose one of these.",
  );
  check(
    { device: "gpu" },
    [cpu],
    two,
    "no-gpu: There is no engine for the device gpu: The engine for NVIDIA L4 is not installed (distill engine install tensorflow --gpu). → distill engine install tensorflow --gpu",
  );
  check(
    { device: "gpu" },
    [cpu],
    none,
    "no-gpu: There is no engine for the device gpu: There is no NVIDIA card. → distill engine doctor",
  );
  check(
    { device: "gpu:0" },
    [blind],
    none,
    "no-gpu: There is no engine for the device gpu:0: The NVIDIA driver (libcuda.so.1) was not found. → distill engine doctor",
  );
  check(
    { engine: "onnxruntime", device: "gpu" },
    [gpu],
    two,
    'engine-has-no-gpu: The engine onnxruntime trains on the CPU or by WebGPU; the device asked for is gpu. → Set "engine" to "tensorflow", or "device" to "cpu" or "webgpu".',
  );
});

test("an engine that is asked for is used or refused, never replaced", () => {
  check(
    { engine: "onnxruntime" },
    [gpu],
    two,
    "onnxruntime cpu: onnxruntime on the CPU, as the experiment asks.",
  );
  check(
    { engine: "tensorflow", device: "cpu" },
    [gpu, cpu],
    two,
    "tensorflow cpu: TensorFlow on the CPU, as the experiment asks.",
  );
  check(
    { engine: "tensorflow" },
    [cpu],
    none,
    "tensorflow cpu: TensorFlow on the CPU, as the experiment asks; the GPU engine is not installed.",
  );
  check(
    { engine: "tensorflow" },
    [],
    none,
    "engine-missing: TensorFlow is not installed. → distill engine install tensorflow",
  );
  check(
    { engine: "tensorflow" },
    [broken],
    none,
    "engine-broken: TensorFlow is installed but does not work: A library of TensorFlow is truncated. → distill engine install tensorflow",
  );
});

test("an engine that does not work is passed over by auto", () =>
  check({}, [broken], none, "onnxruntime cpu: onnxruntime on the CPU: there is no NVIDIA card."));

test("WebGPU is for those who ask for it, on whatever adapter there is", () => {
  const llvmpipe = { name: "llvmpipe (LLVM 19.1.7, 256 bits)", software: true };
  const radeon = { name: "AMD Radeon RX 7600 (RADV NAVI33)", software: false };
  const software = { ...none, webgpu: llvmpipe };
  check(
    { device: "webgpu" },
    [gpu],
    { ...two, webgpu: radeon },
    "onnxruntime webgpu: onnxruntime on WebGPU, AMD Radeon RX 7600 (RADV NAVI33), as the experiment asks.",
  );
  check(
    { device: "webgpu", engine: "onnxruntime" },
    [],
    software,
    "onnxruntime webgpu: onnxruntime on WebGPU, llvmpipe (LLVM 19.1.7, 256 bits), as the experiment asks; this adapter is software, slower than the CPU.",
  );
  check(
    { device: "webgpu" },
    [],
    { ...none, webgpu: {} },
    "onnxruntime webgpu: onnxruntime on WebGPU, as the experiment asks.",
  );
  for (const webgpu of [llvmpipe, radeon])
    for (const wish of [{}, { engine: "onnxruntime" }, { device: "auto" }] as const)
      assert.partialDeepStrictEqual(chooseEngine(wish, [], { ...none, webgpu }), { device: "cpu" });
});

test("a WebGPU device that is not there, or not the engine's, is refused", () => {
  const hint = "sudo apt install mesa-vulkan-drivers";
  const missing = { ...none, webgpu: { problem: { message: "There is no adapter for WebGPU.", hint } } };
  check(
    { device: "webgpu" },
    [cpu],
    missing,
    "no-webgpu: There is no adapter for WebGPU. → sudo apt install mesa-vulkan-drivers",
  );
  check(
    { device: "webgpu", engine: "tensorflow" },
    [cpu],
    none,
    'engine-has-no-webgpu: TensorFlow trains on the CPU and on NVIDIA cards; the device asked for is webgpu. → Set "engine" to "onnxruntime", or "device" to "auto".',
  );
});
