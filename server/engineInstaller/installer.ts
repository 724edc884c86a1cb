import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { EngineError } from "../engineError.ts";
import { readDriver } from "../installedEngines/driver.ts";
import { enginesFolder } from "../installedEngines/folders.ts";
import { checkEngine, findEngines, type ProbeAddon } from "../installedEngines/tensorflow.ts";
import type { EngineKind } from "../protocol.ts";
import { readPackageManager } from "../systemPackages.ts";
import { type Diagnosis, diagnose, type Facts } from "./diagnosis.ts";
import { readMachine } from "./machine.ts";
import { type InstalledRuntime, installRuntime, type RuntimeOptions, removeRuntime } from "./onnxruntime.ts";
import {
  type InstalledTensorflow,
  installTensorflow,
  removeTensorflow,
  type TensorflowOptions,
} from "./tensorflow.ts";
import { findCompiler, findNpm, findPython } from "./tools.ts";

/**
 * The engines that this package does not bring: examine, install, remove. A build of TensorFlow takes the sources of
 * tfjs-node's addon, the libraries of TensorFlow's wheel (and NVIDIA's), a compiler and a few minutes; ONNX Runtime is
 * fetched. Nothing here knows programs: the caller passes the test of an addon.
 */

export interface Examination {
  readonly facts: Facts;
  readonly diagnosis: Diagnosis;
}

/** Examines machine, driver, engines and tools: what is missing or broken, and how to fix it. */
export async function examine(
  probe: ProbeAddon,
  { engines = enginesFolder(), signal }: { engines?: string; signal?: AbortSignal | undefined } = {},
): Promise<Examination> {
  const scratch = await mkdtemp(path.join(tmpdir(), "distill-doctor-"));
  try {
    const [machine, driver, found, compiler, python, npm] = await Promise.all([
      readMachine(),
      readDriver(),
      findEngines(engines),
      tried(findCompiler(scratch, { signal }).then(({ version }) => version)),
      tried(findPython({ signal })),
      tried(findNpm({ signal })),
    ]);
    const examined = found.map(async (engine) => {
      const works = checkEngine(engine).then(() => probe(engine.addon, { kind: engine.kind, signal }));
      return { engine, outcome: await tried(works) };
    });
    const packageManager = readPackageManager();
    const facts: Facts = {
      machine,
      driver,
      engines: await Promise.all(examined),
      tools: { compiler, python, npm },
      ...(packageManager && { packageManager }),
    };
    return { facts, diagnosis: diagnose(facts) };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function tried<T>(work: Promise<T>): Promise<T | EngineError> {
  return work.catch((error: unknown) => {
    if (error instanceof EngineError) return error;
    throw error;
  });
}

/** Installs an engine, or finds a complete one. @throws EngineError, and then changes nothing */
export function install(
  options: { readonly engine: "tensorflow" } & TensorflowOptions,
): Promise<InstalledTensorflow>;
export function install(
  options: { readonly engine: "onnxruntime" } & RuntimeOptions,
): Promise<InstalledRuntime>;
export function install(
  options:
    | ({ readonly engine: "tensorflow" } & TensorflowOptions)
    | ({ readonly engine: "onnxruntime" } & RuntimeOptions),
): Promise<InstalledTensorflow | InstalledRuntime> {
  return options.engine === "tensorflow" ? installTensorflow(options) : installRuntime(options);
}

/** @returns the folder that was removed  @throws EngineError where it is no engine */
export function remove(engine: `tensorflow-${EngineKind}` | "onnxruntime"): Promise<string> {
  if (engine === "onnxruntime") return removeRuntime();
  return removeTensorflow(engine === "tensorflow-gpu" ? "gpu" : "cpu");
}
