import type { Graph } from "../graph.ts";
import { lowerPlain } from "../plain.ts";
import type { Lowered, LowerOptions, LowerProgram } from "../slots.ts";
import { lowerBlocked } from "./blocked/lowerBlocked.ts";
import { chooseLowering, hasLargeTensors, type LoweringName, type Obstacles } from "./chooseLowering.ts";
import { costOf } from "./cost.ts";
import { divideFrozen } from "./frozenPart.ts";
import { lowerBatchInnermost } from "./innermost/lowerBatchInnermost.ts";

export const lowerings: Readonly<Record<LoweringName, LowerProgram>> = {
  "batch-innermost": lowerBatchInnermost,
  blocked: lowerBlocked,
  plain: lowerPlain,
};

/** Of the time of a program as one: what the parts may take at most, by estimate. Two calls take some tenths of a millisecond. */
const worthTwoCalls = 0.97;

/** Lowers a program by the lowering that suits its net; the same program always gets the same one on the same machine. */
export function lowerProgram(graphs: readonly Graph[], wishes: Obstacles & LowerOptions = {}): Lowered {
  const divided = divideFrozen(graphs);
  if (divided === undefined) return lowerAlike(graphs, wishes);
  const [whole, ...parts] = [graphs, divided.frozen, divided.rest].map((part) => leastCost(part, wishes));
  const apart = parts.reduce((sum, cost) => sum + cost, 0);
  if (apart > worthTwoCalls * (whole as number)) return lowerAlike(graphs, wishes);
  const frozen = lowerAlike(divided.frozen, wishes);
  const rest = lowerAlike(divided.rest, wishes);
  return {
    ...rest,
    slots: [...rest.slots, ...frozen.slots],
    models: new Map([...rest.models, ...frozen.models]),
    fed: divided.fed,
    reason: `student ${rest.reason}; teacher ${frozen.reason}`,
    largeTensors: rest.largeTensors === true || frozen.largeTensors === true,
  };
}

/** Whether a part of a program would lie in blocks on a machine that can do so. */
export function wantsBlocks(graphs: readonly Graph[]): boolean {
  const divided = divideFrozen(graphs);
  const parts = divided === undefined ? [graphs] : [graphs, divided.frozen, divided.rest];
  return parts.some((part) => chooseLowering(part).lowering === "blocked");
}

function leastCost(graphs: readonly Graph[], { blocked: obstacle }: Obstacles): number {
  const { batchInnermost, blocked, plain } = costOf(graphs);
  return Math.min(batchInnermost, plain, obstacle === undefined ? blocked : Number.POSITIVE_INFINITY);
}

function lowerAlike(graphs: readonly Graph[], { inPlace, ...obstacles }: Obstacles & LowerOptions): Lowered {
  const { lowering, reason } = chooseLowering(graphs, obstacles);
  return { ...lowerings[lowering](graphs, { inPlace }), reason, largeTensors: hasLargeTensors(graphs) };
}
