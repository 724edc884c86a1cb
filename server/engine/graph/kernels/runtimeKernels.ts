import { ADD_PRODUCT } from "../compositions/operations.ts";
import type { Value } from "../graph.ts";
import type { Kernel, NodeInputs } from "../kernel.ts";

/** A kernel that only lowerings for ONNX Runtime write into a graph. Whoever writes one says what comes out. */
export type RuntimeKernel<I = NodeInputs> = Pick<Kernel<I>, "onnx">;

export const runtimeKernels: Readonly<Record<string, RuntimeKernel>> = {
  [ADD_PRODUCT]: {
    onnx: (graph, { a, b, c }, { transposeA, transposeB }) =>
      graph.node("Gemm", [a, b, c], { transA: Number(transposeA), transB: Number(transposeB) }),
  } satisfies RuntimeKernel<{ a: Value; b: Value; c: Value }>,
};
