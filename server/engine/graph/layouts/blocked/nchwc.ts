import type { OnnxGraph } from "../../onnx/builder.ts";

/** The channels of a block: what the runtime's kernels take on processors with 512-bit vectors. */
export const BLOCK = 16;

const domain = { name: "com.microsoft.nchwc", version: 1 };

const node = (
  graph: OnnxGraph,
  op: string,
  inputs: readonly (string | undefined)[],
  attrs: Parameters<OnnxGraph["nodes"]>[2] = {},
): string => graph.nodes(op, inputs, attrs, 1, domain)[0] as string;

/** [top, left, bottom, right] */
export type Pads = readonly [number, number, number, number];
type Pair = readonly [number, number];

export interface ConvolutionNode {
  /** [B, C, H, W] in blocks of channels; row-major where C < 16. */
  readonly x: string;
  /** [O, C / group, h, w] in blocks of O and, where the group has a block of them, of C / group. */
  readonly filter: string;
  readonly bias?: string | undefined; // [O]
  /** Added to the result: as large and blocked as it. */
  readonly sum?: string | undefined;
  readonly relu?: boolean | undefined;
  readonly group?: number;
  readonly kernel: Pair;
  readonly strides?: Pair;
  readonly dilations?: Pair;
  readonly pads?: Pads;
}

/**
 * ONNX Runtime's convolution on images in blocks of channels. The runtime makes such nodes of Conv when a filter is
 * constant; written into a model they take filters that are computed, too.
 */
export function blockedConv(graph: OnnxGraph, conv: ConvolutionNode): string {
  const { x, filter, bias, sum, relu, kernel, ...window } = conv;
  const inputs = [x, filter, ...(bias === undefined && sum === undefined ? [] : [bias])];
  return node(graph, "Conv", sum === undefined ? inputs : [...inputs, sum], {
    kernel_shape: kernel,
    ...(window.group === undefined ? {} : { group: window.group }),
    ...(window.strides === undefined ? {} : { strides: window.strides }),
    ...(window.dilations === undefined ? {} : { dilations: window.dilations }),
    ...(window.pads === undefined ? {} : { pads: window.pads }),
    ...(relu ? { activation: "Relu" } : {}),
  });
}

/** [B, C, H, W] → the same in blocks; from [B, H, W, C] with `channelsLast`. */
export const toBlocks = (graph: OnnxGraph, x: string, { channelsLast }: { channelsLast: boolean }): string =>
  node(graph, "ReorderInput", [x], channelsLast ? { channels_last: 1 } : {});

/** An image in blocks → [B, H, W, C]. */
export const fromBlocks = (graph: OnnxGraph, x: string, channels: number): string =>
  node(graph, "ReorderOutput", [x], { channels, channels_last: 1 });

/** [B, C, H, W] → [B, C, 1, 1]; with one position, blocks and rows are the same. */
export const globalAverage = (graph: OnnxGraph, x: string): string => node(graph, "GlobalAveragePool", [x]);

/** Window pools; an average does not count the padding. */
export const blockedPool = (
  graph: OnnxGraph,
  op: "MaxPool" | "AveragePool",
  x: string,
  window: { readonly kernel: Pair; readonly strides: Pair; readonly pads: Pads },
): string =>
  node(graph, op, [x], { kernel_shape: window.kernel, strides: window.strides, pads: window.pads });
