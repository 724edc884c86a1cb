import { operationsOf } from "../../compositions/operations.ts";
import type { Graph, Node, Value } from "../../graph.ts";
import { inputValues, mapInputs } from "../../kernel.ts";
import { isElementwise } from "../../passes/isElementwise.ts";
import { freshValue } from "../../values.ts";
import { Writer } from "../../writer.ts";
import { convolution } from "./blockedConvolution.ts";
import { depthwise, depthwiseFilterGradient, depthwiseInputGradient } from "./blockedDepthwise.ts";
import { elementwise } from "./blockedElementwise.ts";
import { blockedFilterShape, type FilterShape } from "./blockedFilter.ts";
import { filterGradient } from "./blockedFilterGradient.ts";
import { inputGradient } from "./blockedInputGradient.ts";
import type { BlockedLowering, Emission } from "./blockedLowering.ts";
import { averagePoolGradient, maxPoolGradient, pool } from "./blockedPools.ts";
import { isMeanOverSamples, reduction } from "./blockedReductions.ts";
import { BlockedValues } from "./blockedValues.ts";

/** The kernels that are lowered for blocks; elementwise kernels share a lowering. */
const lowerings: Readonly<Record<string, BlockedLowering>> = {
  Conv2D: convolution,
  Conv2DBackpropInput: inputGradient,
  Conv2DBackpropFilter: filterGradient,
  DepthwiseConv2dNative: depthwise,
  DepthwiseConv2dNativeBackpropInput: depthwiseInputGradient,
  DepthwiseConv2dNativeBackpropFilter: depthwiseFilterGradient,
  MaxPool: pool,
  MaxPoolGrad: maxPoolGradient,
  AvgPool: pool,
  AvgPoolGrad: averagePoolGradient,
  Sum: reduction,
  Mean: reduction,
};

/**
 * The graph that computes the same on images in blocks; a node that has no lowering for them works on images as tfjs has them.
 * @param isStoredFilter whether a state tensor is kept as a filter in blocks
 */
export function blockedGraph(graph: Graph, isStoredFilter: (state: string) => boolean): Graph {
  const writer = new Writer(graph.constants, { merges: true });
  const ops = operationsOf(writer);
  const values = new BlockedValues(ops, countUses(graph), averaged(graph));
  const emission: Emission = { ops, values };

  for (const value of [...graph.inputs.values(), ...graph.constants.keys()]) values.setNatural(value, value);
  const state = new Map<string, Value>();
  for (const [name, value] of graph.state) {
    const isFilter = isStoredFilter(name);
    const shape = isFilter ? blockedFilterShape(value.shape as unknown as FilterShape) : value.shape;
    const tensor = freshValue(shape, value.dtype);
    state.set(name, tensor);
    if (isFilter) values.setFilter(value, tensor);
    else values.setNatural(value, tensor);
  }
  for (const node of graph.nodes) {
    writer.scope = node.scope;
    const lowering = lowerings[node.kernel] ?? (isElementwise(node.kernel) ? elementwise : undefined);
    if (!lowering?.(node, emission)) asItIs(node, emission);
  }
  writer.scope = undefined;
  const outputs = new Map([...graph.outputs].map(([name, value]) => [name, values.natural(value)]));
  const updates = new Map(
    [...graph.updates].map(([name, value]) => [
      name,
      isStoredFilter(name) ? values.filter(value) : values.natural(value),
    ]),
  );
  return { ...graph, state, constants: writer.constants, nodes: writer.nodes, outputs, updates };
}

/** What every kernel can do: itself, on natural tensors. */
function asItIs({ kernel, inputs, attrs, outputs }: Node, { ops, values }: Emission): void {
  const natural = mapInputs(inputs, (value) => values.natural(value));
  const given = ops.several(kernel, natural, attrs, outputs);
  outputs.forEach((output, i) => {
    values.setNatural(output, given[i] as Value);
  });
}

/** The values whose mean over batch and positions is taken. */
const averaged = ({ nodes }: Graph): Set<Value> =>
  new Set(nodes.filter((node) => isMeanOverSamples(node)).map(({ inputs }) => inputs["x"] as Value));

function countUses({ nodes, outputs, updates }: Graph): Map<Value, number> {
  const uses = new Map<Value, number>();
  const read = [
    ...nodes.flatMap(({ inputs }) => inputValues(inputs)),
    ...outputs.values(),
    ...updates.values(),
  ];
  for (const value of read) uses.set(value, (uses.get(value) ?? 0) + 1);
  return uses;
}
