import type { Value } from "../graph.ts";
import type { Operand } from "../graphBuilder.ts";
import type { Kernel, KernelTable } from "../kernel.ts";
import type { OnnxGraph } from "../onnx/onnxGraph.ts";
import { product } from "../tensorflow/product.ts";
import { windowAttributes } from "../tensorflow/windows.ts";
import { convGeometry, type Geometry, onnxPads, readPositions, type WindowAttributes } from "./geometry.ts";
import {
  fromChannelsFirst,
  type ImageAttributes,
  imageShape,
  laidOutShape,
  toChannelsFirst,
} from "./images.ts";
import { reverse } from "./slicing.ts";

type ConvAttributes = WindowAttributes & ImageAttributes;

/**
 * Convolutions and their gradients. A filter is [height, width, in, out] (HWIO) as tfjs holds it; ONNX wants OIHW.
 * `inputShape` is NHWC in tfjs's attributes, whatever the layout.
 */
export const convolution: KernelTable = {
  Conv2D: {
    shape: ({ x, filter }, attrs) => {
      const { batch, outSize, outChannels } = convGeometry(imageShape(x, attrs), filter.shape, attrs);
      return laidOutShape([batch, ...outSize, outChannels], attrs);
    },
    onnx: (graph, { x, filter }, attrs) => {
      const geometry = convGeometry(imageShape(x, attrs), filter.shape, attrs);
      const weights = graph.node("Transpose", [filter], { perm: [3, 2, 0, 1] });
      const y = graph.node("Conv", [toChannelsFirst(graph, x, attrs), weights], windowOf(geometry));
      return fromChannelsFirst(graph, y, attrs);
    },
    tensorflow: (graph, { x, filter }, attrs) =>
      product(
        graph,
        "Conv2D",
        [x, filter],
        windowAttributes(convGeometry(x.shape, filter.shape, attrs), attrs),
      ),
  } satisfies Kernel<{ x: Value; filter: Value }, ConvAttributes>,

  Conv2DBackpropInput: {
    shape: (_, attrs) => laidOutShape(attrs.inputShape, attrs),
    onnx: (graph, { dy, filter }, attrs) => {
      const geometry = convGeometry(attrs.inputShape, filter.shape, attrs);
      const gradient = toChannelsFirst(graph, dy, attrs);
      const inOut = graph.node("Transpose", [filter], { perm: [2, 3, 0, 1] }); // [in, out, height, width]
      const dx = inputGradient(graph, gradient, geometry, {
        filter: inOut,
        transposed: () => graph.node("Transpose", [inOut], { perm: [1, 0, 2, 3] }),
      });
      return fromChannelsFirst(graph, dx, attrs);
    },
    tensorflow: (graph, { dy, filter }, attrs) => {
      const window = windowAttributes(convGeometry(attrs.inputShape, filter.shape, attrs), attrs);
      return product(graph, "Conv2DBackpropInput", [{ sizes: attrs.inputShape }, filter, dy], window);
    },
  } satisfies Kernel<{ dy: Value; filter: Value }, ConvAttributes & { inputShape: readonly number[] }>,

  // dW[t, i, o] = Σ over batch and output positions p of x[read(p, t), i] dy[p, o]: one matrix product of the gathered
  // windows. It works on NHWC, where a position is a run of channels.
  Conv2DBackpropFilter: {
    shape: (_, { filterShape }) => filterShape,
    onnx: (graph, { x, dy }, attrs) => {
      const geometry = convGeometry(x.shape, attrs.filterShape, attrs);
      const sums = windowProducts(graph, x, dy, geometry);
      return graph.node("Reshape", [sums, graph.int64(attrs.filterShape)]);
    },
    tensorflow: (graph, { x, dy }, attrs) => {
      const window = windowAttributes(convGeometry(x.shape, attrs.filterShape, attrs), attrs);
      return product(graph, "Conv2DBackpropFilter", [x, { sizes: attrs.filterShape }, dy], window);
    },
  } satisfies Kernel<{ x: Value; dy: Value }, WindowAttributes & { filterShape: readonly number[] }>,
};

export function windowOf(geometry: Geometry) {
  const { kernel, strides, dilations } = geometry;
  return { kernel_shape: kernel, strides, dilations, pads: onnxPads(geometry) };
}

