import type { Precision } from "./program.ts";

/** Devices that an experiment can name. `gpu` is the first card. */
export interface EngineRequest {
  readonly engine?: "auto" | "onnxruntime" | "tensorflow";
  /** auto, cpu, gpu, gpu:N or webgpu. */
  readonly device?: string;
  /** Precision of products; only TensorFlow has bfloat16. */
  readonly precision?: Precision;
}

/** A TensorFlow on this machine, and the result of trying it. */
export interface InstalledEngine {
  readonly kind: "cpu" | "gpu";
  readonly addon: string;
  /** Why it does not load; absent when it works. */
  readonly problem?: string;
  /** Whether it sees a card. */
  readonly gpu: boolean;
  /** Why a GPU build sees none. */
  readonly whyNoGpu?: string;
}

export interface EngineMachine {
  readonly cards: readonly { readonly index: number; readonly name: string; readonly memory?: number }[];
  /** Result of opening the WebGPU device; absent where it was not tried. */
  readonly webgpu?: WebgpuAdapter | { readonly problem: { readonly message: string; readonly hint: string } };
}

export interface WebgpuAdapter {
  readonly name?: string;
  /** Whether the adapter is software, running on the CPU; absent where that is not known. */
  readonly software?: boolean;
}

/** `reason` is one sentence for the user. */
export type EngineChoice =
  | { readonly engine: "onnxruntime"; readonly device: "cpu" | "webgpu"; readonly reason: string }
  | {
      readonly engine: "tensorflow";
      readonly device: "cpu" | `gpu:${number}`;
      readonly addon: string;
      readonly reason: string;
    };

export interface EngineProblem {
  readonly code:
    | "engine-missing"
    | "engine-broken"
    | "no-gpu"
    | "no-such-gpu"
    | "engine-has-no-gpu"
    | "engine-has-no-webgpu"
    | "no-webgpu"
    | "engine-has-no-bfloat16";
  readonly message: string;
  readonly hint: string;
}

/**
 * Chooses engine and device. `auto` takes an NVIDIA card that works, by far the fastest; without one the built-in engine, on
 * the CPU. WebGPU only by name: a software adapter is slower than the CPU, and no hardware adapter has been measured. An engine
 * or device given by name is never replaced.
 */
export function chooseEngine(
  wish: EngineRequest,
  installed: readonly InstalledEngine[],
  machine: EngineMachine,
): EngineChoice | { readonly problem: EngineProblem } {
  const { engine = "auto", device = "auto", precision } = wish;
  if (precision === "bfloat16") return chooseForBfloat16({ engine, device }, installed, machine);
  if (device === "webgpu") return chooseWebgpu(engine, machine);
  const working = installed.filter(({ problem }) => problem === undefined);
  const onGpu = working.find(({ gpu }) => gpu);
  if (engine === "onnxruntime") {
    if (isGpu(device))
      return problem(
        "engine-has-no-gpu",
        `The engine onnxruntime trains on the CPU or by WebGPU; the device asked for is ${device}.`,
        'Set "engine" to "tensorflow", or "device" to "cpu" or "webgpu".',
      );
    return onnxruntime("onnxruntime on the CPU, as the experiment asks.");
  }
  if (isGpu(device)) {
    const card = cardOf(device, machine);
    if ("problem" in card) return card;
    if (onGpu) return tensorflowOnCard(onGpu, card, "as the experiment asks");
    return problem(
      "no-gpu",
      `There is no engine for the device ${device}: ${whyNot(installed, machine)}`,
      gpuHint(installed, machine),
    );
  }
  if (engine === "tensorflow") {
    const first = machine.cards[0];
    if (device !== "cpu" && onGpu) return tensorflowOnCard(onGpu, first ?? { index: 0 }, "a card that works");
    const cpu = working.find(({ kind }) => kind === "cpu") ?? working[0];
    if (cpu)
      return {
        engine: "tensorflow",
        device: "cpu",
        addon: cpu.addon,
        reason:
          `TensorFlow on the CPU, as the experiment asks${device === "cpu" ? "" : `; ${lowered(whyNot(installed))}`}`.replace(
            /\.?$/,
            ".",
          ),
      };
    const broken = installed[0];
    if (broken)
      return problem(
        "engine-broken",
        `TensorFlow is installed but does not work: ${broken.problem}`,
        `distill engine install tensorflow${broken.kind === "gpu" ? " --gpu" : ""}`,
      );
    return problem("engine-missing", "TensorFlow is not installed.", "distill engine install tensorflow");
  }
  if (device === "cpu") return onnxruntime("onnxruntime on the CPU, the engine that is built in.");
  if (onGpu) return tensorflowOnCard(onGpu, machine.cards[0] ?? { index: 0 }, "a card that works");
  return onnxruntime(`onnxruntime on the CPU: ${lowered(whyNot(installed, machine))}`);
}

