import { util } from "@tensorflow/tfjs-core";
import { sizeOf } from "../../../sizeOf.ts";
import type { DType } from "../../program.ts";
import type { Value } from "../graph.ts";
import type { Kernel, KernelTable } from "../kernel.ts";
import { cast } from "../onnx/onnxCast.ts";
import type { OnnxGraph } from "../onnx/onnxGraph.ts";
import { reshaped } from "../tensorflow/reshaped.ts";
import type { TensorflowGraph } from "../tensorflow/tensorflowGraph.ts";

/** Kernels that give a tensor another shape or order, and those that fill one. */
export const structure: KernelTable = {
  Reshape: {
    shape: ({ x }, { shape }) => util.inferFromImplicitShape([...shape], sizeOf(x.shape)),
    onnx: (graph, { x }, _, output) => graph.node("Reshape", [x, graph.int64(output.shape)]),
    tensorflow: (graph, { x }, _, output) => reshaped(graph, x, x.dtype, output.shape),
  } satisfies Kernel<{ x: Value }, { shape: readonly number[] }>,
  ExpandDims: {
    shape: ({ input }, { dim }) => {
      const axis = dim < 0 ? dim + input.shape.length + 1 : dim;
      return input.shape.toSpliced(axis, 0, 1);
    },
    onnx: (graph, { input }, _, output) => graph.node("Reshape", [input, graph.int64(output.shape)]),
    tensorflow: (graph, { input }, _, output) => reshaped(graph, input, input.dtype, output.shape),
  } satisfies Kernel<{ input: Value }, { dim: number }>,
  Transpose: {
    shape: ({ x }, { perm }) => perm.map((axis) => x.shape[axis] as number),
    onnx: (graph, { x }, { perm }) => graph.node("Transpose", [x], { perm }),
    tensorflow: (graph, { x }, { perm }) =>
      graph.node("Transpose", [x, graph.int32(perm)], { T: x.dtype, Tperm: "int32" }),
  } satisfies Kernel<{ x: Value }, { perm: readonly number[] }>,
  Tile: {
    shape: ({ x }, { reps }) => x.shape.map((size, axis) => size * (reps[axis] as number)),
    // What is repeated along axes of 1 alone is spread: exports can take the size of a batch from elsewhere.
    onnx: (graph, { x }, { reps }) => {
      const isSpread = reps.every((times, axis) => times === 1 || x.shape[axis] === 1);
      return graph.node(isSpread ? "Expand" : "Tile", [x, graph.int64(reps)]);
    },
    tensorflow: (graph, { x }, { reps }) =>
      graph.node("Tile", [x, graph.int32(reps)], { T: x.dtype, Tmultiples: "int32" }),
  } satisfies Kernel<{ x: Value }, { reps: readonly number[] }>,
  BroadcastTo: {
    shape: (_, { shape }) => shape,
    // Expand broadcasts both ways, so 1 is enough where x has the size already, and the model does not name it.
    onnx: (graph, { x }, { shape }) => {
      const leading = shape.length - x.shape.length;
      const spread = shape.map((size, axis) => (x.shape[axis - leading] === size ? 1 : size));
      return graph.node("Expand", [x, graph.int64(spread)]);
    },
    tensorflow: (graph, { x }, { shape }) =>
      graph.node("BroadcastTo", [x, graph.int32(shape)], { T: x.dtype, Tidx: "int32" }),
  } satisfies Kernel<{ x: Value }, { shape: readonly number[] }>,
  Fill: {
    shape: (_, { shape }) => shape,
    dtype: (_, { dtype }) => dtype ?? "float32",
    onnx: (graph, _, { value }, output) => filled(graph, value, output),
    tensorflow: (graph, _, { value }, output) => fill(graph, value, output),
  } satisfies Kernel<Record<never, never>, { shape: readonly number[]; value: number; dtype?: DType }>,
  ZerosLike: like(0),
  OnesLike: like(1),
  Range: {
    shape: (_, { start, stop, step }) => [Math.max(0, Math.ceil((stop - start) / step))],
    dtype: (_, { dtype }) => dtype ?? "float32",
    onnx: (graph, _, range, { shape, dtype }) =>
      dtype === "int32" ? graph.int32(rangeValues(range, shape)) : graph.float32(rangeValues(range, shape)),
    tensorflow: (graph, _, range, { shape, dtype }) =>
      dtype === "int32" ? graph.int32(rangeValues(range, shape)) : graph.float32(rangeValues(range, shape)),
  } satisfies Kernel<Record<never, never>, { start: number; stop: number; step: number; dtype?: DType }>,
  OneHot: {
    shape: ({ indices }, { depth }) => [...indices.shape, depth],
    dtype: (_, { dtype }) => dtype ?? "float32",
    // A comparison with 0 … depth - 1 rather than ONNX's OneHot, which counts negative indices from the end.
    onnx: (graph, { indices }, { depth, onValue, offValue }, { dtype }) => {
      const column = graph.node("Reshape", [indices, graph.int64([...indices.shape, 1])]);
      const classes = graph.int32(Int32Array.from({ length: depth }, (_, i) => i));
      const hit = graph.node("Equal", [column, classes]);
      if ((onValue ?? 1) === 1 && (offValue ?? 0) === 0) return cast(graph, hit, "bool", dtype);
      const values = [graph.float32(onValue ?? 1), graph.float32(offValue ?? 0)];
      return cast(graph, graph.node("Where", [hit, ...values]), "float32", dtype);
    },
    tensorflow: (graph, { indices }, { depth, onValue, offValue }, { dtype }) =>
      graph.node(
        "OneHot",
        [indices, graph.int32(depth), graph.scalar(onValue ?? 1, dtype), graph.scalar(offValue ?? 0, dtype)],
        { axis: -1, T: dtype, TI: "int32" },
      ),
  } satisfies Kernel<
    { indices: Value },
    { depth: number; onValue?: number; offValue?: number; dtype?: DType }
  >,
};

function like(value: number): Kernel<{ x: Value }> {
  return {
    shape: ({ x }) => x.shape,
    onnx: (graph, _inputs, _attrs, output) => filled(graph, value, output),
    tensorflow: (graph, _inputs, _attrs, output) => fill(graph, value, output),
  };
}

/** A tensor of one value; the runtime expands it once, when it loads the model. */
function filled(graph: OnnxGraph, value: number, { shape, dtype }: Value): string {
  return graph.node("Expand", [graph.scalar(value, dtype), graph.int64(shape)]);
}

function fill(graph: TensorflowGraph, value: number, { shape, dtype }: Value): string {
  return graph.node("Fill", [graph.int32(shape), graph.scalar(value, dtype)], {
    T: dtype,
    index_type: "int32",
  });
}

function rangeValues(
  { start, step }: { readonly start: number; readonly step: number },
  shape: readonly number[],
): Float32Array {
  return Float32Array.from({ length: shape[0] as number }, (_, i) => start + i * step);
}
