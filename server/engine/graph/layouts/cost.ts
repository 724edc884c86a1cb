import { sizeOf } from "../../../sizeOf.ts";
import { flopsOfNode } from "../flops.ts";
import type { Graph, Node, Value } from "../graph.ts";
import { aliases } from "../passes/aliases.ts";
import { rewriteOnce } from "../passes/rewrite.ts";
import { type Windows, windowsOf } from "../slidingWindows.ts";
import { sameShape } from "../values.ts";
import { isDepthwiseInBlocks } from "./blocked/blockedDepthwise.ts";
import { isMeanOverSamples } from "./blocked/blockedReductions.ts";
import { fewestChannels, filled } from "./blocked/filledChannels.ts";
import { computedPositions } from "./computedPositions.ts";
import { findSupport } from "./support.ts";

/**
 * What a program takes in each lowering, in milliseconds on one thread of a processor with 512-bit
 * vectors: only how they compare matters.
 *
 * The rates below are fitted to 120 steps and 60 evaluations of random nets, each measured in every lowering: one to five stages,
 * 1×1 to 5×5, with strides, pools, batch norm and depthwise stages or without, 8 to 96 channels, maps of 8×8 to 112×112,
 * batches of 2 to 256. On nets outside the fit, the lowering it chooses takes 3 % more time than the fastest in steps on
 * average, 1 % in evaluations; one net in ten loses more than 10 %, most of them with steps of a few milliseconds. `npm run
 * bench -- --suite layouts` measures other nets. First convolutions of fewer than 8 filters were not among them: what a filter's
 * gradient gathers, one position at a time, was settled by LeNet on 28×28 afterwards, and holds on 14 other nets of that kind.
 *
 * Fitted on an AMD EPYC. On an Intel Xeon blocks take 0.65 to 0.95 of the estimate relative to batch innermost, on one thread
 * and on two. So the rates of the latter are the fitted ones times 1.12: a tie on the first is a clear win on the second.
 */
export interface Cost {
  /** Infinite where a map is larger than {@link largestMap}. */
  readonly batchInnermost: number;
  /** Infinite where no filter can lie in blocks. */
  readonly blocked: number;
  readonly plain: number;
}

/**
 * The largest map, in positions, with the batch innermost. The graph has an index for every position that a window reads, which
 * the other lowerings do not: on maps of 112×112 lowering five convolutions takes ten times as long as channels first, some
 * seconds, which a short run does not gain back.
 */
const largestMap = 96 * 96;

/** Nanoseconds. Each convolution has rates for its forward pass and for its gradients, which are other kernels. */
const innermostRate = {
  forward: { flop: 0.008, depthwiseFlop: 0.16 },
  gradient: { flop: 0.0034, depthwiseFlop: 0.25 },
  columnByte: 0.069,
  row: 3.5, // what a gather copies at once: one value of every sample
  depthwiseRow: 3.2,
  meanByte: 0.041,
  poolByte: 0.35,
  imageByte: 0.03,
};
const plainRate = {
  forward: { node: 21_000, flop: 0.0069, columnByte: 0.041, depthwiseFlop: 0.067 },
  gradient: { node: 110_000, flop: 0.0058, columnByte: 0.092, depthwiseFlop: 0.17 },
  row: 9, // by hand: what a filter's gradient gathers at once, the channels of one position
  poolByte: 0.8,
  imageByte: 0.034,
};
const blockedRate = {
  node: 22_000,
  flop: 0.0047,
  depthwiseFlop: 0.06, // by hand, of what three nets with such convolutions take
  gradientByte: 0.12,
  poolByte: 0.44,
  imageByte: 0.017,
};

/** Of the entries that train, if there are any: they run far more often than those that evaluate. */
export function costOf(graphs: readonly Graph[]): Cost {
  const steps = graphs.filter(({ updates }) => updates.size > 0);
  const decisive = steps.length > 0 ? steps : graphs;
  const nodes = decisive.flatMap((graph) => graph.nodes);
  const isGathered = graphs.every((graph) => graph.nodes.every((node) => mapOf(node) <= largestMap));
  const costs = decisive.flatMap((graph) => {
    const shareOf = isGathered ? computedShares(graph) : () => 1;
    return graph.nodes.map((node) => costOfNode(node, shareOf));
  });
  const sum = (lowering: keyof Cost): number =>
    costs.reduce((total, cost) => total + cost[lowering], 0) / 1e6;
  return {
    batchInnermost: isGathered ? sum("batchInnermost") : Number.POSITIVE_INFINITY,
    blocked: nodes.some(isInBlocks) ? sum("blocked") : Number.POSITIVE_INFINITY,
    plain: sum("plain"),
  };
}

/** Of a product's operation with what is computed beside it, on one thread, in nanoseconds: as mlp and ViT steps take it. */
const productFlop = 0.02;

/** Milliseconds of a graph's products, the same in every lowering, on one thread. */
export function productMs({ nodes }: Graph): number {
  const products = nodes.filter(({ kernel }) => kernel === "BatchMatMul").map(flopsOfNode);
  return 1e-6 * productFlop * products.reduce((sum, flops) => sum + flops, 0);
}

/**
 * A model that takes less, in milliseconds by estimate, has one thread: on two, mlps and small convolutions of 0.1 to 1 ms took
 * 0.83 to 2.4 of their time on one, as another thread has to wake up for each product.
 */
export const worthThreads = 1;

const nothing: Cost = { batchInnermost: 0, blocked: 0, plain: 0 };

const isConvolution = ({ kernel }: Node): boolean => /^(Conv2D|DepthwiseConv2d)/.test(kernel);

