import type { Graph } from "../graph.ts";
import { deadCode } from "../passes/deadCode.ts";
import { type Packing, packingsOf, packState } from "./pack.ts";
import { packedNorm } from "./packedNorm.ts";
import { type UpdateGroup, updateGroups } from "./updateGroups.ts";

/** The graphs of a program with state tensors that are updated alike in one vector for each role. */
export function packGraphs(graphs: readonly Graph[]): {
  readonly groups: readonly UpdateGroup[];
  readonly packings: readonly Packing[];
  readonly packed: readonly Graph[];
} {
  const groups = updateGroups(graphs);
  const packings = packingsOf(groups);
  const packed = graphs.map((graph) => deadCode(packedNorm(packState(graph, packings))));
  return { groups, packings, packed };
}
