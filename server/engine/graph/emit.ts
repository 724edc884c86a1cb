import type { Data } from "../program.ts";
import type { Graph, Node, Value } from "./graph.ts";
import { changesAsComputed } from "./inPlace/changesAsComputed.ts";
import { inputValues } from "./kernel.ts";
import { runtimeKernels, severalOutputs } from "./kernels/runtimeKernels.ts";
import { primitive } from "./kernels.ts";
import { OnnxGraph } from "./onnx/onnxGraph.ts";
import type { DividedSplit } from "./samples/divideSplit.ts";
import { inputName, type Lowered, outputName, slotName, updatedSlot } from "./slots.ts";
import { threadsOfSameBits } from "./threadsOfSameBits.ts";

/** Lowered graphs as ONNX models, by their names. @param updates that are made in place of what the models give */
export function modelsOf(
  lowered: readonly Graph[],
  { updates, parts }: Pick<DividedSplit, "updates" | "parts">,
): Pick<Lowered, "models" | "inPlace"> {
  const graphs = lowered.map(changesAsComputed(updates));
  const models = graphs.map((graph) => {
    const ofGraph = parts.get(graph.name);
    const model = { encoded: onnxModel(graph), threads: threadsOfSameBits(graph) };
    return [graph.name, ofGraph === undefined ? model : { ...model, parts: ofGraph }] as const;
  });
  return { models: new Map(models), inPlace: updates };
}

/** A graph as an ONNX model. Its inputs are the inputs and state that are read; its outputs are outputs and updates. */
function onnxModel(graph: Graph): Uint8Array {
  const onnx = new OnnxGraph();
  const read = readValues(graph);
  const declare = (values: ReadonlyMap<string, Value>, named: (name: string) => string) => {
    for (const [name, value] of values)
      if (read.has(value)) onnx.bind(value, onnx.input(named(name), value.dtype, value.shape));
  };
  declare(graph.inputs, inputName);
  declare(graph.state, slotName);
  emitNodes(graph, onnx);
  const give = (values: ReadonlyMap<string, Value>, named: (name: string) => string) => {
    for (const [name, value] of values) {
      bindConstant(graph, onnx, value);
      onnx.output(named(name), value, value.dtype, value.shape);
    }
  };
  give(graph.outputs, outputName);
  give(graph.updates, (name) => updatedSlot(slotName(name)));
  return onnx.encode({ name: graph.name });
}

/** Emits the nodes of a graph, each as its kernel says. Inputs and state that it reads are bound already. */
export function emitNodes(graph: Graph, onnx: OnnxGraph): void {
  for (const node of graph.nodes) {
    onnx.scope = node.scope ?? "";
    for (const input of inputValues(node.inputs)) bindConstant(graph, onnx, input);
    const names = emitNode(node, onnx);
    for (const [i, output] of node.outputs.entries()) onnx.bind(output, names[i] as string);
  }
  onnx.scope = "";
}

function emitNode({ kernel, inputs, attrs, outputs }: Node, onnx: OnnxGraph): readonly string[] {
  const several = severalOutputs[kernel];
  if (several !== undefined) return several.onnx(onnx, inputs, attrs, outputs);
  const known = runtimeKernels[kernel] ?? primitive(kernel);
  return "outputs" in known
    ? known.onnx(onnx, inputs, attrs, outputs)
    : [known.onnx(onnx, inputs, attrs, outputs[0] as Value)];
}

/** Gives a constant of the traced graph its tensor, if it has none yet. Any other value is left as it is. */
export function bindConstant(graph: Graph, onnx: OnnxGraph, value: Value): void {
  const data = graph.constants.get(value);
  if (data && !onnx.has(value)) onnx.bind(value, constantTensor(onnx, value, data));
}

function constantTensor(onnx: OnnxGraph, { shape, dtype }: Value, data: Data): string {
  const uniform = data.length > 64 && data.every((element) => element === data[0]);
  if (!uniform) return onnx.constant(data, shape, dtype);
  return onnx.node("Expand", [onnx.scalar(data[0] as number, dtype), onnx.int64(shape)]);
}

/** The values that the nodes, outputs and updates of a graph read. */
export function readValues(graph: Graph): Set<Value> {
  const nodes = graph.nodes.flatMap((node) => inputValues(node.inputs));
  return new Set([...nodes, ...graph.outputs.values(), ...graph.updates.values()]);
}
