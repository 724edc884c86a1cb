import {
  chooseEngine,
  type EngineMachine,
  type EngineProblem,
  type EngineWish,
  type InstalledEngine,
} from "../choose.ts";
import type { LoadProgram } from "../program.ts";
import { loadOnnxRuntime } from "./onnxruntime.ts";
import { runtimeVersion } from "./ort.ts";
import { examineEngine } from "./tensorflow/doctor.ts";
import { type Card, readDriver } from "./tensorflow/driver.ts";
import { EngineError } from "./tensorflow/engineError.ts";
import { type FoundEngine, findEngines } from "./tensorflow/engines.ts";
import { tensorflowOn } from "./tensorflow/executor.ts";

export interface OpenedEngine {
  readonly load: LoadProgram;
  /** Name and version, as "onnxruntime 1.30.0". */
  readonly engine: string;
  /** cpu or gpu:N. */
  readonly device: string;
  /** One sentence: what was chosen and why. */
  readonly reason: string;
}

/**
 * The engine that an experiment trains with on this machine. A TensorFlow that comes into question is tried in a process of
 * its own first, because a broken one would end the process that loads it.
 */
export async function openEngine(
  wish: EngineWish,
): Promise<OpenedEngine | { readonly problem: EngineProblem }> {
  const found = (await findEngines()).filter((engine) => inQuestion(engine, wish));
  const index = /^gpu:(\d+)$/.exec(wish.device ?? "")?.[1];
  const [tried, driver] = await Promise.all([
    Promise.all(found.map((engine) => tryEngine(engine, index === undefined ? undefined : Number(index)))),
    wish.device === "cpu" || wish.engine === "onnxruntime" ? undefined : readDriver(),
  ]);
  const machine: EngineMachine = { cards: driver?.cards ?? [] };
  const choice = chooseEngine(wish, tried, machine);
  if ("problem" in choice) return choice;
  const { device, reason } = choice;
  if (choice.engine === "onnxruntime")
    return { load: loadOnnxRuntime, engine: `onnxruntime ${runtimeVersion()}`, device, reason };
  const { addon } = choice;
  const version = tried.find((engine) => engine.addon === addon)?.version ?? "";
  const card = device === "cpu" ? undefined : Number(device.slice("gpu:".length));
  const memory = driver?.cards.find((one) => one.index === card)?.freeMemory;
  return {
    load: tensorflowOn({
      addon,
      device: card ?? "cpu",
      ...(memory !== undefined && { memory: memory * 2 ** 20 }),
    }),
    engine: `tensorflow ${version}`,
    device,
    reason,
  };
}

/** On a CPU the built-in engine is chosen unless TensorFlow is asked for; trying it would only take time. */
function inQuestion({ kind }: FoundEngine, { engine = "auto", device = "auto" }: EngineWish): boolean {
  if (engine === "onnxruntime") return false;
  if (engine === "tensorflow") return true;
  return kind === "gpu" && device !== "cpu";
}

type TriedEngine = InstalledEngine & { readonly version?: string };

async function tryEngine(engine: FoundEngine, card: Card["index"] | undefined): Promise<TriedEngine> {
  const { kind, addon } = engine;
  try {
    const { tensorflow, gpu, whyNoGpu } = await examineEngine(engine, { card });
    return { kind, addon, gpu, version: tensorflow, ...(whyNoGpu && { whyNoGpu }) };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { kind, addon, gpu: false, problem: error.message };
  }
}
