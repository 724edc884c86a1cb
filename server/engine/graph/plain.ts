import { modelsOf } from "./emit.ts";
import type { Pass } from "./graph.ts";
import { splitUpdates } from "./inPlace/split.ts";
import { channelsFirst } from "./passes/channelsFirst.ts";
import { deviceKernels } from "./passes/deviceKernels.ts";
import { optimise } from "./passes/optimise.ts";
import { fuse } from "./passes/runtimeFusions.ts";
import { divideSplit } from "./samples/divideSplit.ts";
import { type LowerProgram, slotsOf } from "./slots.ts";

/** The lowering for every net: each state tensor is a slot of its own, each kernel is itself. */
export const lowerPlain: LowerProgram = plainBy((graph) => fuse(channelsFirst(graph)));

/** The plain lowering for WebGPU. */
export const lowerPlainForWebgpu: LowerProgram = plainBy((graph) => channelsFirst(deviceKernels(graph)));

function plainBy(lower: Pass): LowerProgram {
  return (traced, options) => {
    const { graphs, updates, parts } = divideSplit(splitUpdates(traced.map(optimise), options), options);
    return {
      slots: slotsOf(graphs, (_, shape) => ({ shape })),
      ...modelsOf(graphs.map(lower), { updates, parts }),
    };
  };
}
