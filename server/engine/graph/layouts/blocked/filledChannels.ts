import { sizeOf } from "../../../../sizeOf.ts";
import type { Operations } from "../../compositions/operations.ts";
import type { Value } from "../../graph.ts";
import { BLOCK } from "./nchwc.ts";

/**
 * Channels come in whole blocks: an image of 24 is stored as one of 32. The padding channels have no effect, because filters
 * have zeros for them and outputs drop them; but they must be finite, as zero times infinity is NaN. So a convolution and a
 * vector put zeros there, and a kernel that could turn them into infinity, a logarithm or a quotient, works on images as tfjs
 * has them.
 */
export const filled = (channels: number): number => Math.ceil(channels / BLOCK) * BLOCK;

export const isFilled = (channels: number): boolean => channels % BLOCK === 0;

/**
 * Fewer channels than half a block are not worth padding: padded on both sides of a filter they cost more than another
 * lowering.
 */
export const fewestChannels = BLOCK / 2;

/** [.., C] → [.., filled(C)] */
export function fill(ops: Operations, tensor: Value, shape: readonly number[]): Value {
  const channels = shape.at(-1) as number;
  if (isFilled(channels)) return tensor;
  const around = shape.slice(1).map(() => [0, 0] as const);
  return ops.pad(tensor, [...around, [0, filled(channels) - channels]]);
}

/** [.., filled(C)] → [.., C]. @param shape of the result */
export function unfill(ops: Operations, tensor: Value, shape: readonly number[]): Value {
  const channels = shape.at(-1) as number;
  if (isFilled(channels)) return tensor;
  const rows = ops.reshape(tensor, [sizeOf(shape) / channels, filled(channels)]);
  const own = ops.slice(rows, [0, 0], [sizeOf(shape) / channels, channels]);
  return ops.reshape(own, shape);
}
