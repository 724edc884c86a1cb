import { bindConstant, emitNodes, readValues } from "./emit.ts";
import type { Graph, Pass, Value } from "./graph.ts";
import { OnnxGraph } from "./onnx/builder.ts";
import { channelsFirst } from "./passes/channelsFirst.ts";
import { deviceKernels } from "./passes/deviceKernels.ts";
import { optimise } from "./passes/optimise.ts";
import { inputName, type LowerProgram, outputName, slotName, slotsOf, updatedSlot } from "./slots.ts";

/** The lowering for every net: each state tensor is a slot of its own, each kernel has its plain form. */
export const lowerPlain: LowerProgram = plainAfter((graph) => graph);

/** The plain lowering for WebGPU. */
export const lowerPlainForWebgpu: LowerProgram = plainAfter(deviceKernels);

function plainAfter(prepare: Pass): LowerProgram {
  return (graphs) => ({
    slots: slotsOf(graphs, [], (_, shape) => ({ shape })),
    models: new Map(graphs.map((graph) => [graph.name, modelOf(channelsFirst(prepare(optimise(graph))))])),
  });
}

function modelOf(graph: Graph): Uint8Array {
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
