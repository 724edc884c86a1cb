import type { Value } from "../graph.ts";
import type { Operand } from "../graphBuilder.ts";
import type { Kernel, KernelTable } from "../kernel.ts";
import type { OnnxGraph } from "../onnx/onnxGraph.ts";
import { reshaped } from "../tensorflow/reshaped.ts";
import type { TensorflowGraph } from "../tensorflow/tensorflowGraph.ts";

type Four = readonly [number, number, number, number];
type ResizeAttributes = {
  readonly alignCorners?: boolean;
  readonly halfPixelCenters?: boolean;
  readonly size: readonly [number, number];
};

/** One axis of a resize: each output position is a weighted sum of input positions. */
type Weights = readonly (readonly { readonly from: number; readonly weight: number }[])[];

/** Resizing works on one axis after the other, with tfjs's own positions and weights. Images are NHWC. */
export const resizing: KernelTable = {
  ResizeNearestNeighbor: {
    shape: ({ images }, { size }) => [images.shape[0] as number, ...size, images.shape[3] as number],
    onnx: (graph, { images }, attrs) =>
      ([1, 2] as const).reduce((image, axis) => {
        const reads = nearest(images.shape[axis] as number, attrs.size[axis - 1] as number, attrs);
        const from = reads.map((read) => read[0]?.from ?? 0);
        return graph.node("Gather", [image, graph.int64(from)], { axis });
      }, graph.name(images)),
    tensorflow: (graph, { images }, attrs) =>
      ([1, 2] as const).reduce((image, axis) => {
        const reads = nearest(images.shape[axis] as number, attrs.size[axis - 1] as number, attrs);
        const from = graph.int32(reads.map((read) => read[0]?.from ?? 0));
        return graph.node("GatherV2", [image, from, graph.int32(axis)], {
          batch_dims: 0,
          Tparams: images.dtype,
          Tindices: "int32",
          Taxis: "int32",
        });
      }, graph.name(images)),
  } satisfies Kernel<{ images: Value }, ResizeAttributes>,
  ResizeNearestNeighborGrad: gradientOf(nearest),
  ResizeBilinear: {
    shape: ({ images }, { size }) => [images.shape[0] as number, ...size, images.shape[3] as number],
    onnx: (graph, { images }, attrs) => {
      const shape = images.shape as Four;
      return resize(graph, images, shape, ...bilinear(shape, attrs));
    },
    tensorflow: (graph, { images }, attrs) => {
      const shape = images.shape as Four;
      return resizeTensorflow(graph, images, shape, ...bilinear(shape, attrs));
    },
  } satisfies Kernel<{ images: Value }, ResizeAttributes>,
  ResizeBilinearGrad: gradientOf(linear),
};

/** A resize is linear, so its gradient multiplies by the transposed matrices. */
function gradientOf(weights: typeof nearest): Kernel<{ images: Value; dy: Value }, ResizeAttributes> {
  return {
    shape: ({ images }) => images.shape,
    onnx: (graph, { images, dy }, attrs) => {
      const shape = dy.shape as Four;
      return resize(graph, dy, shape, ...backward(weights, images, shape, attrs));
    },
    tensorflow: (graph, { images, dy }, attrs) => {
      const shape = dy.shape as Four;
      return resizeTensorflow(graph, dy, shape, ...backward(weights, images, shape, attrs));
    },
  };
}

/** Rows, then columns. */
type Matrices = readonly [rows: Matrix, columns: Matrix];

function bilinear(shape: Four, attrs: ResizeAttributes): Matrices {
  const of = (axis: 1 | 2) => matrix(linear(shape[axis], attrs.size[axis - 1] as number, attrs), shape[axis]);
  return [of(1), of(2)];
}

function backward(weights: typeof nearest, images: Value, dy: Four, attrs: ResizeAttributes): Matrices {
  const of = (axis: 1 | 2) => {
    const size = images.shape[axis] as number;
    return transpose(matrix(weights(size, dy[axis], attrs), size));
  };
  return [of(1), of(2)];
}

interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

/** rows · image over the height and columns · image over the width; x [batch, height, width, channels]. */
function resize(
  graph: OnnxGraph,
  x: Operand,
  [batch, height, width, channels]: Four,
  rows: Matrix,
  columns: Matrix,
): string {
  const constant = ({ rows: m, columns: n, values }: Matrix) => graph.float32(values, [m, n]);
  const tall = graph.node("Reshape", [x, graph.int64([batch, height, width * channels])]);
  const vertical = graph.node("MatMul", [constant(rows), tall]);
  const wide = graph.node("Reshape", [vertical, graph.int64([batch * rows.rows, width, channels])]);
  const both = graph.node("MatMul", [constant(columns), wide]);
  return graph.node("Reshape", [both, graph.int64([batch, rows.rows, columns.rows, channels])]);
}

/** The same, in TensorFlow. */
function resizeTensorflow(
  graph: TensorflowGraph,
  x: Value,
  [batch, height, width, channels]: Four,
  rows: Matrix,
  columns: Matrix,
): string {
  const product = ({ rows: m, columns: n, values }: Matrix, image: string) =>
    graph.node("BatchMatMulV2", [graph.float32(values, [m, n]), image], {
      T: "float32",
      adj_x: false,
      adj_y: false,
    });
  const vertical = product(rows, reshaped(graph, x, "float32", [batch, height, width * channels]));
  const wide = reshaped(graph, vertical, "float32", [batch * rows.rows, width, channels]);
  return reshaped(graph, product(columns, wide), "float32", [batch, rows.rows, columns.rows, channels]);
}

function nearest(
  size: number,
  resized: number,
  { alignCorners, halfPixelCenters }: ResizeAttributes,
): Weights {
  const ratio = scale(size, resized, alignCorners);
  return Array.from({ length: resized }, (_, at) => {
    const position = halfPixelCenters ? ratio * (at + 0.5) : ratio * at;
    const from = Math.min(size - 1, alignCorners ? Math.round(position) : Math.floor(position));
    return [{ from: Math.max(0, from), weight: 1 }];
  });
}

function linear(
  size: number,
  resized: number,
  { alignCorners, halfPixelCenters }: ResizeAttributes,
): Weights {
  const ratio = scale(size, resized, alignCorners);
  return Array.from({ length: resized }, (_, at) => {
    const position = halfPixelCenters ? ratio * (at + 0.5) - 0.5 : ratio * at;
    const low = Math.max(0, Math.floor(position));
    const fraction = position - low;
    const high = Math.min(size - 1, Math.ceil(position));
    return [
      { from: low, weight: 1 - fraction },
      { from: Math.max(0, high), weight: fraction },
    ];
  });
}

function scale(size: number, resized: number, alignCorners: boolean | undefined): number {
  return alignCorners && resized > 1 ? (size - 1) / (resized - 1) : size / resized;
}

function matrix(weights: Weights, columns: number): Matrix {
  const values = new Float32Array(weights.length * columns);
  for (const [row, reads] of weights.entries())
    for (const { from, weight } of reads)
      values[row * columns + from] = (values[row * columns + from] as number) + weight;
  return { rows: weights.length, columns, values };
}

function transpose({ rows, columns, values }: Matrix): Matrix {
  const swapped = values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)] as number);
  return { rows: columns, columns: rows, values: swapped };
}
