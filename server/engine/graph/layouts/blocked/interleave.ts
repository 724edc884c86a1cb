import type { OnnxGraph } from "../../onnx/builder.ts";
import { reshape } from "../../onnx/reshape.ts";
import type { ImageSize } from "./combination.ts";
import { BLOCK } from "./nchwc.ts";

type Pair = readonly [number, number];

/**
 * Joins images whose positions lie `steps` apart in the whole: part (r, c), the parts row by row, has the positions
 * (steps[0]·i + r, steps[1]·j + c). A part that is absent is zero. What lies outside of the whole is cut off, and zeros
 * stand where the parts do not reach.
 */
export function interleave(
  graph: OnnxGraph,
  tensors: readonly (string | undefined)[],
  { steps, parts, size }: { readonly steps: Pair; readonly parts: Pair; readonly size: ImageSize },
): string {
  const { batch, channels, height, width } = size;
  const [down, across] = steps;
  const [rows, columns] = parts;
  const images = (batch * channels) / BLOCK;
  const zero = (): string =>
    graph.node("Expand", [graph.float32(0), graph.int64([batch, channels, rows, columns])]);
  const given = tensors.map((tensor) => tensor ?? zero());
  // Runs of one block side by side make rows, and rows one below the other make images.
  const lines = Array.from({ length: down }, (_, row) =>
    concatenate(graph, given.slice(row * across, (row + 1) * across), [images * rows * columns, 1, BLOCK]),
  );
  const whole = concatenate(graph, lines, [images * rows, 1, columns * across * BLOCK]);
  const reached = [rows * down, columns * across] as const;
  const fitted = fit(graph, whole, { images, reached, wanted: [height, width] });
  return reshape(graph, fitted, [batch, channels, height, width]);
}

function concatenate(graph: OnnxGraph, tensors: readonly string[], shape: readonly number[]): string {
  if (tensors.length === 1) return tensors[0] as string;
  const stacked = tensors.map((tensor) => reshape(graph, tensor, shape));
  return graph.node("Concat", stacked, { axis: 1 });
}

function fit(
  graph: OnnxGraph,
  whole: string,
  { images, reached, wanted }: { readonly images: number; readonly reached: Pair; readonly wanted: Pair },
): string {
  const missing = wanted.map((size, axis) => Math.max(0, size - (reached[axis] as number)));
  const tooMuch = wanted.some((size, axis) => size < (reached[axis] as number));
  if (!tooMuch && missing.every((size) => size === 0)) return whole;
  let fitted = reshape(graph, whole, [images, ...reached, BLOCK]);
  if (tooMuch) {
    const ends = wanted.map((size, axis) => Math.min(size, reached[axis] as number));
    fitted = graph.node("Slice", [fitted, graph.int64([0, 0]), graph.int64(ends), graph.int64([1, 2])]);
  }
  if (missing.every((size) => size === 0)) return fitted;
  return graph.node("Pad", [fitted, graph.int64([0, 0, 0, 0, 0, ...missing, 0])]);
}
