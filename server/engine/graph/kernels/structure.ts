import { util } from "@tensorflow/tfjs-core";
import type { DType } from "../../program.ts";
import type { Value } from "../graph.ts";
import type { Kernel, KernelTable } from "../kernel.ts";
import type { OnnxGraph } from "../onnx/builder.ts";
import { cast } from "../onnx/cast.ts";
import { sizeOf } from "../values.ts";

/** Kernels that give a tensor another shape or order, and those that fill one. */
export const structure: KernelTable = {
  Reshape: {
    shape: ({ x }, { shape }) => util.inferFromImplicitShape([...shape], sizeOf(x.shape)),
    onnx: (graph, { x }, _, output) => graph.node("Reshape", [x, graph.int64(output.shape)]),
  } satisfies Kernel<{ x: Value }, { shape: readonly number[] }>,
  ExpandDims: {
    shape: ({ input }, { dim }) => {
      const axis = dim < 0 ? dim + input.shape.length + 1 : dim;
      return input.shape.toSpliced(axis, 0, 1);
    },
    onnx: (graph, { input }, _, output) => graph.node("Reshape", [input, graph.int64(output.shape)]),
  } satisfies Kernel<{ input: Value }, { dim: number }>,
  Transpose: {
    shape: ({ x }, { perm }) => perm.map((axis) => x.shape[axis] as number),
    onnx: (graph, { x }, { perm }) => graph.node("Transpose", [x], { perm }),
  } satisfies Kernel<{ x: Value }, { perm: readonly number[] }>,
  Tile: {
    shape: ({ x }, { reps }) => x.shape.map((size, axis) => size * (reps[axis] as number)),
    onnx: (graph, { x }, { reps }) => graph.node("Tile", [x, graph.int64(reps)]),
  } satisfies Kernel<{ x: Value }, { reps: readonly number[] }>,
  BroadcastTo: {
    shape: (_, { shape }) => shape,
    onnx: (graph, { x }, { shape }) => graph.node("Expand", [x, graph.int64(shape)]),
  } satisfies Kernel<{ x: Value }, { shape: readonly number[] }>,
  Fill: {
    shape: (_, { shape }) => shape,
    dtype: (_, { dtype }) => dtype ?? "float32",
    onnx: (graph, _, { value }, output) => filled(graph, value, output),
  } satisfies Kernel<Record<never, never>, { shape: readonly number[]; value: number; dtype?: DType }>,
  ZerosLike: like(0),
  OnesLike: like(1),
  Range: {
    shape: (_, { start, stop, step }) => [Math.max(0, Math.ceil((stop - start) / step))],
    dtype: (_, { dtype }) => dtype ?? "float32",
    onnx: (graph, _, { start, step }, { shape, dtype }) => {
      const values = Float32Array.from({ length: shape[0] as number }, (_, i) => start + i * step);
      return dtype === "int32" ? graph.int32(values) : graph.float32(values);
    },
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
  } satisfies Kernel<
    { indices: Value },
    { depth: number; onValue?: number; offValue?: number; dtype?: DType }
  >,
};

function like(value: number): Kernel<{ x: Value }> {
  return {
    shape: ({ x }) => x.shape,
    onnx: (graph, _inputs, _attrs, output) => filled(graph, value, output),
  };
}

/** A tensor of one value; the runtime expands it once, when it loads the model. */
export function filled(graph: OnnxGraph, value: number, { shape, dtype }: Value): string {
  return graph.node("Expand", [graph.scalar(value, dtype), graph.int64(shape)]);
}
