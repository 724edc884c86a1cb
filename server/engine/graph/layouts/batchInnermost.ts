import { deadCode } from "../passes/deadCode.ts";
import { optimise } from "../passes/optimise.ts";
import { type LowerProgram, slotsOf } from "../slots.ts";
import { behindPool } from "./behindPool.ts";
import { findKin } from "./families.ts";
import { heldShape, storedOrder } from "./layout.ts";
import { modelOf } from "./model.ts";
import { packingsOf, packState } from "./pack.ts";
import { packedNorm } from "./packedNorm.ts";
import { arrangeImages, planLayouts, type StateLayouts } from "./plan.ts";
import { settleState } from "./state.ts";

/**
 * The lowering for nets with small maps. Images are held with the batch innermost, see layout.ts; state is held as the
 * training step wants it, and parameters that are updated alike are updated together.
 */
export const lowerBatchInnermost: LowerProgram = (traced) => {
  const graphs = traced.map((graph) => behindPool(optimise(graph)));
  const kin = findKin(graphs);
  const packings = packingsOf(kin);
  const packed = graphs.map((graph) => deadCode(packedNorm(packState(graph, packings))));
  const arranged = packed.map((graph) => ({ graph, arrangement: arrangeImages(graph) }));
  const { state, planned } = settleState({ kin, packings }, (state: StateLayouts) =>
    arranged.map(({ graph, arrangement }) => planLayouts(graph, { arrangement, state })),
  );
  return {
    slots: slotsOf(graphs, packings, (name, shape) => {
      const layout = state.layoutOf(name);
      return { shape: heldShape(layout, shape), order: storedOrder(layout, shape) };
    }),
    models: new Map(planned.map((entry) => [entry.graph.name, modelOf(entry)])),
  };
};
