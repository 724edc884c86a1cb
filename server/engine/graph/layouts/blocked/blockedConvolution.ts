import { input, type Operations, output } from "../../compositions/operations.ts";
import type { Value } from "../../graph.ts";
import { convGeometry, onnxPads, type WindowAttributes } from "../../kernels/geometry.ts";
import { type FilterShape, forwardFilter, outputsScaled, rowMajorFilter } from "./blockedFilter.ts";
import type { BlockedLowering } from "./blockedLowering.ts";
import { sizeOfImage } from "./blockedValues.ts";
import { channelMeans, type Finish, ofImage } from "./combination.ts";
import { fewestChannels, unfill } from "./filledChannels.ts";
import { expectedMean } from "./level.ts";
import { BLOCK, blockedConv, type Pads } from "./nchwc.ts";

/** A convolution is emitted once its readers are known: a factor per channel goes into the filter, the rest behind it. */
export const convolution: BlockedLowering = (node, { ops, values }) => {
  const [x, filter] = [input(node, "x"), input(node, "filter")];
  const shape = filter.shape as unknown as FilterShape;
  if (shape[3] < fewestChannels) return false;
  const geometry = convGeometry(x.shape, shape, node.attrs as unknown as WindowAttributes);
  const { kernel, strides, dilations } = geometry;
  const isRowMajor = shape[2] < BLOCK && !values.isImage(x);
  const image = isRowMajor ? channelsFirst(ops, values.natural(x), x.shape) : values.blocked(x);
  const blocked = values.filter(filter);
  const layOut = isRowMajor ? rowMajorFilter : forwardFilter;
  const emit = ({ factor, constant, sum, relu }: Finish): Value =>
    blockedConv(ops, {
      x: image,
      filter: layOut(ops, factor === undefined ? blocked : outputsScaled(ops, blocked, factor, shape), shape),
      bias: constant,
      sum,
      relu,
      kernel,
      strides,
      dilations,
      pads: onnxPads(geometry) as unknown as Pads,
    });
  values.setLazy(
    output(node),
    ofImage({
      emit,
      expectedMean: () =>
        expectedMean(ops, {
          mean: isRowMajor
            ? meansOfRows(ops, image)
            : unfill(ops, channelMeans(ops, image, sizeOfImage(x)), [shape[2]]),
          blocked,
          shape,
          geometry,
        }),
    }),
  );
  return true;
};

/** [B, H, W, C] → [B, C, H, W]: how the kernels read fewer channels than a block. */
function channelsFirst(ops: Operations, image: Value, shape: readonly number[]): Value {
  const [batch, height, width, channels] = shape as readonly [number, number, number, number];
  return channels === 1 ? ops.reshape(image, [batch, 1, height, width]) : ops.transpose(image, [0, 3, 1, 2]);
}

/** [B, C, H, W] → [C], by two sums along rows, which the runtime vectorizes. */
function meansOfRows(ops: Operations, image: Value): Value {
  const perSample = ops.mean(image, [2, 3]);
  return ops.mean(perSample, [0]);
}
