import type { DType } from "../../program.ts";
import type { TensorflowGraph, TensorflowOperand } from "./builder.ts";

export function reshaped(
  graph: TensorflowGraph,
  x: TensorflowOperand,
  dtype: DType,
  shape: readonly number[],
): string {
  return graph.node("Reshape", [x, graph.int32(shape)], { T: dtype, Tshape: "int32" });
}
