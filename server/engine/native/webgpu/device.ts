import type { InferenceSession } from "onnxruntime-node";
import { OnnxGraph } from "../../graph/onnx/onnxGraph.ts";
import { onnxruntime } from "../ort.ts";
import { withoutLines } from "../startupLines.ts";

/** Opens a model; the outputs named `onDevice` stay on the device. Such a session gives all of them or fails. */
export type OpenSession = (model: Uint8Array, onDevice: readonly string[]) => Promise<InferenceSession>;

export interface DeviceOptions {
  /** Refuse models with kernels that would run on the CPU. */
  readonly deviceOnly?: boolean;
}

/** Options of every session on the device, here and in the probe. */
export const sessionOptions = {
  executionProviders: ["webgpu"],
  executionMode: "sequential",
  graphOptimizationLevel: "all",
  logSeverityLevel: 3,
} as const satisfies InferenceSession.SessionOptions;

/** A harmless line that Dawn prints each time for drivers whose limits it does not use in full. */
const startupLine =
  /^Warning: \w+ artificially reduced from \d+ to \d+ to fit dynamic offset allocation limit\.\n/gm;

let keepAliveSession: Promise<InferenceSession> | undefined;

/**
 * The way to open sessions on the process's WebGPU device. The runtime releases the device, with all compiled shaders, with its
 * last session, so one small session stays open for the life of the process.
 */
export async function openDevice({ deviceOnly = false }: DeviceOptions = {}): Promise<OpenSession> {
  const ort = await onnxruntime();
  keepAliveSession ??= withoutLines(startupLine, () =>
    ort.InferenceSession.create(smallestModel(), sessionOptions),
  );
  keepAliveSession.catch(() => {
    keepAliveSession = undefined;
  });
  await keepAliveSession;
  return (model, onDevice) =>
    ort.InferenceSession.create(model, {
      ...sessionOptions,
      preferredOutputLocation: Object.fromEntries(onDevice.map((name) => [name, "gpu-buffer"])),
      extra: { session: { disable_cpu_ep_fallback: deviceOnly ? "1" : "0" } },
    });
}

function smallestModel(): Uint8Array {
  const graph = new OnnxGraph();
  graph.output("y", graph.node("Neg", [graph.input("x", "float32", [1])]), "float32", [1]);
  return graph.encode({ name: "device" });
}
