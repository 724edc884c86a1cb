import { onnxModel } from "./emit.ts";
import type { Pass } from "./graph.ts";
import { channelsFirst } from "./passes/channelsFirst.ts";
import { deviceKernels } from "./passes/deviceKernels.ts";
import { optimise } from "./passes/optimise.ts";
import { type LowerProgram, slotsOf } from "./slots.ts";

/** The lowering for every net: each state tensor is a slot of its own, each kernel is itself. */
export const lowerPlain: LowerProgram = plainAfter((graph) => graph);

/** The plain lowering for WebGPU. */
export const lowerPlainForWebgpu: LowerProgram = plainAfter(deviceKernels);

function plainAfter(prepare: Pass): LowerProgram {
  return (graphs) => ({
    slots: slotsOf(graphs, [], (_, shape) => ({ shape })),
    models: new Map(graphs.map((graph) => [graph.name, onnxModel(channelsFirst(prepare(optimise(graph))))])),
  });
}
