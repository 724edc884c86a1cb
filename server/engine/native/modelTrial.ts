import { run } from "../../subprocess.ts";
import { runtimeModule } from "./ort.ts";

interface TrialInput {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  /** Absent: values in [0, 1]. */
  readonly values?: readonly number[];
}

/** What runs a model of some format in a process of its own. */
export interface TrialRuntime {
  /** Plain JavaScript: a function of the runtime, the model and the runs. */
  readonly program: string;
  /** Path of the runtime. */
  readonly runtime: string;
  /** The model, as the program takes it. */
  readonly model: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface ModelTrial {
  /** What to try one after the other: a value for each input. */
  readonly runs: readonly (readonly TrialInput[])[];
  readonly seconds: number;
  /** Checked while it runs; without it, SIGINT and SIGTERM stop it. */
  readonly stopRequested?: () => boolean;
}

/** Run by `node -e`; a model's errors are reported when it is opened afterwards. */
const childOf = (program: string): string => `
const [runtime, model, runs, parent, watch] = process.argv.slice(1);
const { Worker } = require("node:worker_threads");
new Worker(watch, { eval: true, workerData: Number(parent) }).once("message", async () => {
  try {
    await (${program})(runtime, model, JSON.parse(runs));
  } catch {}
  process.exit();
});
`;

/** ONNX Runtime, for the model in a file. */
export const onnxTrial = (path: string): TrialRuntime => ({
  program: onnxProgram,
  runtime: runtimeModule(),
  model: path,
  env: { ORT_DISABLE_TELEMETRY: "1" },
});

const onnxProgram = `async (runtime, path, runs) => {
  const ort = require(runtime);
  const arrays = {
    float32: Float32Array, float64: Float64Array, float16: Uint16Array, bool: Uint8Array,
    uint8: Uint8Array, int8: Int8Array, uint16: Uint16Array, int16: Int16Array,
    uint32: Uint32Array, int32: Int32Array, uint64: BigUint64Array, int64: BigInt64Array,
  };
  const session = await ort.InferenceSession.create(path, { logSeverityLevel: 4, intraOpNumThreads: 1 });
  for (const inputs of runs) {
    const feeds = {};
    for (const { name, type, shape, values } of inputs) {
      const length = shape.reduce((product, extent) => product * extent, 1);
      const at = (i) => (values ? values[i] : (i * 0.618034) % 1);
      const isBig = type.endsWith("int64");
      const array = arrays[type].from({ length }, (_, i) => isBig ? BigInt(Math.round(at(i))) : type === "float16" ? 0x3800 : at(i));
      feeds[name] = new ort.Tensor(type, array, shape);
      // As in encodeElements, the bits of half precision.
      if (type === "float16") Object.assign(feeds[name], { cpuData: array });
    }
    await session.run(feeds).catch(() => {});
  }
}`;

/** A thread of the child that ends it when its parent has been killed. */
const watch = `
const { parentPort, workerData: parent } = require("node:worker_threads");
const isAlone = () => {
  try {
    process.kill(parent, 0);
    return process.ppid !== parent;
  } catch {
    return true;
  }
};
setInterval(() => isAlone() && process.kill(process.pid, "SIGKILL"), 200);
parentPort.postMessage("watching");
`;

/**
 * Runs a model once in a process of its own, because a model with an endless loop would block this one: the runtime computes on
 * the main thread and cannot be interrupted.
 */
export async function modelTrial(
  { program, runtime, model, env }: TrialRuntime,
  { runs, seconds, stopRequested }: ModelTrial,
): Promise<"ended" | "late" | "stopped"> {
  const abort = new AbortController();
  const stop = () => abort.abort();
  const asking = stopRequested && setInterval(() => stopRequested() && stop(), 100);
  const heard = stopRequested === undefined ? (["SIGINT", "SIGTERM"] as const) : [];
  for (const signal of heard) process.on(signal, stop);
  try {
    const { code, signal } = await run(
      process.execPath,
      ["-e", childOf(program), runtime, model, JSON.stringify(runs), String(process.pid), watch],
      {
        env: { ...process.env, ELECTRON_RUN_AS_NODE: "1", ...env },
        signal: abort.signal,
        timeout: 1000 * seconds,
      },
    );
    return code === null && signal === "SIGTERM" ? "late" : "ended";
  } catch (error) {
    if (abort.signal.aborted) return "stopped";
    throw error;
  } finally {
    clearInterval(asking);
    for (const signal of heard) process.off(signal, stop);
  }
}
