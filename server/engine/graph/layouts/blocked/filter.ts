import type { OnnxGraph } from "../../onnx/builder.ts";
import { sizeOf } from "../../values.ts";
import { reshape } from "../image.ts";
import { BLOCK } from "./nchwc.ts";

/**
 * A filter [h, w, I, O] is held as [O / 16, h, w, I, 16]: the layout in which its gradient comes out. What the
 * convolutions take are transposes of it, tiny beside what they are multiplied with.
 */
export type FilterShape = readonly [height: number, width: number, inputs: number, outputs: number];

/** The outputs fill blocks, and the inputs either do so too or are fewer than a block, which the kernels take row-major. */
export const isBlockedFilter = ([, , inputs, outputs]: FilterShape): boolean =>
  outputs % BLOCK === 0 && (inputs % BLOCK === 0 || inputs < BLOCK);

export const heldFilter = ([height, width, inputs, outputs]: FilterShape): number[] => [
  outputs / BLOCK,
  height,
  width,
  inputs,
  BLOCK,
];

/** Physical index → logical index. */
export function filterOrder(shape: FilterShape): Int32Array {
  const [height, width, inputs, outputs] = shape;
  const rows = height * width * inputs;
  return Int32Array.from({ length: sizeOf(shape) }, (_, i) => {
    const block = Math.floor(i / (rows * BLOCK));
    const row = Math.floor(i / BLOCK) % rows;
    return row * outputs + block * BLOCK + (i % BLOCK);
  });
}

/** [h, w, I, O] → held */
export function holdFilter(graph: OnnxGraph, filter: string, shape: FilterShape): string {
  const rows = sizeOf(shape.slice(0, 3));
  const stacked = reshape(graph, filter, [rows, shape[3] / BLOCK, BLOCK]);
  return reshape(graph, graph.node("Transpose", [stacked], { perm: [1, 0, 2] }), heldFilter(shape));
}

/** held → [h, w, I, O] */
export function releaseFilter(graph: OnnxGraph, held: string, shape: FilterShape): string {
  const rows = sizeOf(shape.slice(0, 3));
  const stacked = reshape(graph, held, [shape[3] / BLOCK, rows, BLOCK]);
  return reshape(graph, graph.node("Transpose", [stacked], { perm: [1, 0, 2] }), shape);
}

/** held → [O / 16, I / 16, h, w, 16 of I, 16 of O] or, of fewer than 16 inputs, [O / 16, I, h, w, 16 of O]. */
export function forwardFilter(graph: OnnxGraph, held: string, shape: FilterShape): string {
  const [height, width, inputs, outputs] = shape;
  const onnxShape = [outputs, inputs, height, width];
  if (inputs < BLOCK)
    return reshape(graph, graph.node("Transpose", [held], { perm: [0, 3, 1, 2, 4] }), onnxShape);
  const blocks = reshape(graph, held, [outputs / BLOCK, height, width, inputs / BLOCK, BLOCK, BLOCK]);
  return reshape(
    graph,
    inputs === BLOCK ? blocks : graph.node("Transpose", [blocks], { perm: [0, 3, 1, 2, 4, 5] }),
    onnxShape,
  );
}

/**
 * Some taps of a filter, in some order, for the convolution of dy that gives dx: inputs and outputs change places,
 * [I / 16, O / 16, taps, 16 of O, 16 of I].
 */
export function backwardFilter(
  graph: OnnxGraph,
  held: string,
  shape: FilterShape,
  taps: { readonly rows: readonly number[]; readonly columns: readonly number[] },
): string {
  const [height, width, inputs, outputs] = shape;
  const wanted = taps.rows.flatMap((row) => taps.columns.map((column) => row * width + column));
  const stacked = reshape(graph, held, [outputs / BLOCK, height * width, inputs / BLOCK, BLOCK, BLOCK]);
  const taken = graph.node("Gather", [stacked, graph.int64(wanted)], { axis: 1 });
  const turned = graph.node("Transpose", [taken], { perm: [2, 0, 1, 4, 3] });
  return reshape(graph, turned, [inputs, outputs, taps.rows.length, taps.columns.length]);
}
