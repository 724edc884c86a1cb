import { sizeOf } from "../../../sizeOf.ts";
import type { Node, Value } from "../graph.ts";
import type { Rewriter } from "../passes/rewrite.ts";
import { attributes, input, type Operations, operationsOf } from "./operations.ts";

/** A larger selection is left to the runtime, which may compute it on the CPU. */
const mostBytes = 64 * 2 ** 20;

/** [rows, ids]: 1 where an id names a row. An id outside of the rows names none. */
function selection(ops: Operations, rows: number, ids: Value): Value {
  const each = ops.reshape(ops.indices(Int32Array.from({ length: rows }, (_, i) => i)), [rows, 1]);
  return ops.floatOf(ops.equal(each, ops.reshape(ids, [1, sizeOf(ids.shape)])));
}

/** The sums of an embedding's gradient: a matrix that selects each segment's rows, [segments, rows], times the rows. */
export function segmentSum(node: Node, rewriter: Rewriter): Value | undefined {
  const [x, ids] = [input(node, "x"), input(node, "segmentIds")];
  const ops = operationsOf(rewriter);
  const { numSegments: segments } = attributes<{ readonly numSegments: number }>(node);
  const rows = sizeOf(ids.shape);
  if (x.dtype !== "float32" || segments * rows * 4 > mostBytes) return undefined;
  const values = ops.reshape(x, [rows, sizeOf(x.shape) / rows]);
  const sums = ops.product(selection(ops, segments, ids), values);
  return ops.reshape(sums, [segments, ...x.shape.slice(ids.shape.length)]);
}

/**
 * Rows of a matrix replaced by others: a matrix that selects each row's replacement, [rows, replacements], times the
 * replacements, beside the rows that have none. No row is replaced twice.
 */
export function replacedRows(node: Node, rewriter: Rewriter): Value | undefined {
  const [tensor, indices, updates] = [input(node, "tensor"), input(node, "indices"), input(node, "updates")];
  const ops = operationsOf(rewriter);
  const [rows = 0, width = 0] = tensor.shape;
  const count = sizeOf(indices.shape);
  const isMatrix = tensor.shape.length === 2 && indices.shape.length === 2 && indices.shape[1] === 1;
  if (!isMatrix || tensor.dtype !== "float32" || rows * count * 4 > mostBytes) return undefined;
  const selected = selection(ops, rows, indices);
  const kept = ops.sub(ops.number(1), ops.sum(selected, [1], true)); // [rows, 1]
  return ops.add(ops.mul(tensor, kept), ops.product(selected, ops.reshape(updates, [count, width])));
}
