import { createRequire } from "node:module";

/**
 * The ONNX Runtime module. Imported on first use, so that commands that do not train never load it, and without telemetry: on
 * Linux it would store a device id in the user's cache folder.
 */
export async function onnxruntime(): Promise<typeof import("onnxruntime-node")> {
  process.env["ORT_DISABLE_TELEMETRY"] = "1";
  return import("onnxruntime-node");
}

/** Read from the package, so that the runtime need not be loaded. */
export function runtimeVersion(): string {
  return (createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string }).version;
}

/** Path of the runtime, for a separate process. */
export function runtimeModule(): string {
  return createRequire(import.meta.url).resolve("onnxruntime-node");
}
