import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { EngineError } from "../../../engineError.ts";
import { withoutStartupLines } from "../startupLines.ts";
import { loadFailure } from "./loadFailure.ts";

/** A tensor that the addon holds, until it is deleted. */
interface HeldTensor {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: number;
}

/**
 * tfjs-node's native addon, as its package has it under lib/napi-v8. Only the addon is loaded: the package's JavaScript
 * would bring a second tfjs into the process, and functions of Node that are gone since version 23.
 */
export interface TensorflowBinding {
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_BOOL: number;
  /** May keep the array instead of a copy, until the tensor is deleted. */
  createTensor(shape: readonly number[], dtype: number, values: ArrayBufferView): number;
  deleteTensor(id: number): void;
  /** A copy. */
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  /** @param inputNames @param outputNames as "name:0", separated by commas */
  runSavedModel(
    id: number,
    inputs: readonly number[],
    inputNames: string,
    outputNames: string,
  ): readonly HeldTensor[];
  isUsingGpuDevice(): boolean;
  getNumOfTensors(): number;
}

export interface RuntimeSettings {
  readonly threads: number;
  /** The number of a card, or that none is to be seen. */
  readonly device: "cpu" | number;
}

let loaded: { addon: string; settings: RuntimeSettings; binding: TensorflowBinding } | undefined;

/**
 * Loads TensorFlow into this process, once: it reads threads and devices from the environment when it starts, and keeps them.
 * Bits are the same for the same number of threads, processor and build.
 *
 * @throws EngineError when it does not load. A damaged engine can end the process instead: probe it first.
 */
export function loadBinding(addon: string, settings: RuntimeSettings): TensorflowBinding {
  if (loaded) {
    const { addon: other, settings: given, binding } = loaded;
    if (other === addon && given.threads === settings.threads && given.device === settings.device)
      return binding;
    throw new EngineError(
      "already-loaded",
      `This process runs TensorFlow from ${other} with ${describe(given)}; it cannot change to ${addon} with ${describe(settings)}.`,
      "Use another process.",
    );
  }
  Object.assign(process.env, runtimeEnvironment(settings, process.env));
  try {
    const require = createRequire(import.meta.url);
    const binding = withoutStartupLines(() => require(addon) as TensorflowBinding);
    loaded = { addon, settings, binding };
    return binding;
  } catch (error) {
    throw loadFailure({ message: (error as Error).message });
  }
}

/** What TensorFlow reads when it starts. The thread pool of ops that run at once decides no result; one is enough here. */
export function runtimeEnvironment(
  { threads, device }: RuntimeSettings,
  given: NodeJS.ProcessEnv,
): Record<string, string> {
  return {
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: given["TF_NUM_INTEROP_THREADS"] ?? "2",
    // 2: errors only. The driver's words are of use when a card is looked for, which the probe does.
    TF_CPP_MIN_LOG_LEVEL: given["TF_CPP_MIN_LOG_LEVEL"] ?? "2",
    // The addon gives a session no options: without this TensorFlow would take all of the card's memory.
    TF_FORCE_GPU_ALLOW_GROWTH: given["TF_FORCE_GPU_ALLOW_GROWTH"] ?? "true",
    CUDA_VISIBLE_DEVICES: device === "cpu" ? "-1" : String(device),
    CUDA_DEVICE_ORDER: "PCI_BUS_ID", // as nvidia-smi counts
    // Products of 10-bit mantissas: faster on newer cards, but a thousand times less exact than what else computes here.
    NVIDIA_TF32_OVERRIDE: given["NVIDIA_TF32_OVERRIDE"] ?? "0",
  };
}

export const defaultThreads = (): number => availableParallelism();

function describe({ threads, device }: RuntimeSettings): string {
  const place = device === "cpu" ? "the CPU" : `GPU ${device}`;
  return `${threads} ${threads === 1 ? "thread" : "threads"} on ${place}`;
}
