import { backend_util, util } from "@tensorflow/tfjs-core";
import { sizeOf } from "../../../sizeOf.ts";
import type { Value } from "../graph.ts";
import type { Kernel, KernelTable, MultiKernel } from "../kernel.ts";

/** Kernels that read, replace or add rows by index. */
export const gather: KernelTable = {
  GatherV2: {
    shape: ({ x, indices }, attrs) => gatherInfo(x, indices, attrs).outputShape,
    canonical: ({ x }, { axis, batchDims }) => ({
      axis: util.parseAxisParam(axis, [...x.shape])[0] as number,
      batchDims: batchDims ?? 0,
    }),
    onnx: (graph, { x, indices }, attrs, output) => {
      if (attrs.batchDims === 0) return graph.node("Gather", [x, indices], { axis: attrs.axis });
      // Each of the batch's matrices is gathered with its own row of indices, repeated over the outer and inner sizes.
      const { batchSize, outerSize, dimSize, sliceSize } = gatherInfo(x, indices, attrs);
      const count = sizeOf(indices.shape) / batchSize;
      const rows = graph.node("Reshape", [x, graph.int64([batchSize, outerSize, dimSize, sliceSize])]);
      const picks = graph.node("Reshape", [indices, graph.int64([batchSize, 1, count, 1])]);
      const each = graph.node("Expand", [picks, graph.int64([batchSize, outerSize, count, sliceSize])]);
      const picked = graph.node("GatherElements", [rows, each], { axis: 2 });
      return graph.node("Reshape", [picked, graph.int64(output.shape)]);
    },
    tensorflow: (graph, { x, indices }, { axis, batchDims }) =>
      graph.node("GatherV2", [x, indices, graph.int32(axis)], {
        batch_dims: batchDims,
        Tparams: x.dtype,
        Tindices: "int32",
        Taxis: "int32",
      }),
  } satisfies Kernel<{ x: Value; indices: Value }, { axis: number; batchDims: number }>,
  GatherNd: {
    shape: ({ params, indices }) => [
      ...indices.shape.slice(0, -1),
      ...params.shape.slice(indices.shape.at(-1)),
    ],
    onnx: (graph, { params, indices }) =>
      graph.node("GatherND", [params, graph.node("Cast", [indices], { to: 7 })]),
    tensorflow: (graph, { params, indices }) =>
      graph.node("GatherNd", [params, indices], { Tparams: params.dtype, Tindices: "int32" }),
  } satisfies Kernel<{ params: Value; indices: Value }>,
  // Replacing needs no order as long as no row is replaced twice.
  TensorScatterUpdate: {
    shape: ({ tensor }) => tensor.shape,
    onnx: (graph, { tensor, indices, updates }) =>
      graph.node("ScatterND", [tensor, graph.node("Cast", [indices], { to: 7 }), updates]),
    tensorflow: (graph, { tensor, indices, updates }) =>
      graph.node("TensorScatterUpdate", [tensor, indices, updates], { T: tensor.dtype, Tindices: "int32" }),
  } satisfies Kernel<{ tensor: Value; indices: Value; updates: Value }>,
  // Rows with an id outside 0 … numSegments - 1 are dropped: they are added to a last row that is cut off.
  // ScatterElements rather than ScatterND, whose addition loses updates when ONNX Runtime has two threads.
  UnsortedSegmentSum: {
    shape: ({ x, segmentIds }, { numSegments }) => [numSegments, ...x.shape.slice(segmentIds.shape.length)],
    onnx: (graph, { x, segmentIds }, { numSegments }, output) => {
      const count = sizeOf(segmentIds.shape);
      const width = sizeOf(x.shape) / count;
      const ids = graph.node("Reshape", [segmentIds, graph.int64([count, 1])]);
      const outside = graph.node("Or", [
        graph.node("Less", [ids, graph.int32(0)]),
        graph.node("GreaterOrEqual", [ids, graph.int32(numSegments)]),
      ]);
      const row = graph.node("Where", [outside, graph.int32(numSegments), ids]);
      const sums = graph.node(
        "ScatterElements",
        [
          graph.node("Expand", [graph.scalar(0, x.dtype), graph.int64([numSegments + 1, width])]),
          graph.node("Expand", [row, graph.int64([count, width])]),
          graph.node("Reshape", [x, graph.int64([count, width])]),
        ],
        { axis: 0, reduction: "add" },
      );
      const kept = graph.node("Slice", [sums, ...[[0], [numSegments], [0]].map((list) => graph.int64(list))]);
      return graph.node("Reshape", [kept, graph.int64(output.shape)]);
    },
    // TensorFlow drops negative ids, but not those past the end.
    tensorflow: (graph, { x, segmentIds }, { numSegments }) => {
      const past = graph.node("GreaterEqual", [segmentIds, graph.int32(numSegments)], { T: "int32" });
      const ids = graph.node("SelectV2", [past, graph.int32(-1), segmentIds], { T: "int32" });
      const types = { T: x.dtype, Tindices: "int32", Tnumsegments: "int32" };
      return graph.node("UnsortedSegmentSum", [x, ids, graph.int32(numSegments)], types);
    },
  } satisfies Kernel<{ x: Value; segmentIds: Value }, { numSegments: number }>,
  TopK: {
    outputs: ({ x }, { k }) => {
      const shape = x.shape.with(-1, k);
      return [
        { shape, dtype: x.dtype },
        { shape, dtype: "int32" },
      ];
    },
    onnx: (graph, { x }, { k, sorted }) => {
      const attrs = { axis: -1, largest: 1, sorted: Number(sorted ?? true) };
      const [values, indices] = graph.nodes("TopK", [x, graph.int64([k])], attrs, 2) as [string, string];
      return [values, graph.node("Cast", [indices], { to: 6 })];
    },
    tensorflow: (graph, { x }, { k, sorted }) =>
      graph.nodes("TopKV2", [x, graph.int32(k)], { sorted: sorted ?? true, T: x.dtype }, 2),
  } satisfies MultiKernel<{ x: Value }, { k: number; sorted?: boolean }>,
};

function gatherInfo(x: Value, indices: Value, { axis, batchDims }: { axis: number; batchDims: number }) {
  type Shaped = Parameters<typeof backend_util.segment_util.collectGatherOpShapeInfo>[0];
  const shaped = ({ shape }: Value) => ({ shape: [...shape], rank: shape.length }) as unknown as Shaped;
  return backend_util.segment_util.collectGatherOpShapeInfo(shaped(x), shaped(indices), axis, batchDims);
}