function chooseForBfloat16(
  { engine, device }: Required<Pick<EngineRequest, "engine" | "device">>,
  installed: readonly InstalledEngine[],
  machine: EngineMachine,
): ReturnType<typeof chooseEngine> {
  if (engine === "onnxruntime" || device === "webgpu")
    return problem(
      "engine-has-no-bfloat16",
      "onnxruntime does not multiply in bfloat16, which training.precision asks for.",
      `Set "engine" to "tensorflow"${device === "webgpu" ? ' and "device" to "auto"' : ""}, or "training.precision" to "float32".`,
    );
  const choice = chooseEngine({ engine: "tensorflow", device }, installed, machine);
  if ("problem" in choice) {
    const { code, message, hint } = choice.problem;
    if (code !== "engine-missing") return choice;
    return problem(
      code,
      `${message} No other engine multiplies in bfloat16, which training.precision asks for.`,
      `${hint}, or set "training.precision" to "float32".`,
    );
  }
  return engine === "auto" && choice.device === "cpu"
    ? { ...choice, reason: "TensorFlow on the CPU: the built-in engine has no bfloat16." }
    : choice;
}

function chooseWebgpu(
  engine: NonNullable<EngineRequest["engine"]>,
  { webgpu = {} }: EngineMachine,
): ReturnType<typeof chooseEngine> {
  if (engine === "tensorflow")
    return problem(
      "engine-has-no-webgpu",
      "TensorFlow trains on the CPU and on NVIDIA cards; the device asked for is webgpu.",
      'Set "engine" to "onnxruntime", or "device" to "auto".',
    );
  if ("problem" in webgpu) return problem("no-webgpu", webgpu.problem.message, webgpu.problem.hint);
  const { name, software } = webgpu;
  return {
    engine: "onnxruntime",
    device: "webgpu",
    reason: `onnxruntime on WebGPU${name === undefined ? "" : `, ${name}`}, as the experiment asks${
      software ? "; this adapter is software, slower than the CPU" : ""
    }.`,
  };
}

function isGpu(device: string): boolean {
  return device === "gpu" || device.startsWith("gpu:");
}

type Card = { readonly index: number; readonly name?: string };

function cardOf(device: string, { cards }: EngineMachine): Card | { readonly problem: EngineProblem } {
  const index = device === "gpu" ? (cards[0]?.index ?? 0) : Number(device.slice("gpu:".length));
  const card = cards.find((card) => card.index === index);
  if (card) return card;
  // Without nvidia-smi the cards are unknown, and the engine decides.
  if (cards.length === 0 && Number.isInteger(index) && index >= 0) return { index };
  const there = cards.map(({ index, name }) => `gpu:${index} (${name})`).join(", ");
  return problem("no-such-gpu", `There is no device ${device}; found ${there}.`, "Choose one of these.");
}

function tensorflowOnCard({ addon }: InstalledEngine, { index, name }: Card, why: string): EngineChoice {
  return {
    engine: "tensorflow",
    device: `gpu:${index}`,
    addon,
    reason: `TensorFlow on gpu:${index}${name ? ` (${name})` : ""}, ${why}.`,
  };
}

function onnxruntime(reason: string): EngineChoice {
  return { engine: "onnxruntime", device: "cpu", reason };
}

function problem(code: EngineProblem["code"], message: string, hint: string) {
  return { problem: { code, message, hint } };
}

/** Why no card is used, in a sentence. */
function whyNot(installed: readonly InstalledEngine[], machine?: EngineMachine): string {
  const gpu = installed.find(({ kind }) => kind === "gpu");
  if (gpu?.problem) return `The GPU engine does not work: ${gpu.problem}`;
  if (gpu?.whyNoGpu) return gpu.whyNoGpu;
  const card = machine?.cards[0];
  if (card) return `The engine for ${card.name} is not installed (distill engine install tensorflow --gpu).`;
  return machine ? "There is no NVIDIA card." : "The GPU engine is not installed.";
}

function gpuHint(installed: readonly InstalledEngine[], { cards }: EngineMachine): string {
  const gpu = installed.find(({ kind }) => kind === "gpu");
  const toInstall = gpu ? gpu.problem !== undefined : cards.length > 0;
  return toInstall ? "distill engine install tensorflow --gpu" : "distill engine doctor";
}

function lowered(sentence: string): string {
  return /^(The|There|No|A)\b/.test(sentence) ? sentence[0]?.toLowerCase() + sentence.slice(1) : sentence;
}
