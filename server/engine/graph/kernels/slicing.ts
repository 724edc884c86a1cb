import { backend_util, slice_util, util } from "@tensorflow/tfjs-core";
import { sizeOf } from "../../../sizeOf.ts";
import type { TensorSpec } from "../../program.ts";
import type { Value } from "../graph.ts";
import type { Operand } from "../graphBuilder.ts";
import type { Kernel, KernelTable, MultiKernel } from "../kernel.ts";
import { cast, castValue } from "../onnx/onnxCast.ts";
import type { OnnxGraph } from "../onnx/onnxGraph.ts";
import type { TensorflowGraph } from "../tensorflow/tensorflowGraph.ts";

/** End of a slice with a negative step that includes the first element. */
const beforeFirst = -(2 ** 31);

type Slice = {
  readonly begin: readonly number[];
  readonly size: readonly number[];
};
type StridedSliceAttributes = {
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly strides: readonly number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
};
type Paddings = readonly (readonly [number, number])[];
type Blocks = { readonly blockShape: readonly number[] };

/** Kernels that cut tensors up, join them and pad them. */
export const slicing: KernelTable = {
  Slice: {
    shape: (_, { size }) => size,
    canonical: ({ x }, { begin, size }) => {
      // tfjs reads the rank only.
      const shaped = { shape: [...x.shape], rank: x.shape.length } as unknown as Parameters<
        typeof slice_util.parseSliceParams
      >[0];
      const [from, extent] = slice_util.parseSliceParams(shaped, begin as number[], size as number[]);
      return { begin: from as number[], size: extent as number[] };
    },
    onnx: (graph, { x }, { begin, size }) =>
      slice(graph, x, { begin, end: begin.map((at, i) => at + (size[i] as number)) }),
    tensorflow: (graph, { x }, { begin, size }) =>
      graph.node("Slice", [x, graph.int32(begin), graph.int32(size)], { T: x.dtype, Index: "int32" }),
  } satisfies Kernel<{ x: Value }, Slice>,
  StridedSlice: {
    shape: ({ x }, attrs) => stridedSlice(x, attrs).finalShape,
    onnx: (graph, { x }, attrs, output) => {
      const { begin, end: given, strides } = stridedSlice(x, attrs);
      const size = slice_util.computeOutShape(begin, given, strides);
      const end = begin.map((at, axis) => at + (size[axis] as number) * (strides[axis] as number));
      const cut = slice(graph, x, {
        begin,
        end: end.map((at) => (at < 0 ? beforeFirst : at)),
        step: strides,
      });
      return graph.node("Reshape", [cut, graph.int64(output.shape)]);
    },
    tensorflow: (graph, { x }, { begin, end, strides, ...masks }) =>
      graph.node("StridedSlice", [x, graph.int32(begin), graph.int32(end), graph.int32(strides)], {
        T: x.dtype,
        Index: "int32",
        begin_mask: masks.beginMask,
        end_mask: masks.endMask,
        ellipsis_mask: masks.ellipsisMask,
        new_axis_mask: masks.newAxisMask,
        shrink_axis_mask: masks.shrinkAxisMask,
      }),
  } satisfies Kernel<{ x: Value }, StridedSliceAttributes>,
  Reverse: {
    shape: ({ x }) => x.shape,
    canonical: ({ x }, { dims }) => ({ dims: util.parseAxisParam(dims as number[], [...x.shape]) }),
    onnx: (graph, { x }, { dims }) => (dims.length === 0 ? graph.name(x) : reverse(graph, x, dims)),
    tensorflow: (graph, { x }, { dims }) =>
      graph.node("ReverseV2", [x, graph.int32(dims)], { T: x.dtype, Tidx: "int32" }),
  } satisfies Kernel<{ x: Value }, { dims: readonly number[] }>,
  Concat: {
    shape: ({ tensors }, { axis }) =>
      backend_util.computeOutShape(
        tensors.map(({ shape }) => [...shape]),
        axis,
      ),
    canonical: ({ tensors }, { axis }) => ({ axis: positive(axis, tensors[0] as Value) }),
    onnx: (graph, { tensors }, { axis }) => graph.node("Concat", tensors, { axis }),
    tensorflow: (graph, { tensors }, { axis }) =>
      tensors.length === 1
        ? graph.name(tensors[0] as Value)
        : graph.node("ConcatV2", [...tensors, graph.int32(axis)], {
            N: tensors.length,
            T: (tensors[0] as Value).dtype,
            Tidx: "int32",
          }),
  } satisfies Kernel<{ tensors: readonly Value[] }, { axis: number }>,
  Pack: {
    shape: ({ tensors }, { axis }) => (tensors[0] as Value).shape.toSpliced(axis, 0, tensors.length),
    canonical: ({ tensors }, { axis }) => ({
      axis: axis < 0 ? axis + (tensors[0] as Value).shape.length + 1 : axis,
    }),
    onnx: (graph, { tensors }, { axis }) => {
      const row = (tensors[0] as Value).shape.toSpliced(axis, 0, 1);
      return graph.node(
        "Concat",
        tensors.map((x) => graph.node("Reshape", [x, graph.int64(row)])),
        { axis },
      );
    },
    tensorflow: (graph, { tensors }, { axis }, { dtype }) =>
      graph.node("Pack", tensors, { N: tensors.length, T: dtype, axis }),
  } satisfies Kernel<{ tensors: readonly Value[] }, { axis: number }>,
  Unpack: {
    outputs: ({ value }, { axis }) => {
      const shape = value.shape.toSpliced(axis, 1);
      return Array.from({ length: value.shape[axis] as number }, () => ({ shape, dtype: value.dtype }));
    },
    canonical: ({ value }, { axis }) => ({ axis: positive(axis, value) }),
    onnx: (graph, { value }, { axis }, outputs) => {
      const parts = split(
        graph,
        value,
        axis,
        outputs.map(() => 1),
      );
      return parts.map((part, i) => graph.node("Reshape", [part, graph.int64((outputs[i] as Value).shape)]));
    },
    tensorflow: (graph, { value }, { axis }, outputs) =>
      graph.nodes("Unpack", [value], { num: outputs.length, T: value.dtype, axis }, outputs.length),
  } satisfies MultiKernel<{ value: Value }, { axis: number }>,
  SplitV: {
    outputs: ({ x }, { numOrSizeSplits, axis }): TensorSpec[] =>
      numOrSizeSplits.map((size) => ({ shape: x.shape.with(axis, size), dtype: x.dtype })),
    canonical: ({ x }, { numOrSizeSplits, axis: given }) => {
      const axis = positive(given, x);
      const shaped = { shape: [...x.shape] } as unknown as Parameters<
        typeof backend_util.prepareSplitSize
      >[0];
      return {
        axis,
        numOrSizeSplits: backend_util.prepareSplitSize(shaped, numOrSizeSplits as number[], axis),
      };
    },
    onnx: (graph, { x }, { axis, numOrSizeSplits }) => split(graph, x, axis, numOrSizeSplits),
    tensorflow: (graph, { x }, { axis, numOrSizeSplits }, outputs) =>
      graph.nodes(
        "SplitV",
        [x, graph.int32(numOrSizeSplits), graph.int32(axis)],
        { num_split: outputs.length, T: x.dtype, Tlen: "int32" },
        outputs.length,
      ),
  } satisfies MultiKernel<{ x: Value }, { numOrSizeSplits: readonly number[]; axis: number }>,
  PadV2: {
    shape: ({ x }, { paddings }) => paddedShape(x, paddings),
    onnx: (graph, { x }, { paddings, constantValue }) => {
      const dtype = x.dtype === "bool" ? "int32" : x.dtype;
      const padded = pad(
        graph,
        castValue(graph, x, dtype),
        paddings,
        graph.scalar(constantValue ?? 0, dtype),
      );
      return cast(graph, padded, dtype, x.dtype);
    },
    tensorflow: (graph, { x }, { paddings, constantValue }) =>
      graph.node("PadV2", [x, pairs(graph, paddings), graph.scalar(constantValue ?? 0, x.dtype)], {
        T: x.dtype,
        Tpaddings: "int32",
      }),
  } satisfies Kernel<{ x: Value }, { paddings: Paddings; constantValue?: number }>,
  MirrorPad: {
    shape: ({ x }, { paddings }) => paddedShape(x, paddings),
    // One Gather an axis: ONNX's Pad has no symmetric mode.
    onnx: (graph, { x }, { paddings, mode }) =>
      paddings.reduce((padded, [before, after], axis) => {
        if (before === 0 && after === 0) return padded;
        const size = x.shape[axis] as number;
        const edge = mode === "reflect" ? 0 : 1;
        const mirror = (at: number) => (at < 0 ? -at - edge : at >= size ? 2 * (size - 1) - at + edge : at);
        const from = Array.from({ length: before + size + after }, (_, i) => mirror(i - before));
        return graph.node("Gather", [padded, graph.int64(from)], { axis });
      }, graph.name(x)),
    tensorflow: (graph, { x }, { paddings, mode }) =>
      graph.node("MirrorPad", [x, pairs(graph, paddings)], {
        T: x.dtype,
        Tpaddings: "int32",
        mode: mode === "reflect" ? "REFLECT" : "SYMMETRIC",
      }),
  } satisfies Kernel<{ x: Value }, { paddings: Paddings; mode: "reflect" | "symmetric" }>,
  SpaceToBatchND: {
    shape: ({ x }, attrs) => spaceToBatch(x, attrs).flattened,
    onnx: (graph, { x }, attrs) => {
      const { paddings, reshaped, permuted, flattened } = spaceToBatch(x, attrs);
      const padded = pad(graph, graph.name(x), paddings, graph.scalar(0, x.dtype));
      const blocks = graph.node("Reshape", [padded, graph.int64(reshaped)]);
      return graph.node("Reshape", [
        graph.node("Transpose", [blocks], { perm: permuted }),
        graph.int64(flattened),
      ]);
    },
    tensorflow: (graph, { x }, { blockShape, paddings }) =>
      graph.node("SpaceToBatchND", [x, graph.int32(blockShape), pairs(graph, paddings)], {
        T: x.dtype,
        Tblock_shape: "int32",
        Tpaddings: "int32",
      }),
  } satisfies Kernel<{ x: Value }, Blocks & { paddings: Paddings }>,
  BatchToSpaceND: {
    shape: ({ x }, attrs) => batchToSpace(x, attrs).size,
    onnx: (graph, { x }, attrs) => {
      const { reshaped, permuted, joined, begin, size } = batchToSpace(x, attrs);
      const blocks = graph.node("Reshape", [x, graph.int64(reshaped)]);
      const space = graph.node("Reshape", [
        graph.node("Transpose", [blocks], { perm: permuted }),
        graph.int64(joined),
      ]);
      return slice(graph, space, { begin, end: begin.map((at, axis) => at + (size[axis] as number)) });
    },
    tensorflow: (graph, { x }, { blockShape, crops }) =>
      graph.node("BatchToSpaceND", [x, graph.int32(blockShape), pairs(graph, crops)], {
        T: x.dtype,
        Tblock_shape: "int32",
        Tcrops: "int32",
      }),
  } satisfies Kernel<{ x: Value }, Blocks & { crops: Paddings }>,
};

