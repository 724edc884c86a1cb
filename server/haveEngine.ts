import { runtimeModule } from "./engine/native/ort.ts";
import { EngineError } from "./engineError.ts";
import { onnxruntimeVersion } from "./installedEngines/onnxruntime.ts";

/**
 * Fetches the built-in engine, once for this user, where the package came without it, as the one from npm does. Where
 * DISTILL_OFFLINE is set nothing is fetched.
 * @param say is told what is fetched and where to
 * @throws EngineError
 */
export async function haveEngine(say: (line: string) => void, signal?: AbortSignal): Promise<void> {
  const missing = missingEngine();
  if (missing === undefined) return;
  if (process.env["DISTILL_OFFLINE"])
    throw new EngineError(
      missing.code,
      `${missing.message} DISTILL_OFFLINE is set, so it is not fetched.`,
      "With the files of another machine: distill engine install onnxruntime --from FOLDER",
    );
  const { install } = await import("./engineInstaller/installer.ts");
  await install({
    engine: "onnxruntime",
    signal,
    announce({ bytes, folder }) {
      const size = `${Math.ceil(bytes / 1e6)} MB`;
      say(`Fetching the engine, once: ONNX Runtime ${onnxruntimeVersion}, ${size}, to ${folder}`);
    },
  });
}

/** Why there is no built-in engine here; undefined where there is one. */
export function missingEngine(): EngineError | undefined {
  try {
    runtimeModule();
    return undefined;
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
}
