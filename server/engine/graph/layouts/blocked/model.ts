import { bindConstant, readValues } from "../../emit.ts";
import type { Graph, Node, Value } from "../../graph.ts";
import { inputValues } from "../../kernel.ts";
import { primitive } from "../../kernels.ts";
import { OnnxGraph } from "../../onnx/builder.ts";
import { isElementwise } from "../../passes/isElementwise.ts";
import { inputName, outputName, slotName, updatedSlot } from "../../slots.ts";
import { PACK, UNPACK } from "../pack.ts";
import { convolution } from "./convolution.ts";
import { depthwise, depthwiseFilterGradient, depthwiseInputGradient } from "./depthwise.ts";
import { elementwise } from "./elementwise.ts";
import type { BlockedForm, Emission } from "./emission.ts";
import { type FilterShape, heldFilter } from "./filter.ts";
import { filterGradient } from "./filterGradient.ts";
import { HeldValues } from "./held.ts";
import { inputGradient } from "./inputGradient.ts";
import { type PackedState, packing, unpacking } from "./packing.ts";
import { averagePoolGradient, maxPoolGradient, pool } from "./pool.ts";
import { isMeanOverSamples, reduction } from "./reduction.ts";

/** The kernels that have a form of their own in blocks; elementwise kernels share one. */
const forms: Readonly<Record<string, BlockedForm>> = {
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

/** Emits a graph as an ONNX model, each node in its blocked form if it has one, otherwise in the kernel's own. */
export function modelOf(graph: Graph, state: PackedState): Uint8Array {
  const onnx = new OnnxGraph();
  const values = new HeldValues(onnx, countUses(graph), averaged(graph));
  const emission: Emission = { graph: onnx, values };
  const all: Readonly<Record<string, BlockedForm>> = {
    ...forms,
    [PACK]: packing(state),
    [UNPACK]: unpacking(state),
  };

  const read = readValues(graph);
  for (const [name, value] of graph.inputs) {
    if (read.has(value)) values.setNatural(value, onnx.input(inputName(name), value.dtype, value.shape));
  }
  for (const [name, value] of graph.state) {
    if (!read.has(value)) continue;
    const tensor = (shape: readonly number[]): string => onnx.input(slotName(name), value.dtype, shape);
    if (state.isFilter(name))
      values.setFilter(value, tensor(heldFilter(value.shape as unknown as FilterShape)));
    else values.setNatural(value, tensor(value.shape));
  }
  for (const value of graph.constants.keys()) {
    bindConstant(graph, onnx, value);
    values.setNatural(value, onnx.name(value));
  }
  for (const node of graph.nodes) {
    onnx.scope = node.scope ?? "";
    const form = all[node.kernel] ?? (isElementwise(node.kernel) ? elementwise : undefined);
    if (!form?.(node, emission)) ownForm(node, emission);
  }
  onnx.scope = "";
  for (const [name, value] of graph.outputs)
    onnx.output(outputName(name), values.natural(value), value.dtype, value.shape);
  for (const [name, value] of graph.updates) {
    const slot = updatedSlot(slotName(name));
    if (state.isFilter(name))
      onnx.output(slot, values.filter(value), value.dtype, heldFilter(value.shape as unknown as FilterShape));
    else onnx.output(slot, values.natural(value), value.dtype, value.shape);
  }
  return onnx.encode({ name: graph.name });
}

/** What every kernel can do: its own lowering, on natural tensors. */
function ownForm(node: Node, { graph, values }: Emission): void {
  for (const value of inputValues(node.inputs)) graph.bind(value, values.natural(value));
  const kernel = primitive(node.kernel);
  const names =
    "outputs" in kernel
      ? kernel.onnx(graph, node.inputs, node.attrs, node.outputs)
      : [kernel.onnx(graph, node.inputs, node.attrs, node.outputs[0] as Value)];
  node.outputs.forEach((output, i) => {
    values.setNatural(output, names[i] as string);
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
