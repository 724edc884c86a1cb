import { mkdir } from "node:fs/promises";
import path from "node:path";
import { EngineError } from "../engineError.ts";
import { addonFile } from "../installedEngines/manifest.ts";
import { napiVersion } from "../installedEngines/tensorflow.ts";
import { lastWords, run } from "../subprocess.ts";
import type { Compiler } from "./tools.ts";

export interface Sources {
  /** tfjs-node's binding/ */
  readonly addon: string;
  readonly nodeHeaders: string;
  readonly tensorflowHeaders: string;
  readonly scratch: string;
}

/**
 * Compiles tfjs-node's addon against the libraries in the engine's lib/, in one call of the compiler: the addon needs
 * only TensorFlow's C API and N-API, whose symbols the loading process provides.
 */
export async function compileAddon(
  engine: string,
  { command }: Compiler,
  { addon, nodeHeaders, tensorflowHeaders, scratch }: Sources,
  signal?: AbortSignal,
): Promise<void> {
  const temporary = path.join(scratch, "tmp");
  await mkdir(temporary, { recursive: true });
  const library = (name: string) => path.join(engine, "lib", `libtensorflow_${name}.so.2`);
  const outcome = await run(
    command,
    [
      ...["-std=c++17", "-O2", "-fPIC", "-shared", "-w", `-DNAPI_VERSION=${napiVersion}`],
      ...["-I", nodeHeaders, "-I", tensorflowHeaders],
      ...["tfjs_backend.cc", "tfjs_binding.cc"].map((source) => path.join(addon, source)),
      ...[library("cc"), library("framework")],
      // Relative to the addon, so that the folder can be moved.
      ...["-Wl,-rpath,$ORIGIN/lib", "-o", path.join(engine, addonFile)],
    ],
    { signal, env: { ...process.env, TMPDIR: temporary } },
  );
  if (outcome.code === 0) return;
  const output = lastWords(outcome);
  if (/No space left on device/i.test(output))
    throw new EngineError(
      "low-disk",
      "The disk filled up while the addon was compiled.",
      "Free some space and try again.",
      output,
    );
  throw new EngineError(
    "compile-failed",
    `${command} could not compile the addon (status ${outcome.signal ?? outcome.code}).`,
    "Try another compiler: CXX=clang++.",
    output,
  );
}
