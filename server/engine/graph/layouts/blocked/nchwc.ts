import type { Operations } from "../../compositions/operations.ts";
import type { Value } from "../../graph.ts";
import {
  BLOCKED_CONVOLUTION,
  BLOCKED_POOL,
  FROM_BLOCKS,
  GLOBAL_AVERAGE,
  POSITIVE,
  TO_BLOCKS,
} from "../../kernels/runtimeKernels.ts";

/** The channels of a block: what the runtime's kernels take on processors with 512-bit vectors. */
export const BLOCK = 16;

/** [top, left, bottom, right] */
export type Pads = readonly [number, number, number, number];
type Pair = readonly [number, number];
type Shape4 = readonly [number, number, number, number];

interface Window {
  readonly kernel: Pair;
  readonly strides?: Pair;
  readonly dilations?: Pair;
  readonly pads?: Pads;
}

export interface ConvolutionNode extends Window {
  /** [B, C, H, W] in blocks of channels; row-major where C < 16. */
  readonly x: Value;
  /** [O, C / group, h, w] in blocks of O and, where the group has a block of them, of C / group. */
  readonly filter: Value;
  readonly bias?: Value | undefined; // [O]
  /** Added to the result: as large and blocked as it. */
  readonly sum?: Value | undefined;
  readonly relu?: boolean | undefined;
  readonly group?: number;
}

/**
 * ONNX Runtime's convolution on images in blocks of channels. The runtime makes such nodes of Conv when a filter is
 * constant; written into a model they take filters that are computed, too.
 */
export function blockedConv(ops: Operations, conv: ConvolutionNode): Value {
  const { x, filter, bias, sum, relu = false, ...window } = conv;
  const inputs = { x, filter, ...(bias && { bias }), ...(sum && { sum }) };
  const shape = [x.shape[0] as number, filter.shape[0] as number, ...sizeBehind(x, window)];
  return ops.as(BLOCKED_CONVOLUTION, inputs, { ...window, relu }, { shape, dtype: "float32" });
}

function sizeBehind(x: Value, { kernel, strides = [1, 1], dilations = [1, 1], pads }: Window): Pair {
  return ([0, 1] as const).map((axis) => {
    const padded = (x.shape[2 + axis] as number) + (pads?.[axis] ?? 0) + (pads?.[axis + 2] ?? 0);
    const extent = (kernel[axis] - 1) * dilations[axis] + 1;
    return Math.floor((padded - extent) / strides[axis]) + 1;
  }) as unknown as Pair;
}

/** [B, C, H, W] → the same in blocks; from [B, H, W, C] with `channelsLast`. */
export function toBlocks(
  ops: Operations,
  x: Value,
  { channelsLast }: { readonly channelsLast: boolean },
): Value {
  const [batch, a, b, c] = x.shape as Shape4;
  const [channels, height, width] = channelsLast ? [c, a, b] : [a, b, c];
  const shape = [batch, Math.ceil(channels / BLOCK) * BLOCK, height, width];
  return ops.as(TO_BLOCKS, { x }, { channelsLast }, { shape, dtype: "float32" });
}

/** An image in blocks → [B, H, W, C]. */
export function fromBlocks(ops: Operations, x: Value, channels: number): Value {
  const [batch, , height, width] = x.shape as Shape4;
  const shape = [batch, height, width, channels];
  return ops.as(FROM_BLOCKS, { x }, { channels }, { shape, dtype: "float32" });
}

/** [B, C, H, W] → [B, C, 1, 1]; with one position, blocks and rows are the same. */
export function globalAverage(ops: Operations, x: Value): Value {
  const [batch, channels] = x.shape as Shape4;
  return ops.as(GLOBAL_AVERAGE, { x }, {}, { shape: [batch, channels, 1, 1], dtype: "float32" });
}

/** Window pools; an average does not count the padding. */
export function blockedPool(ops: Operations, op: "MaxPool" | "AveragePool", x: Value, window: Window): Value {
  const shape = [...x.shape.slice(0, 2), ...sizeBehind(x, window)];
  return ops.as(BLOCKED_POOL, { x }, { op, ...window }, { shape, dtype: "float32" });
}

/** 1 where x > 0, 0 elsewhere, in one node. */
export const positive = (ops: Operations, x: Value): Value =>
  ops.as(POSITIVE, { x }, {}, { shape: x.shape, dtype: "float32" });
