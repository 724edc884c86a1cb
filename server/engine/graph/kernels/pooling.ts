import { sizeOf } from "../../../sizeOf.ts";
import type { Value } from "../graph.ts";
import type { Kernel, KernelTable } from "../kernel.ts";
import type { TensorflowGraph } from "../tensorflow/tensorflowGraph.ts";
import { windowAttributes } from "../tensorflow/windows.ts";
import { unread, windowOf } from "./convolution.ts";
import { type Geometry, poolGeometry, type WindowAttributes } from "./geometry.ts";
import {
  fromChannelsFirst,
  type ImageAttributes,
  imageShape,
  laidOutShape,
  toChannelsFirst,
} from "./images.ts";
import { pad, pairs } from "./slicing.ts";

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
    tensorflow: (graph, { x }, attrs) =>
      graph.node("MaxPool", [x], poolAttributes(geometryOf(x, attrs), attrs)),
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
    tensorflow: (graph, { dy, input, output }, attrs) =>
      graph.node("MaxPoolGrad", [input, output, dy], poolAttributes(geometryOf(input, attrs), attrs)),
  } satisfies Kernel<{ dy: Value; input: Value; output: Value }, PoolAttributes>,

  // Padding does not count in the mean.
  AvgPool: {
    shape: ({ x }, attrs) => pooledShape(x, attrs),
    onnx: (graph, { x }, attrs) => {
      const { dilations: _, ...window } = windowOf(geometryOf(x, attrs)); // AveragePool has none before opset 19.
      const pooled = graph.node("AveragePool", [toChannelsFirst(graph, x, attrs)], window);
      return fromChannelsFirst(graph, pooled, attrs);
    },
    // TensorFlow averages without counting padding where it pads itself, but takes no padding in numbers.
    tensorflow: (graph, { x }, attrs) => {
      const geometry = geometryOf(x, attrs);
      if (attrs.pad === "same" || attrs.pad === "valid")
        return graph.node("AvgPool", [x], poolAttributes(geometry, attrs));
      const image = padded(graph, x, geometry);
      const mean = graph.node("AvgPool", [image], poolAttributes(geometry, { pad: "valid" }));
      const share = graph.float32(wholeOverCovered(geometry), [1, ...geometry.outSize, 1]);
      return graph.node("Mul", [mean, share], { T: "float32" });
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
    tensorflow: (graph, { dy, input }, attrs) => {
      const geometry = geometryOf(input, attrs);
      const { shape, offset } = paddedImage(input.shape, geometry);
      const window = poolAttributes(geometry, { pad: "valid" });
      const dx = graph.node("AvgPoolGrad", [graph.int32(shape), dy], window);
      const cut = [dx, graph.int32(offset), graph.int32(input.shape)];
      return graph.node("Slice", cut, { T: "float32", Index: "int32" });
    },
  } satisfies Kernel<{ dy: Value; input: Value }, PoolAttributes>,
};

function geometryOf(x: Value, attrs: PoolAttributes): Geometry {
  return poolGeometry(imageShape(x, attrs), attrs.filterSize, attrs);
}

function pooledShape(x: Value, attrs: PoolAttributes): readonly number[] {
  const { batch, outSize, inChannels } = geometryOf(x, attrs);
  return laidOutShape([batch, ...outSize, inChannels], attrs);
}

function overlaps({ kernel, strides }: Geometry): boolean {
  return kernel[0] > strides[0] || kernel[1] > strides[1];
}

function poolAttributes(geometry: Geometry, attrs: Pick<PoolAttributes, "pad">) {
  const { dilations: _, ...window } = windowAttributes(geometry, attrs); // tfjs pools with dilation by other kernels
  return { ...window, ksize: [1, ...geometry.kernel, 1] };
}

/** An NHWC image with the geometry's padding: its shape, and where the image begins in it. */
function paddedImage([batch, height, width, channels]: readonly number[], { before, after }: Geometry) {
  const high = (height as number) + before[0] + Math.max(after[0], 0);
  const wide = (width as number) + before[1] + Math.max(after[1], 0);
  return { shape: [batch as number, high, wide, channels as number], offset: [0, ...before, 0] };
}

function padded(graph: TensorflowGraph, x: Value, { before, after }: Geometry): string {
  const sides = ([0, 1] as const).map((axis) => [before[axis], Math.max(after[axis], 0)] as const);
  const paddings = pairs(graph, [[0, 0], ...sides, [0, 0]]);
  return graph.node("Pad", [x, paddings], { T: "float32", Tpaddings: "int32" });
}

/** For each output position: the window's area over the part of it that lies in the image. */
function wholeOverCovered({ inSize, outSize, kernel, strides, before }: Geometry): Float32Array {
  const covered = ([0, 1] as const).map((axis) =>
    Array.from({ length: outSize[axis] }, (_, i) => {
      const from = i * strides[axis] - before[axis];
      return Math.min(from + kernel[axis], inSize[axis]) - Math.max(from, 0);
    }),
  ) as [number[], number[]];
  const area = kernel[0] * kernel[1];
  return Float32Array.from(
    covered[0].flatMap((rows) => covered[1].map((columns) => area / (rows * columns))),
  );
}
