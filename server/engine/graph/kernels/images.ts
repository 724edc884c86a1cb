import type { Value } from "../graph.ts";
import type { Operand } from "../graphBuilder.ts";
import type { OnnxGraph } from "../onnx/onnxGraph.ts";

/**
 * How an image value is laid out: tfjs's kernels have [batch, height, width, channels]; the pass channels-first rewrites
 * them to ONNX's own [batch, channels, height, width] where that saves transposes.
 */
export type ImageAttributes = {
  readonly dataFormat?: "NHWC" | "NCHW";
};

/** The shape an image would have in NHWC. */
function channelsLastShape(shape: readonly number[], { dataFormat }: ImageAttributes): readonly number[] {
  if (dataFormat !== "NCHW") return shape;
  const [batch, channels, height, width] = shape as [number, number, number, number];
  return [batch, height, width, channels];
}

/** The shape of an NHWC image as the kernel has it. */
export function laidOutShape(shape: readonly number[], { dataFormat }: ImageAttributes): readonly number[] {
  if (dataFormat !== "NCHW") return shape;
  const [batch, height, width, channels] = shape as [number, number, number, number];
  return [batch, channels, height, width];
}

/** An image operand as ONNX's convolutions and pools take it: [batch, channels, height, width]. */
export function toChannelsFirst(graph: OnnxGraph, image: Operand, { dataFormat }: ImageAttributes): string {
  return dataFormat === "NCHW" ? graph.name(image) : graph.node("Transpose", [image], { perm: [0, 3, 1, 2] });
}

/** A result of ONNX's convolutions and pools as the kernel has it. */
export function fromChannelsFirst(graph: OnnxGraph, image: string, { dataFormat }: ImageAttributes): string {
  return dataFormat === "NCHW" ? image : graph.node("Transpose", [image], { perm: [0, 2, 3, 1] });
}

export function imageShape(image: Value, attrs: ImageAttributes): readonly number[] {
  return channelsLastShape(image.shape, attrs);
}
