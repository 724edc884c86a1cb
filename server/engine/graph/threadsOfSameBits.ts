import type { Graph, Node, Value } from "./graph.ts";
import { type Product, productOf } from "./products.ts";

/** More threads than a product is ever divided among. */
const most = 64;

/**
 * Up to how many threads ONNX Runtime gives a lowered graph the bits that it gives on one, so that how many there are changes no
 * result. It divides products and chooses how it sums by the number of threads; both are the runtime's (MLAS's sgemm, its
 * reductions), and determinism.test.ts finds what a newer one changes.
 */
export const threadsOfSameBits = ({ nodes }: Graph): number =>
  nodes.reduce((threads, node) => Math.min(threads, ofNode(node)), most);

function ofNode(node: Node): number {
  const product = productOf(node);
  if (product !== undefined) return ofProduct(product);
  return node.kernel === "Sum" || node.kernel === "Mean" ? ofSum(node) : most;
}

function ofProduct(product: Product): number {
  let threads = 1;
  while (threads < most && isSame(product, threads + 1)) threads += 1;
  return threads;
}

/** Multiplications for which the runtime takes one more thread. */
const worthThread = 64 * 1024;
/** Columns that it does not divide. */
const lane = 16;

/** The larger extent is divided. A part of one row or column is summed in another way, and so is one of few columns. */
function isSame({ rows, columns, summed, times }: Product, threads: number): boolean {
  const wanted = Math.min(threads, Math.floor((rows * columns * summed) / worthThread) + 1);
  const parts = Math.ceil(wanted / times);
  if (columns <= rows) return rows === 1 || Math.floor(rows / Math.min(parts, rows)) > 1;
  const lanes = Math.ceil(columns / lane);
  const divided = Math.min(parts, lanes);
  if (divided === 1) return true;
  const ofPart = lane * Math.floor(lanes / divided);
  const least = Math.min(ofPart, ofPart - (lane * lanes - columns));
  return least > 1 && termsAtOnce(least, summed) === termsAtOnce(columns, summed);
}

/** How many terms of a sum are added before the next ones are, beside so many columns: together they fill a buffer. */
function termsAtOnce(columns: number, summed: number): number {
  let terms = 128;
  if (columns < summed) for (let held = 128; held > lane && held / 2 >= columns; held /= 2) terms *= 2;
  return Math.min(terms, summed);
}

/** Sums between kept axes, or kept ones between sums, are products with ones where the outer or the kept axis has enough for all threads. */
function ofSum({ inputs, attrs }: Node): number {
  const { shape } = inputs["x"] as Value;
  const axes = attrs["axis"] as readonly number[];
  const extents: { readonly isReduced: boolean; size: number }[] = [];
  for (const [axis, size] of shape.entries()) {
    const isReduced = axes.includes(axis);
    const last = extents.at(-1);
    if (size === 1) continue;
    if (last?.isReduced === isReduced) last.size *= size;
    else extents.push({ isReduced, size });
  }
  if (extents.length !== 3) return most;
  const [outer, middle] = extents as [{ isReduced: boolean; size: number }, { size: number }];
  return outer.isReduced ? middle.size : outer.size;
}
