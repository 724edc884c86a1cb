import type { Graph, Node, Value } from "../graph.ts";
import { sizeOf } from "../values.ts";
import { isFilterShape } from "./blocked/held.ts";
import { BLOCK } from "./blocked/nchwc.ts";
import { type Windows, windowsOf } from "./windows.ts";

/**
 * What convolutions, pools and norms of a program take in the forms that it can be lowered to, in milliseconds on one thread of
 * a processor with 512-bit vectors: only how the forms compare matters. The two rates are measured; with them the
 * model is within a tenth of what small VGG nets take in either form (32×32, three convolutions: 115 and 102 ms where
 * 115 and 101 were measured; 28×28, two convolutions: 30 and 33 where 25 and 31 were).
 */
export interface Cost {
  readonly batchInnermost: number;
  readonly blocked: number;
}

const flopsPerMs = 110e6;
const bytesPerMs = 13e6; // read and written

/** Of the entries that train, if there are any: they are run far more often than those that evaluate. */
export function costOf(graphs: readonly Graph[]): Cost {
  const steps = graphs.filter(({ updates }) => updates.size > 0);
  const costs = (steps.length > 0 ? steps : graphs).flatMap(({ nodes }) => nodes.map(costOfNode));
  const sum = (form: keyof Cost): number => costs.reduce((total, cost) => total + cost[form], 0);
  return { batchInnermost: sum("batchInnermost"), blocked: sum("blocked") };
}

const nothing: Cost = { batchInnermost: 0, blocked: 0 };

function costOfNode(node: Node): Cost {
  if (node.kernel === "Mean" && String(node.attrs["axis"]) === "0,1,2") return costOfMean(node);
  const windows = windowsOf(node);
  if (windows === undefined) return nothing;
  return node.kernel.includes("Pool") ? costOfPool(node) : costOfConvolution(node, windows);
}

/**
 * A batch norm and its gradient take four means. With what comes between them they are 9 passes over an image more with
 * the batch innermost than in blocks, where a depthwise convolution does most of it.
 */
const costOfMean = ({ inputs }: Node): Cost => ({
  batchInnermost: milliseconds({ bytes: (9 / 4) * bytesOf(inputs["x"] as Value) }),
  blocked: 0,
});

/** Split into parts the pool of the batch-innermost form costs next to nothing; in blocks its gradient is 8 passes. */
function costOfPool({ kernel, outputs: [dx] }: Node): Cost {
  if (!kernel.endsWith("Grad")) return nothing;
  return { batchInnermost: 0, blocked: milliseconds({ bytes: 8 * bytesOf(dx as Value) }) };
}

function costOfConvolution(node: Node, { taps, outputs }: Windows): Cost {
  const { kernel, inputs } = node;
  const isFilterGradient = kernel.endsWith("Filter");
  const filter = (isFilterGradient ? node.outputs[0] : inputs["filter"]) as Value;
  const image = (inputs["x"] ?? inputs["dy"]) as Value;
  const depthwise = kernel.startsWith("Depthwise");
  const [read, made] = filter.shape.slice(2) as [number, number];
  const samples = image.shape[0] as number;
  const flops = 2 * taps * read * made * outputs * samples;
  // A Gemm packs the columns, too: as much work as 16 of its rows. The columns are written and read once.
  const columns = 8 * taps * read * outputs * samples;
  const batchInnermost = milliseconds({
    flops: depthwise ? flops : flops * (1 + 16 / made),
    bytes: columns,
  });
  const isInBlocks =
    !depthwise && isFilterShape(filter.shape) && (read >= BLOCK || !kernel.endsWith("Input"));
  // What has no form in blocks is converted and computed with the channels first.
  if (!isInBlocks) return { batchInnermost, blocked: 2 * batchInnermost };
  if (!isFilterGradient) return { batchInnermost, blocked: milliseconds({ flops }) };
  // x is padded and reordered, dy is reordered, a block of 16 samples is filled up.
  const filled = (Math.ceil(samples / BLOCK) * BLOCK) / samples;
  const bytes = 5 * (bytesOf(inputs["x"] as Value) + bytesOf(inputs["dy"] as Value));
  return { batchInnermost, blocked: filled * milliseconds({ flops, bytes }) };
}

const bytesOf = ({ shape }: Value): number => sizeOf(shape) * 4;

const milliseconds = ({
  flops = 0,
  bytes = 0,
}: {
  readonly flops?: number;
  readonly bytes?: number;
}): number => flops / flopsPerMs + bytes / bytesPerMs;
