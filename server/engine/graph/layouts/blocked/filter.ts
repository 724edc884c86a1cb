import type { OnnxGraph } from "../../onnx/builder.ts";
import { reshape } from "../../onnx/reshape.ts";
import { sizeOf } from "../../values.ts";
import { fill, filled, isFilled, unfill } from "./filled.ts";
import { BLOCK } from "./nchwc.ts";

/**
 * A filter [h, w, I, O] is held as [O / 16, h, w, I, 16], O filled up to whole blocks: the layout in which its gradient
 * comes out. What the convolutions take are transposes of it, tiny beside what they are multiplied with.
 */
export type FilterShape = readonly [height: number, width: number, inputs: number, outputs: number];

export const heldFilter = ([height, width, inputs, outputs]: FilterShape): number[] => [
  filled(outputs) / BLOCK,
  height,
  width,
  inputs,
  BLOCK,
];

/** Physical index → logical index, of outputs that fill blocks. */
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
  const all = fill(graph, filter, shape);
  const stacked = reshape(graph, all, [rows, filled(shape[3]) / BLOCK, BLOCK]);
  return reshape(graph, graph.node("Transpose", [stacked], { perm: [1, 0, 2] }), heldFilter(shape));
}

/** held → held, each output times its factor. @param factor [O], filled up */
export function outputsScaled(graph: OnnxGraph, held: string, factor: string, shape: FilterShape): string {
  const [blocks] = heldFilter(shape) as [number];
  return graph.node("Mul", [held, reshape(graph, factor, [blocks, 1, 1, 1, BLOCK])]);
}

/** held → [h, w, I, O] */
export function releaseFilter(graph: OnnxGraph, held: string, shape: FilterShape): string {
  const rows = sizeOf(shape.slice(0, 3));
  const stacked = reshape(graph, held, [filled(shape[3]) / BLOCK, rows, BLOCK]);
  const turned = graph.node("Transpose", [stacked], { perm: [1, 0, 2] });
  return isFilled(shape[3]) ? reshape(graph, turned, shape) : unfill(graph, turned, shape);
}

/** For an image in blocks: held → [O / 16, I / 16, h, w, 16 of I, 16 of O]. */
export function forwardFilter(graph: OnnxGraph, held: string, shape: FilterShape): string {
  const [height, width, , outputs] = shape;
  const inputs = filled(shape[2]);
  const blocks = reshape(graph, inputsFilled(graph, held, shape), [
    filled(outputs) / BLOCK,
    height,
    width,
    inputs / BLOCK,
    BLOCK,
    BLOCK,
  ]);
  return reshape(
    graph,
    inputs === BLOCK ? blocks : graph.node("Transpose", [blocks], { perm: [0, 3, 1, 2, 4, 5] }),
    [filled(outputs), inputs, height, width],
  );
}

/** For an image [B, I, H, W] of fewer channels than a block: held → [O / 16, I, h, w, 16 of O]. */
export function rowMajorFilter(graph: OnnxGraph, held: string, shape: FilterShape): string {
  const [height, width, inputs, outputs] = shape;
  const turned = graph.node("Transpose", [held], { perm: [0, 3, 1, 2, 4] });
  return reshape(graph, turned, [filled(outputs), inputs, height, width]);
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
  const [height, width] = shape;
  const [inputs, outputs] = [filled(shape[2]), filled(shape[3])];
  const wanted = taps.rows.flatMap((row) => taps.columns.map((column) => row * width + column));
  const blocks = [outputs / BLOCK, height * width, inputs / BLOCK, BLOCK, BLOCK];
  const stacked = reshape(graph, inputsFilled(graph, held, shape), blocks);
  const taken = graph.node("Gather", [stacked, graph.int64(wanted)], { axis: 1 });
  const turned = graph.node("Transpose", [taken], { perm: [2, 0, 1, 4, 3] });
  return reshape(graph, turned, [inputs, outputs, taps.rows.length, taps.columns.length]);
}

/** held → [O / 16, h, w, filled(I), 16] */
function inputsFilled(graph: OnnxGraph, held: string, shape: FilterShape): string {
  const inputs = shape[2];
  if (isFilled(inputs)) return held;
  return graph.node("Pad", [held, graph.int64([0, 0, 0, 0, 0, 0, 0, 0, filled(inputs) - inputs, 0])]);
}
