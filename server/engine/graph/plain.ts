import { onnxModel } from "./emit.ts";
import type { Pass } from "./graph.ts";
import { nothingSplit, splitUpdates } from "./inPlace/split.ts";
import { updateGroups } from "./layouts/updateGroups.ts";
import { channelsFirst } from "./passes/channelsFirst.ts";
import { deviceKernels } from "./passes/deviceKernels.ts";
import { optimise } from "./passes/optimise.ts";
import { fuse } from "./passes/runtimeFusions.ts";
import { type LowerProgram, slotsOf } from "./slots.ts";

/** The lowering for every net: each state tensor is a slot of its own, each kernel is itself. */
export const lowerPlain: LowerProgram = plainBy((graph) => fuse(channelsFirst(graph)));

/** The plain lowering for WebGPU. */
export const lowerPlainForWebgpu: LowerProgram = plainBy((graph) => channelsFirst(deviceKernels(graph)));

function plainBy(lower: Pass): LowerProgram {
  return (traced, { inPlace = false } = {}) => {
    const optimised = traced.map(optimise);
    const { graphs, updates } = inPlace
      ? splitUpdates(optimised, updateGroups(optimised))
      : nothingSplit(optimised);
    return {
      slots: slotsOf(graphs, [], (_, shape) => ({ shape })),
      models: new Map(graphs.map((graph) => [graph.name, onnxModel(lower(graph))])),
      inPlace: updates,
    };
  };
}
