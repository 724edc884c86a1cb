import { run } from "../../subprocess.ts";
import { runtimeModule } from "./ort.ts";

export interface ModelTrial {
  readonly input: string;
  /** The shapes of input to try. */
  readonly shapes: readonly (readonly number[])[];
  readonly seconds: number;
  /** Checked while it runs; without it, SIGINT and SIGTERM stop it. */
  readonly stopRequested?: () => boolean;
}

/** Plain JavaScript, run by `node -e`; a model's errors are reported when it is opened afterwards. */
const child = `
const [runtime, path, input, shapes, parent, watch] = process.argv.slice(1);
const { Worker } = require("node:worker_threads");
new Worker(watch, { eval: true, workerData: Number(parent) }).once("message", async () => {
  try {
    const ort = require(runtime);
    const session = await ort.InferenceSession.create(path, { logSeverityLevel: 4, intraOpNumThreads: 1 });
    for (const shape of JSON.parse(shapes)) {
      const size = shape.reduce((product, extent) => product * extent, 1);
      const x = new ort.Tensor("float32", Float32Array.from({ length: size }, (_, i) => (i * 0.618034) % 1), shape);
      await session.run({ [input]: x }).catch(() => {});
    }
  } catch {}
  process.exit();
});
`;

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
  path: string,
  { input, shapes, seconds, stopRequested }: ModelTrial,
): Promise<"ended" | "late" | "stopped"> {
  const abort = new AbortController();
  const stop = () => abort.abort();
  const asking = stopRequested && setInterval(() => stopRequested() && stop(), 100);
  const heard = stopRequested === undefined ? (["SIGINT", "SIGTERM"] as const) : [];
  for (const signal of heard) process.on(signal, stop);
  try {
    const { code, signal } = await run(
      process.execPath,
      ["-e", child, runtimeModule(), path, input, JSON.stringify(shapes), String(process.pid), watch],
      {
        env: { ...process.env, ELECTRON_RUN_AS_NODE: "1", ORT_DISABLE_TELEMETRY: "1" },
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
