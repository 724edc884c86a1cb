import { lowerPlain } from "../../server/engine/graph/plain.ts";
import { loadLowered, loadOnnxRuntime } from "../../server/engine/native/onnxruntime.ts";
import type { LoadProgram } from "../../server/engine/program.ts";
import { loadEager } from "../support/eager.ts";
import { tensorflowForTests } from "../support/tensorflow.ts";
import { webgpuForTests } from "../support/webgpu.ts";

const tensorflow = await tensorflowForTests();
const webgpu = await webgpuForTests({ deviceOnly: true });

const all: Readonly<Record<string, LoadProgram>> = {
  eager: loadEager,
  "onnxruntime, 1 thread": (program, initial) => loadOnnxRuntime(program, initial, { threads: 1 }),
  "onnxruntime, 2 threads": (program, initial) => loadOnnxRuntime(program, initial, { threads: 2 }),
  // Where samples meet, the batch is not divided.
  "onnxruntime, in parts": (program, initial) =>
    loadLowered((graphs) => lowerPlain(graphs, { inPlace: true, parts: () => 2 }), program, initial, {
      threads: 2,
    }),
  ...(tensorflow && { tensorflow }),
  ...(webgpu && { webgpu }),
};

const wanted = process.env["DISTILL_TEST_EXECUTORS"];
if (wanted !== undefined && !(wanted in all))
  throw new Error(`DISTILL_TEST_EXECUTORS is "${wanted}"; expected one of: ${Object.keys(all).join("; ")}.`);

/** Every way to run a program that this machine has, or the one that DISTILL_TEST_EXECUTORS names. */
export const executors: typeof all = Object.fromEntries(
  Object.entries(all).filter(([name]) => wanted === undefined || wanted === name),
);
