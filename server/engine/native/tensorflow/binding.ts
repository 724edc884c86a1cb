import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { EngineError } from "../../../engineError.ts";
import { withoutStartupLines } from "../startupLines.ts";
import { loadFailure } from "./loadFailure.ts";

/** A tensor of the addon, until it is deleted. */
interface ResidentTensor {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: number;
}

/**
 * tfjs-node's native addon, as its package has it under lib/napi-v8. Only the addon is loaded: the package's JavaScript would
 * load a second tfjs, and uses functions removed in Node 23.
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
  ): readonly ResidentTensor[];
  isUsingGpuDevice(): boolean;
  getNumOfTensors(): number;
}

export interface RuntimeSettings {
  readonly threads: number;
  /** Index of a GPU, or that none is visible. */
  readonly device: "cpu" | number;
}

let loaded: { addon: string; settings: RuntimeSettings; binding: TensorflowBinding } | undefined;

/**
 * Loads TensorFlow into this process, once: it reads threads and devices from the environment once, at its start.
 * Bits are the same for the same number of threads, processor and build.
 *
 * @throws EngineError when it does not load. A damaged engine can crash the process: probe it first.
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

/** Environment of TensorFlow at its start. The inter-op thread pool does not affect results; one thread is enough. */
export function runtimeEnvironment(
  { threads, device }: RuntimeSettings,
  given: NodeJS.ProcessEnv,
): Record<string, string> {
  return {
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: given["TF_NUM_INTEROP_THREADS"] ?? "2",
    // 2: errors only. The driver's messages matter only to the probe.
    TF_CPP_MIN_LOG_LEVEL: given["TF_CPP_MIN_LOG_LEVEL"] ?? "2",
    // The addon has no session options: without this TensorFlow would allocate all of the GPU's memory.
    TF_FORCE_GPU_ALLOW_GROWTH: given["TF_FORCE_GPU_ALLOW_GROWTH"] ?? "true",
    CUDA_VISIBLE_DEVICES: device === "cpu" ? "-1" : String(device),
    CUDA_DEVICE_ORDER: "PCI_BUS_ID", // as nvidia-smi counts
    // No TF32, products of 10-bit mantissas: faster on newer GPUs, but a thousand times less exact than float32.
    NVIDIA_TF32_OVERRIDE: given["NVIDIA_TF32_OVERRIDE"] ?? "0",
  };
}

export const defaultThreads = (): number => availableParallelism();

function describe({ threads, device }: RuntimeSettings): string {
  const place = device === "cpu" ? "the CPU" : `GPU ${device}`;
  return `${threads} ${threads === 1 ? "thread" : "threads"} on ${place}`;
}
