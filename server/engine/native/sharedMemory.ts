import { sizeOf } from "../../sizeOf.ts";
import { OnnxGraph } from "../graph/onnx/onnxGraph.ts";
import type { Program } from "../program.ts";
import { onnxruntime } from "./ort.ts";

/** WebAssembly has addresses for 4 GiB; beside the state, changes and tasks lie there. */
const mostState = 2.5 * 2 ** 30;

/** Whether state is small enough to be updated in memory that WebAssembly reaches. */
export function isReachable(state: Program["state"]): boolean {
  const bytes = Object.values(state).reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  return bytes <= mostState;
}

let tried: Promise<boolean> | undefined;

/** Whether the runtime reads and writes memory that threads share where it is: no version promises it, so it is tried. */
export function sharesMemory(): Promise<boolean> {
  tried ??= trySharing().catch(() => false);
  return tried;
}

async function trySharing(): Promise<boolean> {
  const graph = new OnnxGraph();
  const shape = [4];
  graph.output("y", graph.node("Neg", [graph.input("x", "float32", shape)]), "float32", shape);
  const ort = await onnxruntime();
  const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const [x, y] = [new Float32Array(buffer, 64, 4), new Float32Array(buffer, 128, 4)];
  const session = await ort.InferenceSession.create(graph.encode({ name: "shared memory" }), {
    executionProviders: ["cpu"],
    intraOpNumThreads: 1,
    logSeverityLevel: 4, // what fails here is an answer, not an error
  });
  try {
    const tensors = { x: new ort.Tensor("float32", x, shape), y: new ort.Tensor("float32", y, shape) };
    x.set([1, 2, 3, 4]); // behind the tensor's back
    await session.run({ x: tensors.x }, { y: tensors.y });
    return y.join() === "-1,-2,-3,-4";
  } finally {
    await session.release();
  }
}
