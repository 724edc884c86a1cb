import type { Graph } from "./graph.ts";

/** As many samples as the longest input has rows. */
export const batchOf = ({ inputs }: Graph): number =>
  Math.max(0, ...[...inputs.values()].map(({ shape }) => shape[0] ?? 0));

export const largestBatch = (graphs: readonly Graph[]): Graph | undefined =>
  graphs.toSorted((a, b) => batchOf(b) - batchOf(a))[0];

/** That of the largest batch; undefined where no graph trains. */
export const trainingStep = (graphs: readonly Graph[]): Graph | undefined =>
  largestBatch(graphs.filter(({ updates }) => updates.size > 0));
