import { modelsOf } from "../../emit.ts";
import type { Graph, Value } from "../../graph.ts";
import { splitUpdates } from "../../inPlace/split.ts";
import { optimise } from "../../passes/optimise.ts";
import { fuse } from "../../passes/runtimeFusions.ts";
import { divideSplit } from "../../samples/divideSplit.ts";
import { type LowerProgram, onePerShape, slotsOf } from "../../slots.ts";
import { activationsBehindPool } from "../behindPool.ts";
import { type ParameterStates, statesBeside } from "../parameterStates.ts";
import { blockedFilterShape, type FilterShape, filterOrder } from "./blockedFilter.ts";
import { blockedGraph } from "./blockedGraph.ts";
import { isFilterShape } from "./blockedValues.ts";
import { denseConvolutions } from "./denseConvolutions.ts";

/**
 * The lowering for nets with larger maps: images are stored in blocks of 16 channels, [B, C/16, H, W, 16], and convolved by
 * the runtime's own kernels for that layout. Filters and their moments are kept in the layout of their gradients.
 */
export const lowerBlocked: LowerProgram = (traced, options) => {
  const optimised = traced.map((graph) => denseConvolutions(activationsBehindPool(optimise(graph))));
  const { graphs, parameters, updates, parts } = divideSplit(splitUpdates(optimised, options), options);
  const filters = filtersOf(graphs, parameters);
  const isFilter = (name: string) => filters.has(name);
  const orderOf = onePerShape(filterOrder);
  return {
    slots: slotsOf(graphs, (name, shape) => {
      if (!isFilter(name)) return { shape };
      const filter = shape as unknown as FilterShape;
      return { shape: blockedFilterShape(filter), order: orderOf(filter) };
    }),
    ...modelsOf(
      graphs.map((graph) => fuse(blockedGraph(graph, isFilter))),
      { updates, parts },
    ),
  };
};

/** The state tensors that are filters of convolutions in blocks, with the states that go with them. */
function filtersOf(graphs: readonly Graph[], parameters: readonly ParameterStates[]): Set<string> {
  const read = new Set<Value>(
    graphs.flatMap(({ nodes }) =>
      nodes.flatMap(({ kernel, inputs }) => (kernel === "Conv2D" ? [inputs["filter"] as Value] : [])),
    ),
  );
  const filters = new Set<string>();
  const beside = statesBeside(parameters);
  for (const graph of graphs) {
    for (const [name, value] of graph.state) {
      if (!read.has(value) || !isFilterShape(value.shape)) continue;
      for (const member of beside(name)) filters.add(member);
    }
  }
  return filters;
}