/** TensorFlow takes paddings and crops as a matrix, a row an axis. */
export function pairs(graph: TensorflowGraph, paddings: Paddings): string {
  return graph.int32(paddings.flat(), [paddings.length, 2]);
}

interface Range {
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly step?: readonly number[];
}

/** Cuts the leading axes. */
function slice(graph: OnnxGraph, x: Operand, { begin, end, step }: Range): string {
  if (begin.length === 0) return graph.name(x);
  const axes = begin.map((_, axis) => axis);
  const bounds = [begin, end, axes, step ?? begin.map(() => 1)].map((list) => graph.int64(list));
  return graph.node("Slice", [x, ...bounds]);
}

export function reverse(graph: OnnxGraph, x: Operand, axes: readonly number[]): string {
  const bounds = [axes.map(() => -1), axes.map(() => beforeFirst), axes, axes.map(() => -1)];
  return graph.node("Slice", [x, ...bounds.map((list) => graph.int64(list))]);
}

export function pad(graph: OnnxGraph, x: Operand, paddings: Paddings, value: string): string {
  if (paddings.every(([before, after]) => before === 0 && after === 0)) return graph.name(x);
  const pads = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)];
  return graph.node("Pad", [x, graph.int64(pads), value]);
}

function split(graph: OnnxGraph, x: Value, axis: number, sizes: readonly number[]): readonly string[] {
  if (sizes.length === 1) return [graph.name(x)];
  return graph.nodes("Split", [x, graph.int64(sizes)], { axis }, sizes.length);
}

