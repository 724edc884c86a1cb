import type { Graph } from "../../graph/graph.ts";
import { sizeOf } from "../../graph/values.ts";

/** A run that needed more memory than the device has. */
export class OutOfMemory extends Error {
  override readonly name = "OutOfMemory";
  readonly code = "out-of-memory";
  readonly hint = "Lower data.batchSize, or train on the CPU.";
  readonly entry: string;
  /** A batch size that would fit; absent where not even one sample would. */
  readonly batchSize: number | undefined;

  constructor(entry: string, batchSize: number, fits: number | undefined, detail: string) {
    super(
      fits === undefined
        ? `The device's memory is too small for ${entry}, whatever the batch size.`
        : `The device's memory is too small for ${entry}: a batch of ${batchSize} does not fit. Set data.batchSize to ${fits}.`,
      { cause: new Error(detail) },
    );
    this.entry = entry;
    this.batchSize = fits;
  }
}

/** TensorFlow's words when an allocation fails, on a card or on the CPU. */
export function isOutOfMemory(message: string): boolean {
  return /\bOOM when allocating|RESOURCE_EXHAUSTED|Resource exhausted|failed to allocate memory|CUDA_ERROR_OUT_OF_MEMORY|Out of memory|std::bad_alloc/i.test(
    message,
  );
}

export interface Footprint {
  readonly batchSize: number;
  /** Bytes that grow with the batch, for all of it. */
  readonly perBatch: number;
  /** Bytes that do not: tables, state, its next values, gradients of weights. */
  readonly fixed: number;
}

/**
 * What one run of an entry holds at once at its peak, each tensor from the node that makes it to the last that reads it.
 * The batch is the first dimension of the inputs; a tensor grows with it when that divides its first dimension.
 */
export function footprint(graph: Graph, tableBytes = 0): Footprint {
  const batchSize = Math.max(1, ...[...graph.inputs.values()].map(({ shape }) => shape[0] ?? 1));
  const bytes = (shape: readonly number[]) => 4 * sizeOf(shape);
  const grows = (shape: readonly number[]) =>
    batchSize > 1 && shape[0] !== undefined && shape[0] % batchSize === 0;

  const lastRead = new Map<unknown, number>();
  for (const [at, node] of graph.nodes.entries())
    for (const value of Object.values(node.inputs).flat()) lastRead.set(value, at);
  for (const value of [...graph.outputs.values(), ...graph.updates.values()])
    lastRead.set(value, graph.nodes.length);

  const live = { batch: 0, fixed: tableBytes };
  for (const { shape } of graph.state.values()) live.fixed += bytes(shape);
  for (const { shape } of graph.inputs.values()) live[grows(shape) ? "batch" : "fixed"] += bytes(shape);
  let peak = { ...live };
  for (const [at, node] of graph.nodes.entries()) {
    for (const { shape } of node.outputs) live[grows(shape) ? "batch" : "fixed"] += bytes(shape);
    if (live.batch + live.fixed > peak.batch + peak.fixed) peak = { ...live };
    const ended = new Set([...Object.values(node.inputs).flat(), ...node.outputs]);
    for (const value of ended) {
      const made = graph.constants.has(value) || isGiven(graph, value);
      if (!made && (lastRead.get(value) ?? at) === at)
        live[grows(value.shape) ? "batch" : "fixed"] -= bytes(value.shape);
    }
  }
  return { batchSize, perBatch: peak.batch, fixed: peak.fixed };
}

function isGiven(graph: Graph, value: unknown): boolean {
  return [...graph.inputs.values(), ...graph.state.values()].some((given) => given === value);
}

/**
 * The largest power of two that would fit, never more than half of what did not. Runtimes take more than the tensors: the
 * allocator's gaps and the kernels' workspaces; half again is allowed for them.
 */
export function batchThatFits(
  { batchSize, perBatch, fixed }: Footprint,
  available: number | undefined,
): number | undefined {
  const half = largestPowerOfTwo(Math.floor(batchSize / 2));
  if (half < 1) return undefined;
  if (available === undefined) return half;
  const samples = Math.floor((available / 1.5 - fixed) / (perBatch / batchSize));
  if (samples < 1) return undefined;
  return Math.min(half, largestPowerOfTwo(samples));
}

function largestPowerOfTwo(limit: number): number {
  return limit < 1 ? 0 : 2 ** Math.floor(Math.log2(limit));
}
