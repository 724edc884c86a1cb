import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { EngineError } from "../../engineError.ts";
import { fetchedRuntime } from "../../installedEngines/onnxruntime.ts";

const load = createRequire(import.meta.url);

/**
 * The ONNX Runtime module. Loaded on first use, so that commands that do not train never load it, and without telemetry: on
 * Linux it would store a device id in the user's cache folder. @throws EngineError where there is none
 */
export async function onnxruntime(): Promise<typeof import("onnxruntime-node")> {
  process.env["ORT_DISABLE_TELEMETRY"] = "1";
  return load(runtimeModule());
}

/** Read from the package, so that the runtime need not be loaded. */
export function runtimeVersion(): string {
  return (load(join(runtimeModule(), "package.json")) as { version: string }).version;
}

/** Folder of the package, for `require`, also of a separate process: one installed with ours, else the one fetched for this user. */
export function runtimeModule(): string {
  const found = ownRuntime() ?? fetchedRuntime();
  if (found !== undefined) return found;
  throw new EngineError(
    "not-installed",
    "ONNX Runtime, the built-in engine, is not on this machine: this package comes without it.",
    "Install it: distill engine install onnxruntime",
  );
}

function ownRuntime(): string | undefined {
  try {
    return dirname(load.resolve("onnxruntime-node/package.json"));
  } catch {
    return undefined;
  }
}
