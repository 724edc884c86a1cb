import {
  chooseEngine,
  type EngineMachine,
  type EngineProblem,
  type EngineRequest,
  type InstalledEngine,
} from "../choose.ts";
import type { LoadProgram } from "../program.ts";
import type { Rival } from "./onnxruntime.ts";
import { runtimeVersion } from "./ort.ts";

export interface OpenedEngine {
  readonly load: LoadProgram;
  /** Name and version, as in `onnxruntime 1.30.0`. */
  readonly engine: string;
  readonly device: string;
  /** Bytes of the device's memory, where the engine can store training samples in it and it is known. */
  readonly deviceMemory?: number | undefined;
  /** Reason of the choice, in a sentence. */
  readonly reason: string;
}

/**
 * The engine that an experiment names, or the best of this machine. TensorFlow and the WebGPU device are tried in a separate
 * process, because some failures crash it; only what is installed and requested is tried.
 */
export async function openEngine(
  wish: EngineRequest,
): Promise<OpenedEngine | { readonly problem: EngineProblem }> {
  const { choice, cards, versions } = await choose(wish);
  if ("problem" in choice) return choice;
  const { reason, device } = choice;
  if (choice.engine === "onnxruntime") {
    const load =
      device === "webgpu"
        ? (await import("./webgpu/executor.ts")).loadWebgpu
        : await builtInLoad(wish.engine === "onnxruntime");
    return { load, engine: `onnxruntime ${runtimeVersion()}`, device, reason };
  }
  const { tensorflowOn } = await import("./tensorflow/executor.ts");
  const card = device === "cpu" ? ("cpu" as const) : Number(device.slice("gpu:".length));
  const mebibytes = card === "cpu" ? undefined : cards.find(({ index }) => index === card)?.memory;
  const memory = mebibytes === undefined ? {} : { memory: mebibytes * 2 ** 20 };
  return {
    load: tensorflowOn({ addon: choice.addon, device: card, ...memory }),
    deviceMemory: card === "cpu" ? process.availableMemory() : memory.memory,
    engine: `tensorflow ${versions.get(choice.addon) ?? ""}`.trimEnd(),
    device,
    reason,
  };
}

/** @param isNamed the experiment names the built-in engine, so no other is tried */
async function builtInLoad(isNamed: boolean): Promise<LoadProgram> {
  const { loadBuiltInOr, loadOnnxRuntime } = await import("./onnxruntime.ts");
  return isNamed ? loadOnnxRuntime : loadBuiltInOr(findRival);
}

/** TensorFlow on the CPU, where it is installed. */
async function findRival(): Promise<Rival | undefined> {
  const { findEngines } = await import("../../installedEngines/tensorflow.ts");
  const found = (await findEngines()).find(({ kind }) => kind === "cpu");
  return (
    found && {
      name: "tensorflow",
      label: "TensorFlow",
      async load(about) {
        const { examineEngine } = await import("./tensorflow/probe.ts");
        const { tensorflowOn } = await import("./tensorflow/executor.ts");
        const engine = `tensorflow ${(await examineEngine(found)).tensorflow}`;
        return tensorflowOn({ addon: found.addon, device: "cpu", about: { ...about, engine } });
      },
    }
  );
}

/** The engine that a run would use on this machine, with the reason; or why there is none. */
export async function engineSentence(wish: EngineRequest = {}): Promise<string> {
  const { choice } = await choose(wish);
  return "problem" in choice ? choice.problem.message : choice.reason;
}

async function choose(wish: EngineRequest) {
  // Only TensorFlow has bfloat16, so an engine that is not named has to be TensorFlow.
  const engine = wish.precision === "bfloat16" && wish.engine !== "onnxruntime" ? "tensorflow" : wish.engine;
  if (wish.device === "webgpu" && engine !== "tensorflow")
    return { choice: chooseEngine(wish, [], { cards: [], webgpu: await tryWebgpu() }), ...nothing };
  const builtInIsSure = engine === "onnxruntime" || (engine !== "tensorflow" && wish.device === "cpu");
  const { installed, cards, versions } = builtInIsSure ? nothing : await probeMachine(engine);
  return { choice: chooseEngine(wish, installed, { cards }), cards, versions };
}

async function tryWebgpu(): Promise<NonNullable<EngineMachine["webgpu"]>> {
  const [{ findAdapter }, { EngineError }] = await Promise.all([
    import("./webgpu/adapter.ts"),
    import("../../engineError.ts"),
  ]);
  return findAdapter().catch((error: unknown) => {
    if (!(error instanceof EngineError)) throw error;
    return { problem: error };
  });
}

interface MachineProbe {
  readonly installed: readonly InstalledEngine[];
  readonly cards: readonly { readonly index: number; readonly name: string; readonly memory?: number }[];
  /** By the addon's path. */
  readonly versions: ReadonlyMap<string, string>;
}

const nothing: MachineProbe = { installed: [], cards: [], versions: new Map() };

async function probeMachine(wanted: EngineRequest["engine"]): Promise<MachineProbe> {
  const { findEngines } = await import("../../installedEngines/tensorflow.ts");
  const { readDriver } = await import("../../installedEngines/driver.ts");
  const [found, { cards }] = await Promise.all([findEngines(), readDriver()]);
  const { examineEngine } = await import("./tensorflow/probe.ts");
  const versions = new Map<string, string>();
  const installed: InstalledEngine[] = [];
  for (const engine of found) {
    const { kind, addon } = engine;
    // Trying one takes half a second, and a CPU build is used only by name.
    if (kind === "cpu" && wanted !== "tensorflow") continue;
    try {
      const { tensorflow, gpu, whyNoGpu } = await examineEngine(engine);
      versions.set(addon, tensorflow);
      installed.push({ kind, addon, gpu, ...(whyNoGpu === undefined ? {} : { whyNoGpu }) });
    } catch (error) {
      installed.push({ kind, addon, gpu: false, problem: (error as Error).message });
    }
  }
  return { installed, cards, versions };
}
