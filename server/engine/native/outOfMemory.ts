import { type Footprint, type FootprintOptions, footprint } from "../graph/footprint.ts";
import type { Graph } from "../graph/graph.ts";

/** Work that needs more memory than there is. */
export class OutOfMemory extends Error {
  override readonly name = "OutOfMemory";
  readonly code = "out-of-memory";
  readonly hint: string;
  /** A batch size that would fit; absent where not even one sample would. */
  readonly batchSize: number | undefined;

  constructor(
    { what, batchSize, fits, largest }: Work,
    { device = "device", detail = "" }: { device?: string; detail?: string } = {},
  ) {
    super(
      fits === undefined
        ? `The ${device}'s memory is too small for ${what}, whatever the batch size.`
        : `The ${device}'s memory is too small for ${what}: ${batchSize} samples do not fit. Set data.batchSize to ${fits}.`,
      { cause: new Error(detail) },
    );
    this.batchSize = fits;
    this.hint =
      fits === undefined
        ? `${capital(smaller(largest))}, or use a machine that has more memory.`
        : "Or make the network smaller.";
  }
}

/** An entry of a program, in words, and the data.batchSize with which it fits. */
export interface Work {
  readonly what: string;
  readonly batchSize: number;
  readonly fits: number | undefined;
  /** What to make smaller where no batch size fits. */
  readonly largest?: Footprint["largest"];
}

export function workOf(entry: string, needs: Footprint, available: number | undefined): Work {
  const { batchSize, largest } = needs;
  const fits = batchThatFits(needs, available);
  if (!entry.startsWith("evaluate@")) return { what: "a training step", batchSize, fits, largest };
  // An evaluation takes up to four times as many samples as a step.
  const inSteps = fits === undefined || fits < 4 ? undefined : fits / 4;
  return { what: "an evaluation", batchSize, fits: inSteps, largest };
}

function smaller(largest: Work["largest"]): string {
  if (largest === undefined) return "make the network smaller";
  return `make ${largest.name} smaller, which takes ${gigabytes(largest.bytes)}`;
}

/** Messages of failed allocations: of runtimes, on GPU and CPU, and of JavaScript arrays. */
export function isOutOfMemory(message: string): boolean {
  return /\bOOM when allocating|RESOURCE_EXHAUSTED|Resource exhausted|failed to allocate memory|CUDA_ERROR_OUT_OF_MEMORY|Out of memory|std::bad_alloc|Array buffer allocation failed/i.test(
    message,
  );
}

/**
 * How far runtimes differ from the footprint: they write results over operands, and use workspaces, columns of convolutions and
 * the allocator's gaps. Over six nets and two engines a step took between 0.7 and 2.0 times as much.
 */
const uncertainty = 2;

/**
 * Checks the largest entry's memory before it runs, because a system that overcommits memory kills a process without a message.
 * @param available bytes
 * @returns a warning where it may be too much
 * @throws OutOfMemory where it is certainly too much
 */
export function checkMemory(
  graphs: readonly Graph[],
  {
    available,
    device = "machine",
    ...options
  }: FootprintOptions & { readonly available: number; readonly device?: string },
): string | undefined {
  const total = ({ perBatch, fixed }: Footprint) => perBatch + fixed;
  const [hungriest] = graphs
    .map(({ name }, i) => ({ name, needs: footprint(graphs[i] as Graph, options) }))
    .sort((a, b) => total(b.needs) - total(a.needs));
  if (hungriest === undefined) return undefined;
  const bytes = total(hungriest.needs);
  const work = workOf(hungriest.name, hungriest.needs, available);
  if (bytes / uncertainty > available) throw new OutOfMemory(work, { device });
  if (bytes * uncertainty <= available) return undefined;
  const advice =
    work.fits === undefined
      ? `If it fails, ${smaller(work.largest)}.`
      : `If it fails, set data.batchSize to ${work.fits}.`;
  return `${capital(work.what)} of ${work.batchSize} samples takes about ${gigabytes(bytes)}, and the ${device} has ${gigabytes(available)}. ${advice}`;
}

/**
 * The largest power of two that would fit even where a runtime takes much more than the tensors; at most half of the size that
 * did not fit.
 */
export function batchThatFits(
  { batchSize, perBatch, fixed }: Footprint,
  available: number | undefined,
): number | undefined {
  const half = largestPowerOfTwo(Math.floor(batchSize / 2));
  if (half < 1) return undefined;
  if (available === undefined) return half;
  const samples = Math.floor((available / uncertainty - fixed) / (perBatch / batchSize));
  if (samples < 1) return undefined;
  return Math.min(half, largestPowerOfTwo(samples));
}

function largestPowerOfTwo(limit: number): number {
  return limit < 1 ? 0 : 2 ** Math.floor(Math.log2(limit));
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
const capital = (text: string) => `${text[0]?.toUpperCase()}${text.slice(1)}`;
