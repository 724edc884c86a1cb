import type { TensorflowGraph, TensorflowOperand } from "./builder.ts";
import type { ElementType } from "./schema.ts";

export function reshaped(
  graph: TensorflowGraph,
  x: TensorflowOperand,
  dtype: ElementType,
  shape: readonly number[],
): string {
  return graph.node("Reshape", [x, graph.int32(shape)], { T: dtype, Tshape: "int32" });
}
