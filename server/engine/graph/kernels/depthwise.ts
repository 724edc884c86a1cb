import type { Value } from "../graph.ts";
import type { Operand } from "../graphBuilder.ts";
import type { Kernel, KernelTable } from "../kernel.ts";
import type { OnnxGraph } from "../onnx/onnxGraph.ts";
import { product } from "../tensorflow/product.ts";
import type { TensorflowAttribute, TensorflowGraph } from "../tensorflow/tensorflowGraph.ts";
import { spread, windowAttributes } from "../tensorflow/windows.ts";
import { inputGradient, unread, windowOf } from "./convolution.ts";
import { convGeometry, type Geometry, type WindowAttributes } from "./geometry.ts";
import {
  fromChannelsFirst,
  type ImageAttributes,
  imageShape,
  laidOutShape,
  toChannelsFirst,
} from "./images.ts";
import { pad } from "./slicing.ts";

type DepthwiseAttributes = WindowAttributes & ImageAttributes;

/** Convolutions of each channel on its own. A filter is [height, width, channels, multiplier]. */
export const depthwise: KernelTable = {
  DepthwiseConv2dNative: {
    shape: ({ x, filter }, attrs) => {
      const { batch, outSize, outChannels } = geometryOf(imageShape(x, attrs), filter.shape, attrs);
      return laidOutShape([batch, ...outSize, outChannels], attrs);
    },
    onnx: (graph, { x, filter }, attrs) => {
      const geometry = geometryOf(imageShape(x, attrs), filter.shape, attrs);
      const weights = grouped(graph, filter);
      const window = { ...windowOf(geometry), group: geometry.inChannels };
      return fromChannelsFirst(
        graph,
        graph.node("Conv", [toChannelsFirst(graph, x, attrs), weights], window),
        attrs,
      );
    },
    tensorflow: (graph, { x, filter }, attrs) => {
      const geometry = geometryOf(x.shape, filter.shape, attrs);
      const { window: around, skipped } = undilated(geometry, attrs);
      const { image, window } = framed(graph, x, around);
      const y = product(graph, "DepthwiseConv2dNative", [image, dilated(graph, filter, geometry)], window);
      return skipped ? everyNth(graph, y, skipped) : y;
    },
  } satisfies Kernel<{ x: Value; filter: Value }, DepthwiseAttributes>,

  DepthwiseConv2dNativeBackpropInput: {
    shape: (_, attrs) => laidOutShape(attrs.inputShape, attrs),
    onnx: (graph, { dy, filter }, attrs) => {
      const geometry = geometryOf(attrs.inputShape, filter.shape, attrs);
      const gradient = toChannelsFirst(graph, dy, attrs);
      const first = channelsFirst(graph, filter);
      const dx = inputGradient(graph, gradient, geometry, {
        filter: first,
        transposed: () => grouped(graph, filter, first),
        group: geometry.inChannels,
      });
      return fromChannelsFirst(graph, dx, attrs);
    },
    tensorflow: (graph, { dy, filter }, attrs) => {
      const { window, skipped } = undilated(geometryOf(attrs.inputShape, filter.shape, attrs), attrs);
      const gradient = spreadGradient(graph, dy, skipped);
      return product(
        graph,
        "DepthwiseConv2dNativeBackpropInput",
        [{ sizes: attrs.inputShape }, filter, gradient],
        window,
      );
    },
  } satisfies Kernel<{ dy: Value; filter: Value }, DepthwiseAttributes & { inputShape: readonly number[] }>,

  // dW[t, c, m] = Σ over batch and output positions p of x[read(p, t), c] dy[p, c, m], one product a window offset t.
  DepthwiseConv2dNativeBackpropFilter: {
    shape: (_, { filterShape }) => filterShape,
    onnx: (graph, { x, dy }, attrs) => {
      const geometry = geometryOf(x.shape, attrs.filterShape, attrs);
      const { batch, outSize, inChannels, outChannels } = geometry;
      const split = [batch, ...outSize, inChannels, outChannels / inChannels];
      const gradients = graph.node("Reshape", [dy, graph.int64(split)]);
      const sums = windows(graph, x, geometry).map((window) => {
        const column = graph.node("Reshape", [window, graph.int64(split.with(-1, 1))]);
        const products = graph.node("Mul", [column, gradients]);
        return graph.node("ReduceSum", [products, graph.int64([0, 1, 2])], { keepdims: 0 }); // [channels, multiplier]
      });
      const joined = graph.node("Concat", sums, { axis: 0 });
      return graph.node("Reshape", [joined, graph.int64(attrs.filterShape)]);
    },
    tensorflow: (graph, { x, dy }, attrs) => {
      const { window, skipped } = undilated(geometryOf(x.shape, attrs.filterShape, attrs), attrs);
      const gradient = spreadGradient(graph, dy, skipped);
      return product(
        graph,
        "DepthwiseConv2dNativeBackpropFilter",
        [x, { sizes: attrs.filterShape }, gradient],
        window,
      );
    },
  } satisfies Kernel<{ x: Value; dy: Value }, WindowAttributes & { filterShape: readonly number[] }>,
};

