import { broadcast_util } from "@tensorflow/tfjs-core";
import type { Value } from "../graph.ts";
import type { Kernel, KernelTable } from "../kernel.ts";
import type { OnnxGraph } from "../onnx/onnxGraph.ts";
import { product } from "../tensorflow/product.ts";

type MatMulAttributes = {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
};

export const matmul: KernelTable = {
  /** a [..., m, k] × b [..., k, n] → [..., m, n]; leading axes broadcast. */
  BatchMatMul: {
    shape: ({ a, b }, { transposeA, transposeB }) => [
      ...broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2)),
      a.shape.at(transposeA ? -1 : -2) as number,
      b.shape.at(transposeB ? -2 : -1) as number,
    ],
    canonical: (_, { transposeA, transposeB }) => ({
      transposeA: transposeA ?? false,
      transposeB: transposeB ?? false,
    }),
    onnx: (graph, { a, b }, { transposeA, transposeB }) => {
      if (a.shape.length === 2 && b.shape.length === 2)
        return graph.node("Gemm", [a, b], { transA: Number(transposeA), transB: Number(transposeB) });
      return graph.node("MatMul", [transposed(graph, a, transposeA), transposed(graph, b, transposeB)]);
    },
    tensorflow: (graph, { a, b }, { transposeA, transposeB }) =>
      a.shape.length === 2 && b.shape.length === 2
        ? product(graph, "MatMul", [a, b], { transpose_a: transposeA, transpose_b: transposeB })
        : product(graph, "BatchMatMulV2", [a, b], { adj_x: transposeA, adj_y: transposeB }),
  } satisfies Kernel<{ a: Value; b: Value }, MatMulAttributes>,
};

function transposed(graph: OnnxGraph, x: Value, flip: boolean): string {
  if (!flip) return graph.name(x);
  const rank = x.shape.length;
  const perm = [...x.shape.keys()].slice(0, -2).concat(rank - 1, rank - 2);
  return graph.node("Transpose", [x], { perm });
}
