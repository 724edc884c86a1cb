import { backend_util, util } from "@tensorflow/tfjs-core";
import { sizeOf } from "../../../sizeOf.ts";
import type { DType } from "../../program.ts";
import type { Attributes, Value } from "../graph.ts";
import type { Kernel, KernelTable } from "../kernel.ts";
import { cast, castValue } from "../onnx/onnxCast.ts";
import type { OnnxGraph } from "../onnx/onnxGraph.ts";
import { castTensor, castTo } from "../tensorflow/tensorflowCast.ts";
import type { TensorflowGraph } from "../tensorflow/tensorflowGraph.ts";

type ReductionAttributes = {
  /** Positive and ascending. What tfjs calls `reductionIndices` in Max is `axis` here too. */
  readonly axis: readonly number[];
  readonly keepDims?: boolean;
};
type Reduction = Kernel<{ x: Value }, ReductionAttributes>;

/** Kernels that reduce axes, and those that run along one. */
export const reductions: KernelTable = {
  Sum: reduction("ReduceSum", "Sum", { dtype: ({ x }) => (x.dtype === "bool" ? "int32" : x.dtype) }),
  Mean: reduction("ReduceMean", "Mean", { dtype: () => "float32" }),
  Prod: reduction("ReduceProd", "Prod", { dtype: ({ x }) => (x.dtype === "bool" ? "int32" : x.dtype) }),
  Max: reduction("ReduceMax", "Max"),
  Min: reduction("ReduceMin", "Min"),
  All: reduction("ReduceMin", "Min", { dtype: () => "bool" }),
  Any: reduction("ReduceMax", "Max", { dtype: () => "bool" }),
  ArgMax: indexOf("ArgMax"),
  ArgMin: indexOf("ArgMin"),
  Softmax: {
    shape: ({ logits }) => logits.shape,
    canonical: ({ logits }, { dim }) => ({ dim: positiveAxis(dim, logits) }),
    onnx: (graph, { logits }, { dim }) => graph.node("Softmax", [logits], { axis: dim }),
    tensorflow: (graph, { logits }, { dim }) => alongLast(graph, "Softmax", logits, dim),
  } satisfies Kernel<{ logits: Value }, { dim: number }>,
  LogSoftmax: {
    shape: ({ logits }) => logits.shape,
    canonical: ({ logits }, { axis }) => ({ axis: positiveAxis(axis, logits) }),
    onnx: (graph, { logits }, { axis }) => graph.node("LogSoftmax", [logits], { axis }),
    tensorflow: (graph, { logits }, { axis }) => alongLast(graph, "LogSoftmax", logits, axis),
  } satisfies Kernel<{ logits: Value }, { axis: number }>,
  Cumsum: {
    shape: ({ x }) => x.shape,
    dtype: ({ x }) => (x.dtype === "bool" ? "int32" : x.dtype),
    canonical: ({ x }, attrs) => ({ ...attrs, axis: positiveAxis(attrs.axis, x) }),
    onnx: (graph, { x }, { axis, exclusive, reverse }, output) =>
      graph.node("CumSum", [castValue(graph, x, output.dtype), graph.int64(axis)], {
        exclusive: Number(exclusive ?? false),
        reverse: Number(reverse ?? false),
      }),
    tensorflow: (graph, { x }, { axis, exclusive, reverse }, { dtype }) =>
      graph.node("Cumsum", [castTo(graph, x, dtype), graph.int32(axis)], {
        exclusive: exclusive ?? false,
        reverse: reverse ?? false,
        T: dtype,
        Tidx: "int32",
      }),
  } satisfies Kernel<{ x: Value }, { axis: number; exclusive?: boolean; reverse?: boolean }>,
};

function reduction(
  op: string,
  tensorflow: string,
  { dtype }: { dtype?: (inputs: { x: Value }) => DType } = {},
): Reduction {
  return {
    shape: ({ x }, { axis, keepDims }) => reducedShape(x.shape, axis, keepDims ?? false),
    ...(dtype && { dtype }),
    canonical: ({ x }, attrs) => canonicalReduction(x, attrs as unknown as Attributes),
    onnx: (graph, { x }, { axis, keepDims }, output) => {
      const computed = output.dtype === "bool" ? "int32" : output.dtype;
      const operand = castValue(graph, x, computed);
      const isLong = op === "ReduceSum" && output.shape.length === 0 && sizeOf(x.shape) >= longSum;
      const reduced = isLong
        ? sumInParts(graph, operand, sizeOf(x.shape))
        : axis.length === 0
          ? operand
          : reduceAxes(graph, op, operand, axis, keepDims ?? false);
      return cast(graph, reduced, computed, output.dtype);
    },
    tensorflow: (graph, { x }, { axis, keepDims }, output) => {
      const T = output.dtype === "bool" ? "int32" : output.dtype;
      const reduced = graph.node(tensorflow, [castTo(graph, x, T), graph.int32(axis)], {
        keep_dims: keepDims ?? false,
        T,
        Tidx: "int32",
      });
      return castTensor(graph, reduced, T, output.dtype);
    },
  };
}

