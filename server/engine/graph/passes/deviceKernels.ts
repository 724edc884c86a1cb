import type { Node, Pass, Value } from "../graph.ts";
import { type Rewriter, rewrite } from "./rewrite.ts";

/**
 * Replaces kernels whose ONNX operators have no WebGPU form by ones that have: where such a node stays, the runtime
 * computes it on the CPU and waits for the device before and after it.
 */
export const deviceKernels: Pass = (graph) =>
  rewrite(graph, (node, rewriter) => {
    const compose = composed[node.kernel];
    return compose && [compose(node, rewriter)];
  });

const composed: Readonly<Record<string, (node: Node, rewriter: Rewriter) => Value>> = {
  /** z - max z - log Σ exp (z - max z) */
  LogSoftmax: ({ inputs, attrs }, { emit }) => {
    const logits = inputs["logits"] as Value;
    const over = { axis: [attrs["axis"] as number], keepDims: true };
    const shifted = emit("Sub", { a: logits, b: emit("Max", { x: logits }, over) });
    const sum = emit("Sum", { x: emit("Exp", { x: shifted }) }, over);
    return emit("Sub", { a: shifted, b: emit("Log", { x: sum }) });
  },
};
