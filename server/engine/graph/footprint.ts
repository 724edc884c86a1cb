import { sizeOf } from "../../sizeOf.ts";
import type { Graph, Value } from "./graph.ts";
import { hasLanes } from "./inPlace/laneKernels.ts";
import { inputValues } from "./kernel.ts";

export interface Footprint {
  readonly batchSize: number;
  /** Bytes that grow with the batch, for all of it. */
  readonly perBatch: number;
  /** Bytes that do not depend on the batch: tables, state, its next values, gradients of weights. */
  readonly fixed: number;
  /** The largest tensor of the state, with its next value, where it is a quarter or more of what is fixed. */
  readonly largest?: { readonly name: string; readonly bytes: number } | undefined;
}

export interface FootprintOptions {
  readonly tableBytes?: number;
  /** The engine updates state where it is, so that there are no next values beside it. */
  readonly inPlace?: boolean;
}

/**
 * Peak memory of one run of an entry; a tensor lives from the node that computes it to the last that reads it.
 * The batch is the first dimension of the inputs; a tensor grows with it when that divides its first dimension, and it is no
 * next value of the state.
 */
export function footprint(
  graph: Graph,
  { tableBytes = 0, inPlace = false }: FootprintOptions = {},
): Footprint {
  const batchSize = Math.max(1, ...[...graph.inputs.values()].map(({ shape }) => shape[0] ?? 1));
  const bytes = (shape: readonly number[]) => 4 * sizeOf(shape);
  const next = new Set<Value>(graph.updates.values());
  const grows = (value: Value) => {
    const [first] = value.shape;
    return batchSize > 1 && first !== undefined && first % batchSize === 0 && !next.has(value);
  };

  const written = inPlace ? writtenInPlace(graph) : new Set<unknown>();
  const given = new Set<unknown>([...graph.inputs.values(), ...graph.state.values(), ...written]);
  const lastRead = new Map<unknown, number>();
  for (const [at, node] of graph.nodes.entries())
    for (const value of Object.values(node.inputs).flat()) lastRead.set(value, at);
  for (const value of [...graph.outputs.values(), ...graph.updates.values()])
    lastRead.set(value, graph.nodes.length);

  const live = { batch: 0, fixed: tableBytes };
  for (const { shape } of graph.state.values()) live.fixed += bytes(shape);
  for (const value of graph.inputs.values()) live[grows(value) ? "batch" : "fixed"] += bytes(value.shape);
  let peak = { ...live };
  for (const [at, node] of graph.nodes.entries()) {
    for (const value of node.outputs)
      if (!written.has(value)) live[grows(value) ? "batch" : "fixed"] += bytes(value.shape);
    if (live.batch + live.fixed > peak.batch + peak.fixed) peak = { ...live };
    const ended = new Set([...Object.values(node.inputs).flat(), ...node.outputs]);
    for (const value of ended) {
      const made = graph.constants.has(value) || given.has(value);
      if (!made && (lastRead.get(value) ?? at) === at)
        live[grows(value) ? "batch" : "fixed"] -= bytes(value.shape);
    }
  }
  const [largest] = [...graph.state]
    .map(([name, { shape }]) => ({
      name,
      bytes: bytes(shape) * (graph.updates.has(name) && !inPlace ? 2 : 1),
    }))
    .sort((a, b) => b.bytes - a.bytes);
  const prevails = largest !== undefined && largest.bytes >= peak.fixed / 4;
  return { batchSize, perBatch: peak.batch, fixed: peak.fixed, ...(prevails ? { largest } : {}) };
}

/** What is computed element by element for next values of the state and for nothing else. */
function writtenInPlace({ nodes, outputs }: Graph): Set<unknown> {
  const written = new Set<unknown>();
  const readElsewhere = new Set<Value>(outputs.values());
  for (const node of nodes.toReversed()) {
    const isWritten = hasLanes(node) && node.outputs.every((output) => !readElsewhere.has(output));
    for (const output of node.outputs) if (isWritten) written.add(output);
    if (!isWritten) for (const input of inputValues(node.inputs)) readElsewhere.add(input);
  }
  return written;
}
