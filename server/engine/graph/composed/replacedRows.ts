import { sizeOf } from "../values.ts";
import { type Composed, input, kernelsOf } from "./composed.ts";

/** A selection of more bytes is left to the runtime, which may replace rows on the CPU. */
const mostBytes = 64 * 2 ** 20;

/**
 * Rows of a matrix replaced by others: a matrix that selects each row's replacement, [rows, replacements], times the
 * replacements, beside the rows that have none. No row is replaced twice.
 */
export const replacedRows: Composed = (node, rewriter) => {
  const [tensor, indices, updates] = [input(node, "tensor"), input(node, "indices"), input(node, "updates")];
  const {
    reshape,
    product,
    equal,
    floatOf,
    indices: constants,
    sum,
    mul,
    add,
    sub,
    number,
  } = kernelsOf(rewriter);
  const [rows = 0, width = 0] = tensor.shape;
  const count = sizeOf(indices.shape);
  const isMatrix = tensor.shape.length === 2 && indices.shape.length === 2 && indices.shape[1] === 1;
  if (!isMatrix || tensor.dtype !== "float32" || rows * count * 4 > mostBytes) return undefined;
  const each = reshape(constants(Int32Array.from({ length: rows }, (_, i) => i)), [rows, 1]);
  const selection = floatOf(equal(each, reshape(indices, [1, count])));
  const kept = sub(number(1), sum(selection, [1], true)); // [rows, 1]
  return add(mul(tensor, kept), product(selection, reshape(updates, [count, width])));
};
