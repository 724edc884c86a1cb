import type { Operand } from "../graphBuilder.ts";
import type { TensorflowAttribute, TensorflowGraph } from "./tensorflowGraph.ts";

/** A float32 tensor, or sizes that the operator wants as one of its inputs. */
type Factor = Operand | { readonly sizes: readonly number[] };

/**
 * A matrix product, a convolution, or the gradient of one, of float32 tensors and with a float32 result. Where the graph asks
 * for bfloat16, the operands are rounded to it. The kernels add up in float32 and round the sum once, since they have no
 * float32 result for such operands. The range of a bfloat16 is that of a float32, so that gradients need no scaling
 * (Kalamkar et al. 2019).
 */
export function product(
  graph: TensorflowGraph,
  op: string,
  factors: readonly Factor[],
  attrs: Readonly<Record<string, TensorflowAttribute>>,
): string {
  const T = graph.precision;
  const operands = factors.map((factor) => {
    if (typeof factor === "object" && "sizes" in factor) return graph.int32(factor.sizes);
    return T === "float32" ? factor : graph.node("Cast", [factor], { SrcT: "float32", DstT: T });
  });
  const result = graph.node(op, operands, { ...attrs, T });
  return T === "float32" ? result : graph.node("Cast", [result], { SrcT: T, DstT: "float32" });
}