const mapOf = (node: Node): number => (isConvolution(node) ? (windowsOf(node)?.inputs ?? 0) : 0);

/** Of the positions of an image: the share that is computed with the batch innermost, which leaves out what no pool reads. */
type ShareOf = (image: Value) => number;

function computedShares(graph: Graph): ShareOf {
  const originals = new Map<Value, Value>(); // by their aliases
  for (const { kernel, inputs, outputs } of graph.nodes) {
    const [alias] = outputs as readonly [Value];
    const x = inputs["x"] as Value | undefined;
    if (x === undefined || !/^(Identity|Reshape)$/.test(kernel) || !sameShape(x.shape, alias.shape)) continue;
    originals.set(alias, originals.get(x) ?? x);
  }
  const joined = rewriteOnce(graph, aliases);
  const computed = computedPositions(joined, findSupport(joined));
  return (image) => {
    const positions = computed.get(originals.get(image) ?? image);
    const [, height, width] = image.shape as readonly [number, number, number];
    return positions === undefined ? 1 : positions.length / (height * width);
  };
}

/** Nanoseconds. */
function costOfNode(node: Node, shareOf: ShareOf): Cost {
  const windows = windowsOf(node);
  const [output] = node.outputs as readonly [Value];
  const cost =
    windows === undefined
      ? costOfImages(node)
      : isConvolution(node)
        ? costOfConvolution(node, windows)
        : costOfPool(node);
  const computed = (isConvolution(node) ? node.inputs["dy"] : undefined) as Value | undefined;
  return { ...cost, batchInnermost: cost.batchInnermost * shareOf(computed ?? output) };
}

function costOfImages(node: Node): Cost {
  const [output] = node.outputs as readonly [Value];
  // A batch norm and its gradient take four. In the other lowerings they cost little: in blocks a pool computes them.
  if (isMeanOverSamples(node))
    return { ...nothing, batchInnermost: innermostRate.meanByte * bytesOf(node.inputs["x"] as Value) };
  return output.shape.length === 4 ? costOfImage(output, "imageByte") : nothing;
}

/** Going forward a pool costs next to nothing in any lowering. */
function costOfPool({ kernel, outputs: [dx] }: Node): Cost {
  return kernel.endsWith("Grad") ? costOfImage(dx as Value, "poolByte") : nothing;
}

const costOfImage = (image: Value, rate: "imageByte" | "poolByte"): Cost => ({
  batchInnermost: bytesOf(image) * innermostRate[rate],
  blocked: bytesOf(image) * growth(image.shape[3] as number) * blockedRate[rate],
  plain: bytesOf(image) * plainRate[rate],
});

/** Factor on images and products by padding to whole blocks of channels. Fewer channels than half a block are not padded. */
const growth = (channels: number): number => (channels < fewestChannels ? 1 : filled(channels) / channels);

const filterOf = ({ kernel, inputs, outputs }: Node): Value =>
  (kernel.endsWith("Filter") ? outputs[0] : inputs["filter"]) as Value;

function costOfConvolution(node: Node, { taps, inputs: read, outputs: made }: Windows): Cost {
  const { kernel, inputs } = node;
  const [from, to] = filterOf(node).shape.slice(2) as [number, number]; // channels
  const samples = ((inputs["x"] ?? inputs["dy"]) as Value).shape[0] as number;
  const rows = taps * from * made;
  const flops = 2 * rows * to * samples;
  const columns = 4 * rows * samples; // bytes
  const direction = kernel.includes("Backprop") ? "gradient" : "forward";
  const innermost = innermostRate[direction];
  const plainly = plainRate[direction];
  if (kernel.startsWith("Depthwise")) {
    const plain = plainly.node + plainly.depthwiseFlop * flops;
    const batchInnermost = innermost.depthwiseFlop * flops + innermostRate.depthwiseRow * rows;
    const grown = growth(from) * flops;
    const blocked = isInBlocks(node) ? blockedRate.node + blockedRate.depthwiseFlop * grown : plain;
    return { batchInnermost, plain, blocked };
  }
  const isFilterGradient = kernel.endsWith("Filter");
  // The filter's gradient multiplies the columns that were gathered going forward.
  const gathered = isFilterGradient ? 0 : rows;
  const batchInnermost =
    innermost.flop * flops + innermostRate.columnByte * columns + innermostRate.row * gathered;
  const plain =
    plainly.node +
    plainly.flop * flops +
    plainly.columnByte * columns +
    (isFilterGradient ? plainRate.row * taps * made * samples : 0);
  // What has no lowering in blocks is computed with the channels first.
  if (!isInBlocks(node)) return { batchInnermost, plain, blocked: plain };
  if (!isFilterGradient) {
    const grown = growth(from) * growth(to) * flops;
    return { batchInnermost, plain, blocked: blockedRate.node + blockedRate.flop * grown };
  }
  // Both images are reordered, and a block of samples is filled up.
  const images = 4 * samples * (growth(from) * from * read + growth(to) * to * made); // bytes
  const work = blockedRate.flop * growth(to) * flops + blockedRate.gradientByte * images;
  const blocked = blockedRate.node + (filled(samples) / samples) * work;
  return { batchInnermost, plain, blocked };
}

function isInBlocks(node: Node): boolean {
  if (node.kernel.startsWith("Depthwise")) return isDepthwiseInBlocks(filterOf(node).shape);
  if (!/^Conv2D(Backprop(Filter|Input))?$/.test(node.kernel)) return false;
  const [from, to] = filterOf(node).shape.slice(2) as [number, number];
  return to >= fewestChannels && (from >= fewestChannels || !node.kernel.endsWith("Input"));
}

const bytesOf = ({ shape }: Value): number => sizeOf(shape) * 4;
