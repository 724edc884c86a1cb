import type { Value } from "../graph.ts";
import type { Kernel, KernelTable } from "../kernel.ts";
import { sizeOf } from "../values.ts";
import { unread, windowOf } from "./convolution.ts";
import { type Geometry, poolGeometry, type WindowAttributes } from "./geometry.ts";
import { fromChannelsFirst, heldShape, type ImageAttributes, imageShape, toChannelsFirst } from "./images.ts";
import { pad } from "./slicing.ts";

type PoolAttributes = WindowAttributes &
  ImageAttributes & { readonly filterSize: number | readonly [number, number] };

export const pooling: KernelTable = {
  MaxPool: {
    shape: ({ x }, attrs) => pooledShape(x, attrs),
    onnx: (graph, { x }, attrs) => {
      const window = windowOf(geometryOf(x, attrs));
      return fromChannelsFirst(
        graph,
        graph.node("MaxPool", [toChannelsFirst(graph, x, attrs)], window),
        attrs,
      );
    },
  } satisfies Kernel<{ x: Value }, PoolAttributes>,

  // The gradient goes to the first maximum of each window. MaxPool's second output says where that is in the flat image.
  MaxPoolGrad: {
    shape: ({ input }) => input.shape,
    onnx: (graph, { dy, input }, attrs) => {
      const geometry = geometryOf(input, attrs);
      const size = sizeOf(input.shape);
      const image = toChannelsFirst(graph, input, attrs);
      const [, positions] = graph.nodes("MaxPool", [image], windowOf(geometry), 2) as [string, string];
      const zeros = graph.node("Expand", [graph.float32(0), graph.int64([size])]);
      const flat = (tensor: string) => graph.node("Reshape", [tensor, graph.int64([-1])]);
      const scattered = graph.node(
        "ScatterElements",
        [zeros, flat(positions), flat(toChannelsFirst(graph, dy, attrs))],
        { axis: 0, reduction: overlaps(geometry) ? "add" : "none" },
      );
      const { batch, inChannels, inSize } = geometry;
      const dx = graph.node("Reshape", [scattered, graph.int64([batch, inChannels, ...inSize])]);
      return fromChannelsFirst(graph, dx, attrs);
    },
  } satisfies Kernel<{ dy: Value; input: Value; output: Value }, PoolAttributes>,

  // Padding does not count in the mean.
  AvgPool: {
    shape: ({ x }, attrs) => pooledShape(x, attrs),
    onnx: (graph, { x }, attrs) => {
      const { dilations: _, ...window } = windowOf(geometryOf(x, attrs)); // AveragePool has none before opset 19.
      const pooled = graph.node("AveragePool", [toChannelsFirst(graph, x, attrs)], window);
      return fromChannelsFirst(graph, pooled, attrs);
    },
  } satisfies Kernel<{ x: Value }, PoolAttributes>,

  // tfjs's kernel divides by the whole window's area, at the borders too.
  AvgPoolGrad: {
    shape: ({ input }) => input.shape,
    onnx: (graph, { dy, input }, attrs) => {
      const geometry = geometryOf(input, attrs);
      const { batch, inChannels, outSize, kernel, strides, before, after } = geometry;
      const area = graph.float32(kernel[0] * kernel[1]);
      const share = graph.node("Div", [toChannelsFirst(graph, dy, attrs), area]);
      const sideBySide = strides.every((stride, axis) => stride === kernel[axis]);
      if (!sideBySide || [...before, ...after].some((size) => size > 0)) {
        const filter = new Float32Array(inChannels * kernel[0] * kernel[1]).fill(1);
        const ones = graph.float32(filter, [inChannels, 1, ...kernel]);
        const window = { ...windowOf(geometry), group: inChannels, output_padding: unread(geometry) };
        return fromChannelsFirst(graph, graph.node("ConvTranspose", [share, ones], window), attrs);
      }
      // Every share is repeated over its window.
      const [oh, ow] = outSize;
      const column = graph.node("Reshape", [share, graph.int64([batch, inChannels, oh, 1, ow, 1])]);
      const repeated = graph.node("Expand", [
        column,
        graph.int64([batch, inChannels, oh, kernel[0], ow, kernel[1]]),
      ]);
      const joined = graph.node("Reshape", [
        repeated,
        graph.int64([batch, inChannels, oh * kernel[0], ow * kernel[1]]),
      ]);
      const [rows, columns] = unread(geometry) as [number, number];
      const dx = pad(
        graph,
        joined,
        [
          [0, 0],
          [0, 0],
          [0, rows],
          [0, columns],
        ],
        graph.float32(0),
      );
      return fromChannelsFirst(graph, dx, attrs);
    },
  } satisfies Kernel<{ dy: Value; input: Value }, PoolAttributes>,
};

function geometryOf(x: Value, attrs: PoolAttributes): Geometry {
  return poolGeometry(imageShape(x, attrs), attrs.filterSize, attrs);
}

function pooledShape(x: Value, attrs: PoolAttributes): readonly number[] {
  const { batch, outSize, inChannels } = geometryOf(x, attrs);
  return heldShape([batch, ...outSize, inChannels], attrs);
}

function overlaps({ kernel, strides }: Geometry): boolean {
  return kernel[0] > strides[0] || kernel[1] > strides[1];
}