/** Rows and columns at the end of the image that no window reads; their gradient is zero. */
export function unread({ after }: Geometry): number[] {
  return after.map((size) => Math.max(-size, 0));
}

/**
 * The gradient with respect to the input, channels first. With stride 1 it is a convolution of dy with the flipped filter,
 * padded by what is left of the filter's extent: extent - 1 - before, and so that the result has the input's size.
 * ONNX Runtime runs that about twice as fast as ConvTranspose.
 * @param filter.filter [in, out of a group, height, width]
 * @param filter.transposed as ConvTranspose takes it
 */
export function inputGradient(
  graph: OnnxGraph,
  dy: string,
  geometry: Geometry,
  {
    filter,
    transposed,
    group,
  }: { readonly filter: string; readonly transposed: () => string; readonly group?: number },
): string {
  const window = flippedWindow(geometry);
  const grouped = group === undefined ? {} : { group };
  if (window) return graph.node("Conv", [dy, reverse(graph, filter, [2, 3])], { ...window, ...grouped });
  const attributes = { ...windowOf(geometry), output_padding: unread(geometry), ...grouped };
  return graph.node("ConvTranspose", [dy, transposed()], attributes);
}

/** Undefined where some stride is not 1, or the filter's padding is larger than its reach. */
function flippedWindow({ kernel, strides, dilations, before, after }: Geometry) {
  const axes = [0, 1] as const;
  const reach = axes.map((axis) => (kernel[axis] - 1) * dilations[axis]);
  const pads = [before, after].flatMap((side) => axes.map((axis) => (reach[axis] as number) - side[axis]));
  if (strides.some((stride) => stride !== 1) || pads.some((size) => size < 0)) return undefined;
  return { kernel_shape: kernel, strides, dilations, pads };
}

/** Gathered windows take kernel-area times the memory of the image; this many bytes of them are made at a time. */
const windowBytes = 32 * 2 ** 20;

/** Σ over batch and positions of window ⊗ dy: [kernel area · in, out]. */
function windowProducts(graph: OnnxGraph, x: Value, dy: Value, geometry: Geometry): string {
  const { batch, inSize, inChannels, outSize, outChannels, kernel } = geometry;
  const positions = inSize[0] * inSize[1];
  const reads = readPositions(geometry, positions);
  const padded = reads.includes(positions);
  const identity = reads.length === positions && reads.every((read, i) => read === i);
  const width = kernel[0] * kernel[1] * inChannels;
  const outPositions = outSize[0] * outSize[1];
  const samples = Math.max(1, Math.floor(windowBytes / (outPositions * width * 4)));

  const rows = graph.node("Reshape", [x, graph.int64([batch, positions, inChannels])]);
  const gradients = graph.node("Reshape", [dy, graph.int64([batch, outPositions, outChannels])]);
  let sum: string | undefined;
  for (let from = 0; from < batch; from += samples) {
    const count = Math.min(samples, batch - from);
    const chunk = (tensor: Operand) =>
      count === batch ? graph.name(tensor) : takeSamples(graph, tensor, from, count);
    const image = padded ? appendZeros(graph, chunk(rows), count, inChannels) : chunk(rows);
    const windows = identity ? image : graph.node("Gather", [image, graph.int64(reads)], { axis: 1 });
    const flat = graph.node("Reshape", [windows, graph.int64([count * outPositions, width])]);
    const flatGradients = graph.node("Reshape", [
      chunk(gradients),
      graph.int64([count * outPositions, outChannels]),
    ]);
    sum = graph.node("Gemm", sum === undefined ? [flat, flatGradients] : [flat, flatGradients, sum], {
      transA: 1,
    });
  }
  return sum as string;
}

function takeSamples(graph: OnnxGraph, x: Operand, from: number, count: number): string {
  return graph.node("Slice", [x, ...[[from], [from + count], [0]].map((list) => graph.int64(list))]);
}

/** A position of zeros behind the image's own, which padding reads. */
function appendZeros(graph: OnnxGraph, rows: string, batch: number, channels: number): string {
  const zeros = graph.node("Expand", [graph.float32(0), graph.int64([batch, 1, channels])]);
  return graph.node("Concat", [rows, zeros], { axis: 1 });
}
