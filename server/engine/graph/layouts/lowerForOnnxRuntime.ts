import type { Graph } from "../graph.ts";
import { lowerPlain } from "../plain.ts";
import type { Lowered, LowerProgram } from "../slots.ts";
import { lowerBlocked } from "./blocked/lowerBlocked.ts";
import { chooseLowering, hasLargeTensors, type LoweringName, type Obstacles } from "./chooseLowering.ts";
import { lowerBatchInnermost } from "./innermost/lowerBatchInnermost.ts";

export const lowerings: Readonly<Record<LoweringName, LowerProgram>> = {
  "batch-innermost": lowerBatchInnermost,
  blocked: lowerBlocked,
  plain: lowerPlain,
};

/** Lowers a program by the lowering that suits its net; the same program always gets the same one on the same machine. */
export function lowerProgram(graphs: readonly Graph[], obstacles: Obstacles = {}): Lowered {
  const { lowering, reason } = chooseLowering(graphs, obstacles);
  return { ...lowerings[lowering](graphs), reason, largeTensors: hasLargeTensors(graphs) };
}
