import { modelsOf } from "../../emit.ts";
import { splitUpdates } from "../../inPlace/split.ts";
import { optimise } from "../../passes/optimise.ts";
import { fuse } from "../../passes/runtimeFusions.ts";
import { divideSplit } from "../../samples/divideSplit.ts";
import { type LowerProgram, slotsOf } from "../../slots.ts";
import { behindPool } from "../behindPool.ts";
import { applyPlans } from "./applyPlans.ts";
import { shapeIn, storedOrder } from "./layout.ts";
import { arrangeImages, planLayouts, type StateLayouts } from "./planLayouts.ts";
import { settleState } from "./settleState.ts";

/**
 * The lowering for nets with small maps. Images have the batch innermost, see layout.ts; state has the layout that the training
 * step reads.
 */
export const lowerBatchInnermost: LowerProgram = (traced, options) => {
  const optimised = traced.map((graph) => behindPool(optimise(graph)));
  const { graphs, parameters, updates, parts } = divideSplit(splitUpdates(optimised, options), options);
  const arranged = graphs.map((graph) => ({ graph, arrangement: arrangeImages(graph) }));
  const { state, planned } = settleState(parameters, (state: StateLayouts) =>
    arranged.map(({ graph, arrangement }) => planLayouts(graph, { arrangement, state })),
  );
  return {
    slots: slotsOf(graphs, (name, shape) => {
      const layout = state.layoutOf(name);
      return { shape: shapeIn(layout, shape), order: storedOrder(layout, shape) };
    }),
    ...modelsOf(
      planned.map((entry) => fuse(applyPlans(entry))),
      { updates, parts },
    ),
  };
};
