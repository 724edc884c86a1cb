import type { Value } from "../graph.ts";
import type { Kernel, KernelTable } from "../kernel.ts";
import type { OnnxGraph, Operand } from "../onnx/builder.ts";
import { flippedWindow, unread, windowOf } from "./convolution.ts";
import { convGeometry, type Geometry, type WindowAttributes } from "./geometry.ts";
import { fromChannelsFirst, heldShape, type ImageAttributes, imageShape, toChannelsFirst } from "./images.ts";
import { pad, reverse } from "./slicing.ts";

type DepthwiseAttributes = WindowAttributes & ImageAttributes;

/** Convolutions of each channel on its own. A filter is [height, width, channels, multiplier]. */
export const depthwise: KernelTable = {
  DepthwiseConv2dNative: {
    shape: ({ x, filter }, attrs) => {
      const { batch, outSize, outChannels } = geometryOf(imageShape(x, attrs), filter.shape, attrs);
      return heldShape([batch, ...outSize, outChannels], attrs);
    },
    onnx: (graph, { x, filter }, attrs) => {
      const geometry = geometryOf(imageShape(x, attrs), filter.shape, attrs);
      const weights = grouped(graph, filter); // [channels · multiplier, 1, height, width]
      const window = { ...windowOf(geometry), group: geometry.inChannels };
      return fromChannelsFirst(
        graph,
        graph.node("Conv", [toChannelsFirst(graph, x, attrs), weights], window),
        attrs,
      );
    },
  } satisfies Kernel<{ x: Value; filter: Value }, DepthwiseAttributes>,

  DepthwiseConv2dNativeBackpropInput: {
    shape: (_, attrs) => heldShape(attrs.inputShape, attrs),
    onnx: (graph, { dy, filter }, attrs) => {
      const geometry = geometryOf(attrs.inputShape, filter.shape, attrs);
      const gradient = toChannelsFirst(graph, dy, attrs);
      const group = geometry.inChannels;
      const window = flippedWindow(geometry);
      const dx = window
        ? graph.node("Conv", [gradient, reverse(graph, channelsFirst(graph, filter), [2, 3])], {
            ...window,
            group,
          })
        : graph.node("ConvTranspose", [gradient, grouped(graph, filter)], {
            ...windowOf(geometry),
            output_padding: unread(geometry),
            group,
          });
      return fromChannelsFirst(graph, dx, attrs);
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
  } satisfies Kernel<{ x: Value; dy: Value }, WindowAttributes & { filterShape: readonly number[] }>,
};

function geometryOf(x: readonly number[], filter: readonly number[], attrs: WindowAttributes): Geometry {
  return convGeometry(x, filter, attrs, { depthwise: true });
}

/** [height, width, channels, multiplier] → [channels, multiplier, height, width] */
function channelsFirst(graph: OnnxGraph, filter: Value): string {
  return graph.node("Transpose", [filter], { perm: [2, 3, 0, 1] });
}

function grouped(graph: OnnxGraph, filter: Value): string {
  const [height, width, channels, multiplier] = filter.shape as [number, number, number, number];
  const shape = graph.int64([channels * multiplier, 1, height, width]);
  return graph.node("Reshape", [channelsFirst(graph, filter), shape]);
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
