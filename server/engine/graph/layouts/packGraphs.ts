import type { Graph } from "../graph.ts";
import type { InPlaceUpdate } from "../inPlace/inPlaceUpdate.ts";
import { nothingSplit, splitUpdates } from "../inPlace/split.ts";
import { deadCode } from "../passes/deadCode.ts";
import type { LowerOptions } from "../slots.ts";
import { type Packing, packingsOf, packState } from "./pack.ts";
import { packedNorm } from "./packedNorm.ts";
import { type UpdateGroup, updateGroups } from "./updateGroups.ts";

/**
 * The graphs of a program without the updates that are made in place, and of the others with state tensors that are updated
 * alike in one vector for each role.
 */
export function packGraphs(
  all: readonly Graph[],
  { inPlace = false }: LowerOptions = {},
): {
  /** Before packing. */
  readonly graphs: readonly Graph[];
  readonly groups: readonly UpdateGroup[];
  readonly packings: readonly Packing[];
  readonly packed: readonly Graph[];
  readonly inPlace: readonly InPlaceUpdate[];
} {
  const everyGroup = updateGroups(all);
  const { graphs, updates, parameters } = inPlace ? splitUpdates(all, everyGroup) : nothingSplit(all);
  const taken = new Set(parameters.flat());
  const others = everyGroup.map((group) => group.filter((states) => !states.some((name) => taken.has(name))));
  const packings = packingsOf(others);
  const groups = [...others, ...parameters.map((states) => [states])];
  const packed = graphs.map((graph) => deadCode(packedNorm(packState(graph, packings))));
  return { graphs, groups, packings, packed, inPlace: updates };
}
