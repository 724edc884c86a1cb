import { flopsOf, totalOf } from "../server/engine/graph/flops.ts";
import type { Graph } from "../server/engine/graph/graph.ts";
import { sizeOf } from "../server/sizeOf.ts";

/** Rates of a machine, see peak.ts. */
export interface Rates {
  readonly gflops: number;
  readonly gbps: number;
}

/** Milliseconds that a step takes at least: its products at the machine's peak, and its update at the memory's. */
export const limitOf = (graph: Graph, { gflops, gbps }: Rates): number =>
  totalOf(flopsOf(graph)) / gflops / 1e6 + updateBytes(graph) / gbps / 1e6;

/** Caches of a server's processor hold less than this, and what they hold is not read from memory. */
const cacheBytes = 32 * 2 ** 20;

/** Bytes that an update moves at least: each state tensor is read and written, and each weight's gradient is read. */
export function updateBytes({ state, updates }: Graph): number {
  const bytes = (names: Iterable<string>) =>
    [...names].reduce((sum, name) => sum + 4 * sizeOf(state.get(name)?.shape ?? []), 0);
  const gradients = bytes([...updates.keys()].filter((name) => name.startsWith("weights/")));
  return bytes(state.keys()) + gradients < cacheBytes ? 0 : 2 * bytes(updates.keys()) + gradients;
}
