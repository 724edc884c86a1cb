import { sizeOf } from "../../sizeOf.ts";
import type { Graph, Node, Value } from "./graph.ts";
import { optimise } from "./passes/optimise.ts";
import { windowsOf } from "./slidingWindows.ts";

/** Floating-point operations by kernel, in tfjs's names: BatchMatMul, Conv2D, Conv2DBackpropFilter, … */
export type Flops = Readonly<Record<string, number>>;

/**
 * Multiplications and additions of the matrix products and convolutions in one run of an entry, forward and in
 * gradients: two per pair of numbers. Other ops are not counted, because they could be fused into these; positions in
 * the padding are counted, as is usual.
 */
export function flopsOf(graph: Graph): Flops {
  const flops: Record<string, number> = {};
  for (const node of optimise(graph).nodes) {
    const count = flopsOfNode(node);
    if (count > 0) flops[node.kernel] = (flops[node.kernel] ?? 0) + count;
  }
  return flops;
}

export const totalOf = (flops: Flops): number => Object.values(flops).reduce((sum, count) => sum + count, 0);

export function flopsOfNode(node: Node): number {
  const { kernel, inputs, attrs, outputs } = node;
  const [result] = outputs as readonly [Value];
  if (kernel === "BatchMatMul") {
    const summed = (inputs["a"] as Value).shape.at(attrs["transposeA"] === true ? -2 : -1) as number;
    return 2 * sizeOf(result.shape) * summed;
  }
  if (!/^(Conv2D|DepthwiseConv2dNative)(Backprop(Filter|Input))?$/.test(kernel)) return 0;
  const windows = windowsOf(node);
  if (windows === undefined) throw new Error(`The windows of ${kernel} are not known.`);
  const { shape } = kernel.endsWith("Filter") ? result : (inputs["filter"] as Value);
  const [read, made] = shape.slice(2) as [number, number]; // channels; a depthwise filter has channels and multiplier
  const [samples] = ((inputs["x"] ?? inputs["dy"]) as Value).shape as [number];
  return 2 * windows.taps * read * made * windows.outputs * samples;
}
