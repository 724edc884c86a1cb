import type { Operations } from "../../compositions/operations.ts";
import type { Value } from "../../graph.ts";
import type { ImageSize } from "./combination.ts";
import { BLOCK } from "./nchwc.ts";

type Pair = readonly [number, number];

/**
 * Joins images whose positions are `steps` apart in the whole: part (r, c), the parts row by row, has the positions
 * (steps[0]·i + r, steps[1]·j + c). An absent part is zero. Positions outside of the whole are cut off, and positions that no
 * part covers are zero.
 */
export function interleave(
  ops: Operations,
  tensors: readonly (Value | undefined)[],
  { steps, parts, size }: { readonly steps: Pair; readonly parts: Pair; readonly size: ImageSize },
): Value {
  const { batch, channels, height, width } = size;
  const [down, across] = steps;
  const [rows, columns] = parts;
  const images = (batch * channels) / BLOCK;
  const zero = (): Value => ops.filled([batch, channels, rows, columns], 0);
  const given = tensors.map((tensor) => tensor ?? zero());
  // Runs of one block side by side make rows, and rows one below the other make images.
  const lines = Array.from({ length: down }, (_, row) =>
    concatenate(ops, given.slice(row * across, (row + 1) * across), [images * rows * columns, 1, BLOCK]),
  );
  const whole = concatenate(ops, lines, [images * rows, 1, columns * across * BLOCK]);
  const reached = [rows * down, columns * across] as const;
  const fitted = fit(ops, whole, { images, reached, wanted: [height, width] });
  return ops.reshape(fitted, [batch, channels, height, width]);
}

function concatenate(ops: Operations, tensors: readonly Value[], shape: readonly number[]): Value {
  if (tensors.length === 1) return tensors[0] as Value;
  const stacked = tensors.map((tensor) => ops.reshape(tensor, shape));
  return ops.concat(stacked, 1);
}

function fit(
  ops: Operations,
  whole: Value,
  { images, reached, wanted }: { readonly images: number; readonly reached: Pair; readonly wanted: Pair },
): Value {
  const missing = wanted.map((size, axis) => Math.max(0, size - (reached[axis] as number)));
  const tooMuch = wanted.some((size, axis) => size < (reached[axis] as number));
  if (!tooMuch && missing.every((size) => size === 0)) return whole;
  let fitted = ops.reshape(whole, [images, ...reached, BLOCK]);
  if (tooMuch) {
    const ends = wanted.map((size, axis) => Math.min(size, reached[axis] as number));
    fitted = ops.slice(fitted, [0, 0, 0, 0], [images, ...ends, BLOCK]);
  }
  if (missing.every((size) => size === 0)) return fitted;
  return ops.pad(fitted, [[0, 0], ...missing.map((size) => [0, size] as const), [0, 0]]);
}