function reduceAxes(
  graph: OnnxGraph,
  op: string,
  x: string,
  axes: readonly number[],
  keepDims: boolean,
): string {
  return graph.node(op, [x, graph.int64(axes)], { keepdims: Number(keepDims) });
}

/**
 * ONNX Runtime adds up one element after the other in a few lanes: of two million squares it loses the fifth digit, and so does
 * the norm of all gradients. Sums of parts lose as little as TensorFlow's.
 */
const longSum = 2 ** 15;
const part = 1024;

function sumInParts(graph: OnnxGraph, x: string, size: number): string {
  const flat = graph.node("Reshape", [x, graph.int64([size])]);
  const columns = divisorNear(size, Math.sqrt(size));
  if (columns >= 64) return sumOfRows(graph, flat, [size / columns, columns]);
  const whole = size - (size % part);
  const slice = (from: number, to: number) =>
    graph.node("Slice", [flat, graph.int64([from]), graph.int64([to])]);
  const rest = graph.node("ReduceSum", [slice(whole, size), graph.int64([0])], { keepdims: 0 });
  return graph.node("Add", [sumOfRows(graph, slice(0, whole), [whole / part, part]), rest]);
}

function sumOfRows(graph: OnnxGraph, x: string, shape: readonly [rows: number, columns: number]): string {
  const rows = graph.node("Reshape", [x, graph.int64(shape)]);
  const sums = graph.node("ReduceSum", [rows, graph.int64([1])], { keepdims: 0 });
  return graph.node("ReduceSum", [sums, graph.int64([0])], { keepdims: 0 });
}

/** The largest divisor that is not above a limit. */
function divisorNear(size: number, limit: number): number {
  let divisor = Math.floor(limit);
  while (size % divisor !== 0) divisor--;
  return divisor;
}

/** TensorFlow has its softmax along the last axis only. */
function alongLast(graph: TensorflowGraph, op: string, x: Value, axis: number): string {
  const last = x.shape.length - 1;
  if (axis === last) return graph.node(op, [x], { T: "float32" });
  const axes = [...x.shape.keys()];
  const perm = graph.int32(axes.with(axis, last).with(last, axis)); // Swapping two axes undoes itself.
  const swap = (tensor: string) => graph.node("Transpose", [tensor, perm], { T: "float32", Tperm: "int32" });
  return swap(graph.node(op, [swap(graph.name(x))], { T: "float32" }));
}

/** Ties go to the first index, in tfjs, in ONNX and in TensorFlow. */
function indexOf(op: "ArgMax" | "ArgMin"): Kernel<{ x: Value }, { axis: number }> {
  return {
    shape: ({ x }, { axis }) => x.shape.filter((_, i) => i !== axis),
    dtype: () => "int32",
    canonical: ({ x }, { axis }) => ({ axis: positiveAxis(axis, x) }),
    onnx: (graph, { x }, { axis }) => {
      const operand = x.dtype === "bool" ? castValue(graph, x, "int32") : graph.name(x);
      return graph.node("Cast", [graph.node(op, [operand], { axis, keepdims: 0 })], { to: 6 });
    },
    tensorflow: (graph, { x }, { axis }) => {
      const T = x.dtype === "bool" ? "int32" : x.dtype;
      const types = { T, Tidx: "int32", output_type: "int32" };
      return graph.node(op, [castTo(graph, x, T), graph.int32(axis)], types);
    },
  };
}

/** tfjs spells the axes of Max `reductionIndices`, and gives a number, a list with negative entries, or nothing for all. */
function canonicalReduction(x: Value, attrs: Attributes): Attributes {
  const given = (attrs["axis"] ?? attrs["reductionIndices"]) as number | number[] | undefined;
  const axis = util.parseAxisParam(given as number, [...x.shape]).sort((a, b) => a - b);
  return { axis, keepDims: attrs["keepDims"] ?? false };
}

function positiveAxis(axis: number, x: Value): number {
  return util.parseAxisParam(axis, [...x.shape])[0] as number;
}

function reducedShape(
  shape: readonly number[],
  axes: readonly number[],
  keepDims: boolean,
): readonly number[] {
  const [kept] = backend_util.computeOutAndReduceShapes([...shape], [...axes]);
  return keepDims ? backend_util.expandShapeToKeepDim(kept, [...axes]) : kept;
}
