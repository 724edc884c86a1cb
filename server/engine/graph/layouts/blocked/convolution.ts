import { convGeometry, onnxPads, type WindowAttributes } from "../../kernels/geometry.ts";
import type { OnnxGraph } from "../../onnx/builder.ts";
import { reshape } from "../../onnx/reshape.ts";
import { channelMeans, type Finish, ofImage } from "./combination.ts";
import { type BlockedForm, input, result } from "./emission.ts";
import { fewestChannels, unfill } from "./filled.ts";
import { type FilterShape, forwardFilter, outputsScaled, rowMajorFilter } from "./filter.ts";
import { sizeOfImage } from "./held.ts";
import { expectedMean } from "./level.ts";
import { BLOCK, blockedConv, type Pads } from "./nchwc.ts";

/** A convolution waits for what is done to its result: a factor a channel goes into the filter, the rest behind it. */
export const convolution: BlockedForm = (node, { graph, values }) => {
  const [x, filter] = [input(node, "x"), input(node, "filter")];
  const shape = filter.shape as unknown as FilterShape;
  if (shape[3] < fewestChannels) return false;
  const geometry = convGeometry(x.shape, shape, node.attrs as unknown as WindowAttributes);
  const { kernel, strides, dilations } = geometry;
  const isRowMajor = shape[2] < BLOCK && !values.isImage(x);
  const image = isRowMajor ? channelsFirst(graph, values.natural(x), x.shape) : values.blocked(x);
  const held = values.filter(filter);
  const layOut = isRowMajor ? rowMajorFilter : forwardFilter;
  const emit = ({ factor, constant, sum, relu }: Finish): string =>
    blockedConv(graph, {
      x: image,
      filter: layOut(graph, factor === undefined ? held : outputsScaled(graph, held, factor, shape), shape),
      bias: constant,
      sum,
      relu,
      kernel,
      strides,
      dilations,
      pads: onnxPads(geometry) as unknown as Pads,
    });
  values.setLazy(
    result(node),
    ofImage({
      emit,
      expectedMean: () =>
        expectedMean(graph, {
          mean: isRowMajor
            ? meansOfRows(graph, image)
            : unfill(graph, channelMeans(graph, image, sizeOfImage(x)), [shape[2]]),
          held,
          shape,
          geometry,
        }),
    }),
  );
  return true;
};

/** [B, H, W, C] → [B, C, H, W]: how the kernels read fewer channels than a block. */
function channelsFirst(graph: OnnxGraph, image: string, shape: readonly number[]): string {
  const [batch, height, width, channels] = shape as readonly [number, number, number, number];
  return channels === 1
    ? reshape(graph, image, [batch, 1, height, width])
    : graph.node("Transpose", [image], { perm: [0, 3, 1, 2] });
}

/** [B, C, H, W] → [C], by two sums along rows, which the runtime vectorizes. */
function meansOfRows(graph: OnnxGraph, image: string): string {
  const perSample = graph.node("ReduceMean", [image, graph.int64([2, 3])], { keepdims: 0 });
  return graph.node("ReduceMean", [perSample, graph.int64([0])], { keepdims: 0 });
}
