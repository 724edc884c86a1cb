import type { Node } from "../../graph.ts";
import { isElementwise } from "../../passes/isElementwise.ts";
import { convolutionPlans } from "./convolutionPlans.ts";
import { elementwise } from "./elementwisePlans.ts";
import type { Planner } from "./planner.ts";
import { poolPlans } from "./poolPlans.ts";
import { product } from "./productPlan.ts";
import { reduction } from "./reductionPlan.ts";
import { filling, repeating, reshaping } from "./reshapePlans.ts";

/** The kernels that are planned for the batch innermost; elementwise kernels share a planner. */
const planners: Readonly<Record<string, Planner>> = {
  ...convolutionPlans,
  ...poolPlans,
  Sum: reduction,
  Mean: reduction,
  Max: reduction,
  Reshape: reshaping,
  ExpandDims: reshaping,
  Tile: repeating,
  BroadcastTo: repeating,
  Fill: filling,
  OnesLike: filling,
  ZerosLike: filling,
  BatchMatMul: product,
};

/** The planner of a node; undefined where there is nothing but the kernel itself. */
export const plannerOf = ({ kernel }: Node): Planner | undefined =>
  planners[kernel] ?? (isElementwise(kernel) ? elementwise : undefined);
