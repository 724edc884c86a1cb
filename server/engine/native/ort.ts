import { createRequire } from "node:module";

/**
 * The ONNX Runtime module. It is imported on first use, so that commands that train nothing never load it, and with
 * its telemetry off: on Linux it would otherwise store a device id in the user's cache folder.
 */
export async function onnxruntime(): Promise<typeof import("onnxruntime-node")> {
  process.env["ORT_DISABLE_TELEMETRY"] = "1";
  return import("onnxruntime-node");
}

/** Read from the package, which costs nothing, rather than from the runtime, which would have to be loaded. */
export function runtimeVersion(): string {
  return (createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string }).version;
}

/** Where the runtime lies, for a process of its own to load it. */
export function runtimeModule(): string {
  return createRequire(import.meta.url).resolve("onnxruntime-node");
}