function stridedSlice(x: Value, attrs: StridedSliceAttributes) {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attrs;
  const masks = [beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask] as const;
  return slice_util.sliceInfo([...x.shape], [...begin], [...end], [...strides], ...masks);
}

function spaceToBatch(x: Value, { blockShape, paddings }: Blocks & { paddings: Paddings }) {
  const unpadded = x.shape.slice(1 + blockShape.length).map((): readonly [number, number] => [0, 0]);
  const complete: Paddings = [[0, 0], ...paddings, ...unpadded];
  const padded = paddedShape(x, complete);
  const [blocks, area] = [[...blockShape], sizeOf(blockShape)];
  const reshaped = backend_util.getReshaped(padded, blocks, area, false);
  return {
    paddings: complete,
    reshaped,
    permuted: backend_util.getPermuted(reshaped.length, blocks.length, false),
    flattened: backend_util.getReshapedPermuted(padded, blocks, area, false),
  };
}

function batchToSpace(x: Value, { blockShape, crops }: Blocks & { crops: Paddings }) {
  const [shape, blocks, area] = [[...x.shape], [...blockShape], sizeOf(blockShape)];
  const cropped = crops.map((crop) => [...crop]);
  const reshaped = backend_util.getReshaped(shape, blocks, area);
  const joined = backend_util.getReshapedPermuted(shape, blocks, area);
  const cut = backend_util.getSliceSize(joined, cropped, blocks.length);
  return {
    reshaped,
    permuted: backend_util.getPermuted(reshaped.length, blocks.length),
    joined,
    begin: backend_util.getSliceBeginCoords(cropped, blocks.length),
    size: [...cut, ...joined.slice(cut.length)],
  };
}

function paddedShape(x: Value, paddings: Paddings): number[] {
  return paddings.map(([before, after], axis) => before + (x.shape[axis] as number) + after);
}

function positive(axis: number, x: Value): number {
  return util.parseAxisParam(axis, [...x.shape])[0] as number;
}
