import { sizeOf } from "../values.ts";
import { attributes, type Composed, input, kernelsOf } from "./composed.ts";

/** A selection of more bytes is left to the runtime, which adds on the CPU. */
const mostBytes = 64 * 2 ** 20;

/**
 * The sums of an embedding's gradient: a matrix that selects each segment's rows, [segments, rows], times the rows. An id
 * outside of the segments selects none.
 */
export const segmentSum: Composed = (node, rewriter) => {
  const [x, ids] = [input(node, "x"), input(node, "segmentIds")];
  const { reshape, product, equal, floatOf, indices } = kernelsOf(rewriter);
  const segments = attributes<{ readonly numSegments: number }>(node).numSegments;
  const rows = sizeOf(ids.shape);
  if (x.dtype !== "float32" || segments * rows * 4 > mostBytes) return undefined;
  const each = reshape(indices(Int32Array.from({ length: segments }, (_, i) => i)), [segments, 1]);
  const selection = floatOf(equal(each, reshape(ids, [1, rows])));
  const sums = product(selection, reshape(x, [rows, sizeOf(x.shape) / rows]));
  return reshape(sums, [segments, ...x.shape.slice(ids.shape.length)]);
};
