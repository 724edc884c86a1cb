import type { Operand } from "../graphBuilder.ts";
import type { TensorflowGraph } from "./tensorflowGraph.ts";
import type { ElementType } from "./tensorflowSchema.ts";

export function reshaped(
  graph: TensorflowGraph,
  x: Operand,
  dtype: ElementType,
  shape: readonly number[],
): string {
  return graph.node("Reshape", [x, graph.int32(shape)], { T: dtype, Tshape: "int32" });
}