function geometryOf(x: readonly number[], filter: readonly number[], attrs: WindowAttributes): Geometry {
  return convGeometry(x, filter, attrs, { depthwise: true });
}

/** [height, width, channels, multiplier] → [channels, multiplier, height, width] */
function channelsFirst(graph: OnnxGraph, filter: Value): string {
  return graph.node("Transpose", [filter], { perm: [2, 3, 0, 1] });
}

/** [channels · multiplier, 1, height, width] */
function grouped(graph: OnnxGraph, filter: Value, first = channelsFirst(graph, filter)): string {
  const [height, width, channels, multiplier] = filter.shape as [number, number, number, number];
  const shape = graph.int64([channels * multiplier, 1, height, width]);
  return graph.node("Reshape", [first, shape]);
}

/** For each offset in the window, what all output positions read there: [batch, out height, out width, channels]. */
function windows(graph: OnnxGraph, x: Operand, geometry: Geometry): string[] {
  const { before, after, kernel, dilations, strides, outSize } = geometry;
  const around = ([0, 1] as const).map((axis) => [before[axis], Math.max(after[axis], 0)] as const);
  const padded = pad(graph, x, [[0, 0], ...around, [0, 0]], graph.float32(0));
  const offsets = Array.from(
    { length: kernel[0] * kernel[1] },
    (_, t) => [Math.floor(t / kernel[1]), t % kernel[1]] as const,
  );
  return offsets.map((offset) => {
    const begin = ([0, 1] as const).map((axis) => offset[axis] * dilations[axis]);
    const end = ([0, 1] as const).map(
      (axis) => (begin[axis] as number) + (outSize[axis] - 1) * strides[axis] + 1,
    );
    return graph.node("Slice", [
      padded,
      ...[begin, end, [1, 2], [...strides]].map((list) => graph.int64(list)),
    ]);
  });
}

/**
 * TensorFlow's depthwise convolution has no dilation on the CPU, and one stride for both axes. A dilated filter is filled with
 * zeros (tfjs has no gradient for it). Where the strides differ, `skipped` tells which positions of a convolution with stride 1
 * to drop.
 */
function undilated(
  geometry: Geometry,
  attrs: WindowAttributes,
): { window: Record<string, TensorflowAttribute>; skipped?: Geometry } {
  const [high, wide] = geometry.strides;
  if (high === wide) return { window: windowAttributes({ ...geometry, dilations: [1, 1] }, attrs) };
  const dense: Geometry = {
    ...geometry,
    strides: [1, 1],
    dilations: [1, 1],
    after: geometry.after.map((size) => Math.max(size, 0)) as unknown as Geometry["after"],
  };
  return { window: windowAttributes(dense, { pad: 0 }), skipped: geometry };
}

/**
 * Zeros around the image where the padding has no name. TensorFlow joins a bias to a depthwise convolution without its
 * `explicit_paddings`, and ends the process for want of them.
 */
function framed(
  graph: TensorflowGraph,
  x: Value,
  { explicit_paddings: paddings, ...window }: Record<string, TensorflowAttribute>,
): { readonly image: Operand; readonly window: Record<string, TensorflowAttribute> } {
  if (paddings === undefined) return { image: x, window };
  const sizes = graph.int32(paddings as readonly number[], [4, 2]);
  const image = graph.node("Pad", [x, sizes], { T: "float32", Tpaddings: "int32" });
  return { image, window: { ...window, padding: "VALID" } };
}

function dilated(graph: TensorflowGraph, filter: Value, { dilations }: Geometry): string {
  return spread(graph, graph.name(filter), { shape: filter.shape, axis: 0, steps: dilations });
}

function everyNth(
  graph: TensorflowGraph,
  y: string,
  { batch, outChannels, outSize, strides }: Geometry,
): string {
  const end = [
    batch,
    ...outSize.map((size, axis) => (size - 1) * (strides[axis] as number) + 1),
    outChannels,
  ];
  const bounds = [[0, 0, 0, 0], end, [1, ...strides, 1]].map((list) => graph.int32(list));
  return graph.node("StridedSlice", [y, ...bounds], { T: "float32", Index: "int32" });
}

function spreadGradient(graph: TensorflowGraph, dy: Value, skipped: Geometry | undefined): string {
  const gradient = graph.name(dy);
  if (!skipped) return gradient;
  const apart = spread(graph, gradient, { shape: dy.shape, axis: 1, steps: skipped.strides });
  const unreadEnd = unread(skipped);
  if (unreadEnd.every((size) => size === 0)) return apart;
  const paddings = [0, 0, 0, unreadEnd[0] as number, 0, unreadEnd[1] as number, 0, 0];
  return graph.node("Pad", [apart, graph.int32(paddings, [4, 2])], { T: "float32", Tpaddings: "int32" });
}
