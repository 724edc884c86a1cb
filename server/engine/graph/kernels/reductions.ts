import { backend_util, util } from "@tensorflow/tfjs-core";
import type { DType } from "../../program.ts";
import type { Attributes, Value } from "../graph.ts";
import type { Kernel, KernelTable } from "../kernel.ts";
import type { OnnxGraph } from "../onnx/builder.ts";
import { cast, castValue } from "../onnx/cast.ts";

export type ReductionAttributes = {
  /** Positive and ascending. What tfjs calls `reductionIndices` in Max is `axis` here too. */
  readonly axis: readonly number[];
  readonly keepDims?: boolean;
};
type Reduction = Kernel<{ x: Value }, ReductionAttributes>;

/** Kernels that reduce axes, and those that run along one. */
export const reductions: KernelTable = {
  Sum: reduction("ReduceSum", { dtype: ({ x }) => (x.dtype === "bool" ? "int32" : x.dtype) }),
  Mean: reduction("ReduceMean", { dtype: () => "float32" }),
  Prod: reduction("ReduceProd", { dtype: ({ x }) => (x.dtype === "bool" ? "int32" : x.dtype) }),
  Max: reduction("ReduceMax"),
  Min: reduction("ReduceMin"),
  All: reduction("ReduceMin", { dtype: () => "bool" }),
  Any: reduction("ReduceMax", { dtype: () => "bool" }),
  ArgMax: indexOf("ArgMax"),
  ArgMin: indexOf("ArgMin"),
  Softmax: {
    shape: ({ logits }) => logits.shape,
    canonical: ({ logits }, { dim }) => ({ dim: positiveAxis(dim, logits) }),
    onnx: (graph, { logits }, { dim }) => graph.node("Softmax", [logits], { axis: dim }),
  } satisfies Kernel<{ logits: Value }, { dim: number }>,
  LogSoftmax: {
    shape: ({ logits }) => logits.shape,
    canonical: ({ logits }, { axis }) => ({ axis: positiveAxis(axis, logits) }),
    onnx: (graph, { logits }, { axis }) => graph.node("LogSoftmax", [logits], { axis }),
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
  } satisfies Kernel<{ x: Value }, { axis: number; exclusive?: boolean; reverse?: boolean }>,
};

function reduction(op: string, { dtype }: { dtype?: (inputs: { x: Value }) => DType } = {}): Reduction {
  return {
    shape: ({ x }, { axis, keepDims }) => reducedShape(x.shape, axis, keepDims ?? false),
    ...(dtype && { dtype }),
    canonical: ({ x }, attrs) => canonicalReduction(x, attrs as unknown as Attributes),
    onnx: (graph, { x }, { axis, keepDims }, output) => {
      const computed = output.dtype === "bool" ? "int32" : output.dtype;
      const operand = castValue(graph, x, computed);
      const reduced = axis.length === 0 ? operand : reduceAxes(graph, op, operand, axis, keepDims ?? false);
      return cast(graph, reduced, computed, output.dtype);
    },
  };
}

export function reduceAxes(
  graph: OnnxGraph,
  op: string,
  x: string,
  axes: readonly number[],
  keepDims: boolean,
): string {
  return graph.node(op, [x, graph.int64(axes)], { keepdims: Number(keepDims) });
}

/** Ties go to the first index, in tfjs and in ONNX. */
function indexOf(op: "ArgMax" | "ArgMin"): Kernel<{ x: Value }, { axis: number }> {
  return {
    shape: ({ x }, { axis }) => x.shape.filter((_, i) => i !== axis),
    dtype: () => "int32",
    canonical: ({ x }, { axis }) => ({ axis: positiveAxis(axis, x) }),
    onnx: (graph, { x }, { axis }) => {
      const operand = x.dtype === "bool" ? castValue(graph, x, "int32") : graph.name(x);
      return graph.node("Cast", [graph.node(op, [operand], { axis, keepdims: 0 })], { to: 6 });
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
