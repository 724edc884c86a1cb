import type { OnnxGraph } from "../../onnx/builder.ts";
import { sizeOf } from "../../values.ts";
import { reshape } from "../image.ts";
import { BLOCK } from "./nchwc.ts";

/**
 * Channels come in whole blocks: an image of 24 is held as one of 32. Channels that fill a block up are zero in every image
 * and vector that is held, so that sums over channels need not know of them; a kernel that makes something else of zero works
 * on images as tfjs has them.
 */
export const filled = (channels: number): number => Math.ceil(channels / BLOCK) * BLOCK;

export const isFilled = (channels: number): boolean => channels % BLOCK === 0;

/**
 * Fewer channels than half a block are not worth it: filled up on both sides of a filter they cost more products than other
 * forms take time for one.
 */
export const fewestChannels = BLOCK / 2;

/** [.., C] → [.., filled(C)] */
export function fill(graph: OnnxGraph, tensor: string, shape: readonly number[]): string {
  const channels = shape.at(-1) as number;
  if (isFilled(channels)) return tensor;
  const before = shape.map(() => 0);
  return graph.node("Pad", [
    tensor,
    graph.int64([...before, ...before.slice(1), filled(channels) - channels]),
  ]);
}

/** [.., filled(C)] → [.., C]. @param shape of the result */
export function unfill(graph: OnnxGraph, tensor: string, shape: readonly number[]): string {
  const channels = shape.at(-1) as number;
  if (isFilled(channels)) return tensor;
  const rows = reshape(graph, tensor, [sizeOf(shape) / channels, filled(channels)]);
  const own = graph.node("Slice", [rows, graph.int64([0]), graph.int64([channels]), graph.int64([1])]);
  return reshape(graph, own, shape);
}
