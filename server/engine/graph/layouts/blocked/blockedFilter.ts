import { sizeOf } from "../../../../sizeOf.ts";
import type { Operations } from "../../compositions/operations.ts";
import type { Value } from "../../graph.ts";
import { fill, filled, isFilled, unfill } from "./filledChannels.ts";
import { BLOCK } from "./nchwc.ts";

/**
 * A filter [h, w, I, O] is laid out as [O / 16, h, w, I, 16], O filled up to whole blocks: the layout in which its gradient
 * comes out. Convolutions read transposes of it, which are tiny beside the images.
 */
export type FilterShape = readonly [height: number, width: number, inputs: number, outputs: number];

export const blockedFilterShape = ([height, width, inputs, outputs]: FilterShape): number[] => [
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

/** [h, w, I, O] → blocked */
export function toBlockedFilter(ops: Operations, filter: Value, shape: FilterShape): Value {
  const rows = sizeOf(shape.slice(0, 3));
  const all = fill(ops, filter, shape);
  const stacked = ops.reshape(all, [rows, filled(shape[3]) / BLOCK, BLOCK]);
  return ops.reshape(ops.transpose(stacked, [1, 0, 2]), blockedFilterShape(shape));
}

/** blocked → blocked, each output times its factor. @param factor [O], filled up */
export function outputsScaled(ops: Operations, blocked: Value, factor: Value, shape: FilterShape): Value {
  const [blocks] = blockedFilterShape(shape) as [number];
  return ops.mul(blocked, ops.reshape(factor, [blocks, 1, 1, 1, BLOCK]));
}

/** blocked → [h, w, I, O] */
export function fromBlockedFilter(ops: Operations, blocked: Value, shape: FilterShape): Value {
  const rows = sizeOf(shape.slice(0, 3));
  const stacked = ops.reshape(blocked, [filled(shape[3]) / BLOCK, rows, BLOCK]);
  const turned = ops.transpose(stacked, [1, 0, 2]);
  return isFilled(shape[3]) ? ops.reshape(turned, shape) : unfill(ops, turned, shape);
}

/** For an image in blocks: blocked → [O / 16, I / 16, h, w, 16 of I, 16 of O]. */
export function forwardFilter(ops: Operations, blocked: Value, shape: FilterShape): Value {
  const [height, width, , outputs] = shape;
  const inputs = filled(shape[2]);
  const blocks = ops.reshape(inputsFilled(ops, blocked, shape), [
    filled(outputs) / BLOCK,
    height,
    width,
    inputs / BLOCK,
    BLOCK,
    BLOCK,
  ]);
  return ops.reshape(inputs === BLOCK ? blocks : ops.transpose(blocks, [0, 3, 1, 2, 4, 5]), [
    filled(outputs),
    inputs,
    height,
    width,
  ]);
}

/** For an image [B, I, H, W] of fewer channels than a block: blocked → [O / 16, I, h, w, 16 of O]. */
export function rowMajorFilter(ops: Operations, blocked: Value, shape: FilterShape): Value {
  const [height, width, inputs, outputs] = shape;
  const turned = ops.transpose(blocked, [0, 3, 1, 2, 4]);
  return ops.reshape(turned, [filled(outputs), inputs, height, width]);
}

/**
 * Some taps of a filter, in some order, for the convolution of dy that gives dx: inputs and outputs change places,
 * [I / 16, O / 16, taps, 16 of O, 16 of I]. The runtime turns one large matrix, and gathers its rows, in a tenth of the time
 * that it takes to turn as many blocks.
 */
export function backwardFilter(
  ops: Operations,
  blocked: Value,
  shape: FilterShape,
  taps: { readonly rows: readonly number[]; readonly columns: readonly number[] },
): Value {
  const [height, width] = shape;
  const [inputs, outputs] = [filled(shape[2]), filled(shape[3])];
  const wanted = taps.rows.flatMap((row) => taps.columns.map((column) => row * width + column));
  const [inputBlocks, outputBlocks] = [inputs / BLOCK, outputs / BLOCK];
  const all = ops.reshape(inputsFilled(ops, blocked, shape), [outputBlocks * height * width * inputs, BLOCK]);
  // Rows of 16 inputs: by output in its block, block of outputs, tap, block of inputs.
  const rows = ops.reshape(ops.transpose(all, [1, 0]), [outputs * height * width * inputBlocks, BLOCK]);
  const order = Int32Array.from({ length: inputBlocks * outputs * wanted.length }, (_, i) => {
    const output = i % BLOCK;
    const tap = wanted[Math.floor(i / BLOCK) % wanted.length] as number;
    const outputBlock = Math.floor(i / (BLOCK * wanted.length)) % outputBlocks;
    const inputBlock = Math.floor(i / (outputs * wanted.length));
    return ((output * outputBlocks + outputBlock) * height * width + tap) * inputBlocks + inputBlock;
  });
  return ops.reshape(ops.gather(rows, order, 0), [inputs, outputs, taps.rows.length, taps.columns.length]);
}

/** blocked → [O / 16, h, w, filled(I), 16] */
function inputsFilled(ops: Operations, blocked: Value, shape: FilterShape): Value {
  const inputs = shape[2];
  if (isFilled(inputs)) return blocked;
  return ops.pad(blocked, [
    [0, 0],
    [0, 0],
    [0, 0],
    [0, filled(inputs) - inputs],
    [0, 0],
  ]);
}
